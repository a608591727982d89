//! The client's half of the protocol, without IO: replies and the time go in, commands come out.
//!
//! It trusts the server as the SDKs do: whatever publication comes is shown, whatever position it carries is believed.

mod commands;
mod pushes;
mod replies;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chinwag_protocol::{ConnectRequest, Encoding, Request, decode_replies, join};
use chinwag_testkit::history::Event;
use tokio::time::Instant;

use super::Device;
use super::channels::Channels;
use crate::Lie;
use crate::record::Record;

/// How long a client waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How much later than promised a ping may come.
const PING_DELAY: Duration = Duration::from_secs(3);
/// How far a connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Connecting,
    Connected,
    /// To be closed, and why.
    Over(String),
}

/// What a command was for.
#[derive(Debug, Clone)]
enum Asked {
    Connect,
    Subscribe(String),
    Peek,
    Send(String),
    Other,
}

pub(super) struct Sdk {
    device: Arc<Device>,
    record: Arc<Record>,
    lie: Option<Lie>,
    channels: Channels,
    state: State,
    last_id: u32,
    asked: BTreeMap<u32, (Asked, Instant)>,
    out: Vec<Bytes>,
    /// When the server must have been heard of.
    silent_until: Option<Instant>,
    ping: Option<Duration>,
    /// Subscribes that failed for the moment.
    again: BTreeMap<String, Instant>,
    epoch: String,
}

impl Sdk {
    pub(super) fn new(device: Arc<Device>, record: Arc<Record>, lie: Option<Lie>) -> Self {
        let mut channels = Channels::default();
        for channel in device.profile.subscribes.iter().flatten() {
            channels.by_client.insert(channel.clone(), None);
        }
        Self {
            device,
            record,
            lie,
            channels,
            state: State::Connecting,
            last_id: 0,
            asked: BTreeMap::new(),
            out: vec![],
            silent_until: None,
            ping: None,
            again: BTreeMap::new(),
            epoch: String::new(),
        }
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// The rooms that it follows.
    pub(super) fn rooms(&self) -> Vec<String> {
        let by_client = self.channels.by_client.iter().filter(|(_, place)| place.is_some());
        let all = self.channels.by_server.keys().chain(by_client.map(|(channel, _)| channel));
        all.filter_map(|channel| channel.strip_prefix("room:")).map(str::to_owned).collect()
    }

    /// A transport is there: connects, and subscribes in the same frame.
    pub(super) fn opened(&mut self) {
        self.state = State::Connecting;
        let data: &'static [u8] =
            if self.device.profile.subscribes.is_some() { br#"{"rooms":0}"# } else { b"" };
        let connect = ConnectRequest {
            token: self.device.profile.token.clone(),
            data: Bytes::from_static(data),
            subs: self.channels.recovery(self.lie == Some(Lie::ClientResumesTooLate)),
            ..ConnectRequest::default()
        };
        self.command(Asked::Connect, Request::Connect(connect));
        let channels: Vec<String> = self.channels.by_client.keys().cloned().collect();
        for channel in channels {
            self.subscribe(channel);
        }
    }

    /// The transport is gone: whatever was not answered never will be.
    pub(super) fn fell_off(&mut self) {
        let now = Instant::now();
        for (asked, _) in std::mem::take(&mut self.asked).into_values() {
            if let Asked::Send(id) = asked {
                self.no_answer(id, now);
            }
        }
        self.out.clear();
        self.again.clear();
        self.ping = None;
        self.silent_until = None;
    }

    /// What is to be written now, if anything.
    pub(super) fn frame(&mut self) -> Option<Bytes> {
        let encoding = self.device.profile.encoding;
        (!self.out.is_empty()).then(|| join(encoding, &std::mem::take(&mut self.out)))
    }

    /// When [`Sdk::tick`] is due.
    pub(super) fn deadline(&self) -> Instant {
        let answers = self.asked.values().map(|(_, until)| *until);
        let outbox = if self.state == State::Connected { self.device.outbox.lock().next_at() } else { None };
        let others = self.silent_until.into_iter().chain(outbox).chain(self.again.values().copied());
        answers.chain(others).min().unwrap_or_else(|| Instant::now() + TIMEOUT)
    }

    /// The time has come for something.
    pub(super) fn tick(&mut self) {
        let now = Instant::now();
        if self.silent_until.is_some_and(|until| until <= now) {
            self.state = State::Over("no ping".to_owned());
        }
        let late: Vec<u32> =
            self.asked.iter().filter(|(_, (_, until))| *until <= now).map(|(id, _)| *id).collect();
        for id in late {
            match self.asked.remove(&id) {
                Some((Asked::Send(id), _)) => self.no_answer(id, now),
                Some((Asked::Connect, _)) => self.state = State::Over("no answer to connect".to_owned()),
                Some((Asked::Subscribe(_), _)) => {
                    self.state = State::Over("no answer to subscribe".to_owned());
                }
                _ => {}
            }
        }
        let again: Vec<String> =
            self.again.iter().filter(|(_, at)| **at <= now).map(|(channel, _)| channel.clone()).collect();
        for channel in again {
            self.again.remove(&channel);
            self.subscribe(channel);
        }
    }

    /// Takes a frame in.
    pub(super) fn receive(&mut self, frame: &[u8]) {
        let Ok(replies) = decode_replies(self.encoding(), frame) else {
            return self.record.complain(format!("{} cannot read a frame", self.device.profile.name));
        };
        self.heard();
        for reply in replies {
            self.reply(reply);
        }
    }

    /// The server is there: it must be heard of again before long.
    pub(super) fn heard(&mut self) {
        self.silent_until = self.ping.map(|ping| Instant::now() + ping + PING_DELAY);
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.device.profile.encoding
    }

    pub(super) fn no_answer(&mut self, id: String, not_before: Instant) {
        self.device.outbox.lock().again(&id, not_before);
        self.record.event(Event::Unknown { id });
    }

    pub(super) fn note(&self, what: std::fmt::Arguments<'_>) {
        self.record.note(format_args!("{} {what}", self.device.profile.name));
    }
}
