//! One connection of a client: what was asked, and what the lines that come mean.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use chinwag_protocol::{
    ConnectRequest, Encoding, Error, ErrorCode, Publication, Push, Reply, Request, SubscribeRequest,
    SubscribeResult, decode_replies,
};
use serde_json::json;
use tokio::time::Instant;

use super::change::Change;
use super::{Habit, Seen};
use crate::chaos::message::Message;
use crate::chaos::shared::Shared;
use crate::client::connection::rpc;
use crate::history::{Event, Position};

/// How long an answer may take; SDKs wait as long.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// The same for who reads slowly: the answer waits behind all that was not read.
const SLOW_ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How long to wait before subscribing again.
const SUBSCRIBE_AGAIN_AFTER: Duration = Duration::from_millis(250);

/// From which code on SDKs subscribe again when the server ended a subscription.
const RESUBSCRIBES_FROM: u32 = 2500;

/// What a reply will be to.
enum Awaited {
    Connect {
        until: Instant,
    },
    /// By place in [`Seen::rooms`].
    Subscribe {
        place: usize,
        until: Instant,
    },
    /// Kept when it is late: a late acknowledgement is one.
    Post {
        message: Message,
        until: Option<Instant>,
    },
}

/// The connection's state.
pub(super) struct Session {
    shared: Arc<Shared>,
    seen: Arc<Seen>,
    answer_within: Duration,
    connected: bool,
    awaited: HashMap<u32, Awaited>,
    /// What belongs to the requests that are about to be sent, in their order.
    asked: Vec<Awaited>,
    /// When to subscribe again, by place.
    resubscribe: HashMap<usize, Instant>,
    /// What has no answer, or none that says what happened.
    unanswered: Vec<Message>,
}

impl Session {
    /// The session, and what it begins with: who one is, and where one was in each room.
    pub(super) fn begin(shared: &Arc<Shared>, seen: &Arc<Seen>, token: &str) -> (Self, Vec<Request>) {
        let answer_within = if seen.habit == Habit::Slow { SLOW_ANSWER_WITHIN } else { ANSWER_WITHIN };
        let mut session = Self {
            shared: shared.clone(),
            seen: seen.clone(),
            answer_within,
            connected: false,
            awaited: HashMap::new(),
            asked: vec![Awaited::Connect { until: Instant::now() + answer_within }],
            resubscribe: HashMap::new(),
            unanswered: Vec::new(),
        };
        let connect = ConnectRequest {
            token: token.to_owned(),
            data: Bytes::from_static(br#"{"rooms":0}"#),
            name: "testkit".to_owned(),
            ..ConnectRequest::default()
        };
        let mut requests = vec![Request::Connect(connect)];
        for place in 0..seen.rooms.len() {
            requests.extend(session.subscribe(place));
        }
        (session, requests)
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected
    }

    /// The requests went out; the first has that id.
    pub(super) fn sent(&mut self, first_id: u32) {
        self.awaited.extend((first_id..).zip(std::mem::take(&mut self.asked)));
    }

    /// Whether the node owes an answer without which the connection is of no use.
    pub(super) fn is_overdue(&mut self, now: Instant) -> bool {
        let mut overdue = false;
        for awaited in self.awaited.values_mut() {
            match awaited {
                Awaited::Connect { until } | Awaited::Subscribe { until, .. } => overdue |= *until <= now,
                Awaited::Post { message, until } => {
                    if until.is_some_and(|until| until <= now) {
                        *until = None;
                        self.shared.recorder.event(Event::Unknown { id: message.id.clone() });
                        self.unanswered.push(message.clone());
                    }
                }
            }
        }
        overdue
    }

    /// What is to be sent again, over another way.
    pub(super) fn take_unanswered(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.unanswered)
    }

    /// The connection is over; what it still had to be answered.
    pub(super) fn end(mut self) -> Vec<Message> {
        let mut lost = self.take_unanswered();
        for awaited in self.awaited.into_values().chain(self.asked) {
            if let Awaited::Post { message, until: Some(_) } = awaited {
                self.shared.recorder.event(Event::Unknown { id: message.id.clone() });
                lost.push(message);
            }
        }
        lost
    }

    /// Asks for the room again whose subscription was refused or ended a while ago.
    pub(super) fn resubscribe(&mut self, now: Instant) -> Vec<Request> {
        let due: Vec<usize> =
            self.resubscribe.iter().filter(|(_, at)| **at <= now).map(|(place, _)| *place).collect();
        for place in &due {
            self.resubscribe.remove(place);
        }
        due.into_iter().filter_map(|place| self.subscribe(place)).collect()
    }

    fn subscribe(&mut self, place: usize) -> Option<Request> {
        let (room, last) = self.seen.rooms.get(place)?;
        let request = SubscribeRequest {
            channel: format!("room:{}", self.shared.room(*room)),
            recover: true,
            positioned: true,
            recoverable: true,
            epoch: self.shared.epoch.clone(),
            offset: last.load(Ordering::Acquire),
            ..SubscribeRequest::default()
        };
        self.asked.push(Awaited::Subscribe { place, until: Instant::now() + self.answer_within });
        Some(Request::Subscribe(request))
    }

    /// Puts the message down as sent, and tells how to send it.
    pub(super) fn post(&mut self, message: Message, now: Instant) -> Request {
        let room = self.shared.room(message.room).to_owned();
        let argument = json!({ "room": room, "client_id": message.id, "text": message.text() });
        self.shared.recorder.event(Event::Invoked { id: message.id.clone(), room });
        self.asked.push(Awaited::Post { message, until: Some(now + self.answer_within) });
        rpc("message.send", &argument)
    }

    /// Reads one line.
    ///
    /// # Errors
    /// The connection is of no use any more.
    pub(super) fn line(&mut self, line: &[u8]) -> Result<()> {
        for reply in decode_replies(Encoding::Json, line)? {
            match reply {
                Reply { push: Some(push), .. } => self.push(push)?,
                reply => self.reply(reply)?,
            }
        }
        Ok(())
    }

    fn reply(&mut self, reply: Reply) -> Result<()> {
        let Some(awaited) = self.awaited.remove(&reply.id) else { return Ok(()) };
        match (awaited, reply.error) {
            (Awaited::Connect { .. }, None) => self.connected = true,
            (Awaited::Connect { .. }, Some(error)) => {
                bail!("the node refuses: {} {}", error.code, error.message)
            }
            (Awaited::Subscribe { place, .. }, None) => {
                let result = reply.subscribe.context("the reply to subscribe is no subscribe result")?;
                self.subscribed(place, result);
            }
            (Awaited::Subscribe { place, .. }, Some(error)) => self.subscribe_refused(place, &error)?,
            (Awaited::Post { message, .. }, None) => self.posted(&message, reply.rpc.map(|rpc| rpc.data))?,
            (Awaited::Post { message, until }, Some(error)) => self.post_refused(message, until, &error),
        }
        Ok(())
    }

    fn posted(&mut self, message: &Message, data: Option<Bytes>) -> Result<()> {
        let answer: serde_json::Value = serde_json::from_slice(&data.context("a call without a result")?)?;
        let rev = answer["rev"].as_u64().context("an acknowledgement without a rev")?;
        self.shared.acknowledged(&message.id, message.room, rev);
        Ok(())
    }

    fn post_refused(&mut self, message: Message, until: Option<Instant>, error: &Error) {
        let recorder = &self.shared.recorder;
        let what = format!("{}: {} {}", message.id, error.code, error.message);
        if may_be_repeated(error) {
            recorder.note(format!("sent again: {what}"));
            // One that was late is being sent again already.
            if until.is_some() {
                recorder.event(Event::Unknown { id: message.id.clone() });
                self.unanswered.push(message);
            }
        } else {
            recorder.problem(format!("refused: {what}"));
            recorder.event(Event::Refused { id: message.id });
        }
    }

    fn subscribe_refused(&mut self, place: usize, error: &Error) -> Result<()> {
        let not_a_member = error.code == ErrorCode::UnknownChannel.code() && self.seen.habit == Habit::Guest;
        let what = format!("{} may not follow: {} {}", self.seen.name, error.code, error.message);
        if may_be_repeated(error) {
            self.shared.recorder.note(what);
        } else if !not_a_member {
            self.shared.recorder.problem(what.clone());
            bail!(what);
        }
        self.resubscribe.insert(place, Instant::now() + SUBSCRIBE_AGAIN_AFTER);
        Ok(())
    }

    fn subscribed(&mut self, place: usize, result: SubscribeResult) {
        let Some((room, _)) = self.seen.rooms.get(place) else { return };
        let room = self.shared.room(*room).to_owned();
        if !result.recovered || result.epoch != self.shared.epoch {
            let (client, at) = (self.seen.name.clone(), result.offset);
            // Nothing of a room's log is ever gone in these runs.
            self.shared
                .recorder
                .problem(format!("{client} cannot resume in {room}, which is at {at}@{}", result.epoch));
            self.shared.recorder.event(Event::Told { client, room: room.clone() });
        }
        for publication in result.publications {
            self.received(place, &room, &result.epoch, &publication);
        }
    }

    fn push(&mut self, push: Push) -> Result<()> {
        let Some(room) = push.channel.strip_prefix("room:") else {
            return match push.disconnect {
                Some(disconnect) => {
                    bail!("the node says to leave: {} {}", disconnect.code, disconnect.reason)
                }
                None => Ok(()),
            };
        };
        let Some(place) = self.seen.rooms.iter().position(|(number, _)| self.shared.room(*number) == room)
        else {
            self.shared
                .recorder
                .problem(format!("{} is told of {room}, which it does not follow", self.seen.name));
            return Ok(());
        };
        if let Some(publication) = push.publication.filter(|publication| publication.offset > 0) {
            self.received(place, room, &self.shared.epoch.clone(), &publication);
        }
        if let Some(unsubscribe) = push.unsubscribe {
            let what = format!(
                "{} follows {room} no more: {} {}",
                self.seen.name, unsubscribe.code, unsubscribe.reason
            );
            if unsubscribe.code < RESUBSCRIBES_FROM && self.seen.habit != Habit::Guest {
                self.shared.recorder.problem(what);
            } else {
                self.shared.recorder.note(what);
            }
            self.resubscribe.insert(place, Instant::now() + SUBSCRIBE_AGAIN_AFTER);
        }
        Ok(())
    }

    fn received(&mut self, place: usize, room: &str, epoch: &str, publication: &Publication) {
        let recorder = &self.shared.recorder;
        let offset = publication.offset;
        let id = match Change::read(&publication.data) {
            Ok(change) => {
                if let Some(fault) = change.fault(room, offset) {
                    recorder.problem(format!("{}: {fault}", self.seen.name));
                }
                change.id(room, offset)
            }
            Err(error) => {
                recorder.problem(format!("{} cannot read {offset} of {room}: {error}", self.seen.name));
                return;
            }
        };
        let position = Position { epoch: epoch.to_owned(), offset };
        let (client, room) = (self.seen.name.clone(), room.to_owned());
        recorder.event(Event::Received { client, room, position, id });
        if let Some((_, last)) = self.seen.rooms.get(place) {
            last.store(offset, Ordering::Release);
        }
    }
}

/// Whether the same request may succeed later.
fn may_be_repeated(error: &Error) -> bool {
    error.temporary
        || error.code == ErrorCode::Internal.code()
        || error.code == ErrorCode::TooManyRequests.code()
}
