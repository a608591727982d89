//! What a client asks of the server.

use std::collections::BTreeMap;

use chinwag_protocol::{Command, Request, RpcRequest, encode_command};
use chinwag_testkit::history::Event;
use tokio::time::Instant;

use super::{Asked, Sdk, State, TIMEOUT};
use crate::Lie;
use crate::client::outbox::Outgoing;

impl Sdk {
    /// Sends the messages whose time has come.
    pub(in crate::client) fn send_what_waits(&mut self) {
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
    pub(in crate::client) fn ask(&mut self, method: &str, body: &BTreeMap<&str, &str>) {
        if self.state == State::Connected {
            self.record.note(format_args!("{} asks {method} {body:?}", self.device.profile.name));
            self.rpc(Asked::Other, method, body);
        }
    }

    /// Subscribes to a channel that may not be its own to see.
    pub(in crate::client) fn peek(&mut self, channel: &str) {
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

    pub(super) fn subscribe(&mut self, channel: String) {
        let wish = self.channels.subscribe(&channel);
        self.command(Asked::Subscribe(channel), Request::Subscribe(wish));
    }

    fn rpc(&mut self, asked: Asked, method: &str, body: &impl serde::Serialize) {
        let data = serde_json::to_vec(body).unwrap_or_default().into();
        self.command(asked, Request::Rpc(RpcRequest { method: method.to_owned(), data }));
    }

    pub(super) fn command(&mut self, asked: Asked, request: Request) {
        self.last_id += 1;
        self.asked.insert(self.last_id, (asked, Instant::now() + TIMEOUT));
        self.out.push(encode_command(self.encoding(), &Command::from((self.last_id, request))));
    }
}
