//! What the lines mean that come over a connection.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use chinwag_protocol::{
    Encoding, Error, ErrorCode, Publication, Push, Reply, SubscribeResult, decode_replies,
};
use tokio::time::Instant;

use super::{Awaited, Session};
use crate::chaos::client::Habit;
use crate::chaos::client::change::Change;
use crate::chaos::message::Message;
use crate::history::{Event, Position};

/// How long to wait before subscribing again.
const SUBSCRIBE_AGAIN_AFTER: Duration = Duration::from_millis(250);
/// From which code on SDKs subscribe again when the server ended a subscription.
const RESUBSCRIBES_FROM: u32 = 2500;

impl Session {
    /// Reads one line.
    ///
    /// # Errors
    /// The connection is of no use any more.
    pub(in crate::chaos::client) fn line(&mut self, line: &[u8]) -> Result<()> {
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
