//! One connection of a client: what was asked, and what the lines that come mean.

mod heard;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use chinwag_protocol::{ConnectRequest, Request, SubscribeRequest};
use serde_json::json;
use tokio::time::Instant;

use super::{Habit, Seen};
use crate::chaos::message::Message;
use crate::chaos::shared::Shared;
use crate::client::lines::rpc;
use crate::history::Event;

/// How long an answer may take; SDKs wait as long.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// The same for who reads slowly: the answer waits behind all that was not read.
const SLOW_ANSWER_WITHIN: Duration = Duration::from_secs(30);

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
}
