//! The client's half of the protocol, without IO: replies and the time go in, commands come out.
//!
//! It trusts the server as the SDKs do: whatever publication comes is shown, whatever position it carries is believed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chinwag_protocol::{
    Command, ConnectRequest, ConnectResult, Encoding, Error, Publication, Push, Reply, Request, RpcRequest,
    SubscribeResult, decode_replies, encode_command, join,
};
use chinwag_testkit::history::{Event, Position};
use serde::Deserialize;
use tokio::time::Instant;

use super::Device;
use super::channels::{Channels, Place};
use super::outbox::Outgoing;
use crate::Lie;
use crate::record::{Record, change_id};

/// How long a client waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How much later than promised a ping may come.
const PING_DELAY: Duration = Duration::from_secs(3);
/// How long a client waits before it asks again what failed for the moment.
const RETRY: Duration = Duration::from_millis(500);
/// Subscriptions that the server ends with a code from here on are tried again.
const RESUBSCRIBES: u32 = 2500;

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

/// A room's publication, as far as an application looks at it.
#[derive(Deserialize)]
struct Moved<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(default)]
    room: Option<&'a str>,
}

#[derive(Deserialize)]
struct Sent {
    rev: u64,
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

    /// Sends the messages whose time has come.
    pub(super) fn send_what_waits(&mut self) {
        let now = Instant::now();
        while self.state == State::Connected {
            let Some(message) = self.device.outbox.lock().next(now) else { return };
            let Outgoing { id, room, text, attempts, .. } = message;
            self.record.event(Event::Invoked { id: id.clone(), room: format!("room:{room}") });
            let renames = self.lie == Some(Lie::ClientRenamesRetries) && attempts > 1;
            let client_id = if renames { format!("{id}/{attempts}") } else { id.clone() };
            let body = BTreeMap::from([("room", room), ("client_id", client_id), ("text", text)]);
            self.rpc(Asked::Send(id), "message.send", &body);
        }
    }

    /// Calls a method and does not care what comes of it.
    pub(super) fn ask(&mut self, method: &str, body: &BTreeMap<&str, &str>) {
        if self.state == State::Connected {
            self.record.note(format_args!("{} asks {method} {body:?}", self.device.profile.name));
            self.rpc(Asked::Other, method, body);
        }
    }

    /// Subscribes to a channel that may not be its own to see.
    pub(super) fn peek(&mut self, channel: &str) {
        let follows =
            self.channels.by_server.contains_key(channel) || self.channels.by_client.contains_key(channel);
        if self.state == State::Connected && !follows {
            let wish = self.channels.subscribe(channel);
            self.channels.by_client.insert(channel.to_owned(), None);
            self.command(Asked::Peek, Request::Subscribe(wish));
            // Only an answer makes it a channel of its own.
            self.channels.by_client.remove(channel);
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
    fn heard(&mut self) {
        self.silent_until = self.ping.map(|ping| Instant::now() + ping + PING_DELAY);
    }

    fn encoding(&self) -> Encoding {
        self.device.profile.encoding
    }

    fn reply(&mut self, reply: Reply) {
        if let Some(push) = reply.push {
            return self.push(push);
        }
        if reply.id == 0 {
            self.note(format_args!("answers a ping"));
            self.out.push(encode_command(self.encoding(), &Command::default()));
            return;
        }
        let Some((asked, _)) = self.asked.remove(&reply.id) else { return };
        match (asked, reply.error) {
            (asked, Some(error)) => self.failed(asked, &error),
            (Asked::Connect, None) => self.connected(&reply.connect.unwrap_or_default()),
            (Asked::Subscribe(channel), None) => {
                self.subscribed(&channel, &reply.subscribe.unwrap_or_default());
            }
            (Asked::Send(id), None) => {
                let sent = reply.rpc.and_then(|result| serde_json::from_slice::<Sent>(&result.data).ok());
                match sent {
                    Some(Sent { rev }) => {
                        let position = Position { epoch: self.epoch.clone(), offset: rev };
                        self.device.outbox.lock().settle(&id);
                        self.record.event(Event::Acknowledged { id, position });
                    }
                    None => self.record.complain(format!("{id} was answered with nothing")),
                }
            }
            (Asked::Peek, None) => {
                self.record.complain(format!("{} was let into a foreign room", self.device.profile.name));
            }
            (Asked::Other, None) => {}
        }
    }

    fn failed(&mut self, asked: Asked, error: &Error) {
        let now = Instant::now();
        match asked {
            Asked::Connect if error.temporary => self.state = State::Over(error.message.clone()),
            Asked::Connect => {
                let name = &self.device.profile.name;
                self.record.complain(format!("{name} may not connect: {}", error.message));
                self.state = State::Over(error.message.clone());
            }
            Asked::Subscribe(channel) if error.temporary => {
                self.again.insert(channel, now + RETRY);
            }
            Asked::Subscribe(channel) => {
                self.note(format_args!("may not follow {channel}: {}", error.message));
                self.channels.by_client.remove(&channel);
            }
            Asked::Send(id) if error.temporary => self.no_answer(id, now + RETRY),
            Asked::Send(id) => {
                self.device.outbox.lock().settle(&id);
                self.note(format_args!("is refused: {}", error.message));
                self.record.event(Event::Refused { id });
            }
            Asked::Peek | Asked::Other => {}
        }
    }

    fn connected(&mut self, result: &ConnectResult) {
        self.state = State::Connected;
        self.note(format_args!("is connected to {}", result.node));
        self.ping = (result.ping > 0).then(|| Duration::from_secs(result.ping.into()));
        self.heard();
        self.channels.by_server.retain(|channel, _| result.subs.contains_key(channel));
        for (channel, subscribed) in &result.subs {
            self.epoch.clone_from(&subscribed.epoch);
            let known = self.channels.by_server.remove(channel);
            let offset = if subscribed.recovered {
                known.as_ref().map_or(subscribed.offset, |place| place.offset)
            } else {
                subscribed.offset
            };
            self.channels
                .by_server
                .insert(channel.clone(), Place { offset, epoch: subscribed.epoch.clone() });
            self.resumed(channel, subscribed);
        }
    }

    fn subscribed(&mut self, channel: &str, result: &SubscribeResult) {
        self.epoch.clone_from(&result.epoch);
        let Some(place) = self.channels.by_client.get_mut(channel) else { return };
        let offset = match place {
            Some(place) if result.recovered => place.offset,
            _ => result.offset,
        };
        *place = Some(Place { offset, epoch: result.epoch.clone() });
        self.resumed(channel, result);
    }

    /// Shows what was missed, or notes that the room must be loaded anew.
    fn resumed(&mut self, channel: &str, result: &SubscribeResult) {
        if result.recovered {
            for publication in &result.publications {
                self.show(channel, publication);
            }
            return;
        }
        if result.was_recovering {
            // The store keeps everything, so there is no position that it could have lost.
            self.record.complain(format!("{} could not resume {channel}", self.device.profile.name));
        }
        self.begins_anew(channel);
    }

    fn begins_anew(&self, channel: &str) {
        let client = self.device.profile.name.clone();
        self.record.event(Event::Told { client, room: channel.to_owned() });
    }

    fn push(&mut self, push: Push) {
        let channel = push.channel;
        if let Some(publication) = push.publication {
            if publication.offset > 0 {
                self.show(&channel, &publication);
            }
        } else if let Some(unsubscribe) = push.unsubscribe {
            self.note(format_args!("is unsubscribed from {channel}: {}", unsubscribe.code));
            if !self.channels.by_client.contains_key(&channel) {
                self.channels.by_server.remove(&channel);
            } else if unsubscribe.code >= RESUBSCRIBES {
                self.subscribe(channel);
            } else {
                self.channels.by_client.remove(&channel);
            }
        } else if let Some(subscribe) = push.subscribe {
            self.note(format_args!("is subscribed to {channel} at {}", subscribe.offset));
            let place = Place { offset: subscribe.offset, epoch: subscribe.epoch };
            self.channels.by_server.insert(channel.clone(), place);
            self.begins_anew(&channel);
        } else if let Some(disconnect) = push.disconnect {
            self.state = State::Over(format!("told to go: {}", disconnect.code));
        }
    }

    /// Shows a numbered change.
    fn show(&mut self, channel: &str, publication: &Publication) {
        let Some(place) = self.channels.place_mut(channel) else {
            let name = &self.device.profile.name;
            return self
                .record
                .complain(format!("{name} was sent a change of {channel}, which it does not follow"));
        };
        place.offset = publication.offset;
        let position = Position { epoch: place.epoch.clone(), offset: publication.offset };
        let id = change_id(channel, publication.offset, &publication.data);
        self.record.content(channel, publication.offset, &publication.data);
        let client = self.device.profile.name.clone();
        self.record.event(Event::Received { client, room: channel.to_owned(), position, id });
        if channel.starts_with("user:") && self.device.profile.subscribes.is_some() {
            self.follow_moves(&publication.data);
        }
    }

    /// Whoever subscribes by themselves does so when they come into a room.
    fn follow_moves(&mut self, data: &[u8]) {
        let Ok(Moved { kind: "room.joined", room: Some(room) }) = serde_json::from_slice(data) else {
            return;
        };
        let channel = format!("room:{room}");
        if !self.channels.by_client.contains_key(&channel) {
            self.channels.by_client.insert(channel.clone(), None);
            self.subscribe(channel);
        }
    }

    fn subscribe(&mut self, channel: String) {
        let wish = self.channels.subscribe(&channel);
        self.command(Asked::Subscribe(channel), Request::Subscribe(wish));
    }

    fn no_answer(&mut self, id: String, not_before: Instant) {
        self.device.outbox.lock().again(&id, not_before);
        self.record.event(Event::Unknown { id });
    }

    fn rpc(&mut self, asked: Asked, method: &str, body: &impl serde::Serialize) {
        let data = serde_json::to_vec(body).unwrap_or_default().into();
        self.command(asked, Request::Rpc(RpcRequest { method: method.to_owned(), data }));
    }

    fn command(&mut self, asked: Asked, request: Request) {
        self.last_id += 1;
        self.asked.insert(self.last_id, (asked, Instant::now() + TIMEOUT));
        self.out.push(encode_command(self.encoding(), &Command::from((self.last_id, request))));
    }

    fn note(&self, what: std::fmt::Arguments<'_>) {
        self.record.note(format_args!("{} {what}", self.device.profile.name));
    }
}
