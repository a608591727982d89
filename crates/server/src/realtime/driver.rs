//! Runs one connection, whatever carries it.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use chinwag_chat::{Channel, StateEvent, StoreError};
use chinwag_connection::{Answer, Connection, EffectId, Moment, Output};
use chinwag_protocol::{DisconnectCode, Encoding, UnsubscribeCode, commands, encode_reply, ping};
use chinwag_realtime::{Mailbox, Notice, state_push};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use metrics::counter;
use tokio::time::Instant;

use super::Realtime;
use super::context::{Context, Handshake};
use super::effects;
use crate::metrics::names;

/// Something that was started and is done.
enum Done {
    Answer(EffectId, Answer),
    CaughtUp(Result<(), StoreError>),
    Noted,
}

/// One connection and what it has under way.
pub(crate) struct Driver {
    machine: Connection,
    context: Arc<Context>,
    under_way: FuturesUnordered<BoxFuture<'static, Done>>,
    /// What goes out before the connection has a mailbox.
    early: VecDeque<Bytes>,
    catching_up: bool,
    closing: Option<DisconnectCode>,
}

impl Driver {
    pub(crate) fn new(node: Arc<Realtime>, handshake: Handshake) -> Self {
        let [spread] = node.random();
        let session = node.session_id();
        Self {
            machine: Connection::new(node.connection_config.clone(), node.now(), spread),
            context: Arc::new(Context { node, handshake, session, identity: std::sync::OnceLock::new() }),
            under_way: FuturesUnordered::new(),
            early: VecDeque::new(),
            catching_up: false,
            closing: None,
        }
    }

    /// The id under which a fallback transport's commands find it.
    pub(crate) fn session(&self) -> &str {
        &self.context.session
    }

    pub(crate) fn encoding(&self) -> Encoding {
        self.context.handshake.encoding
    }

    /// Why the connection ends, once it does and everything before that was taken.
    pub(crate) fn closing(&self) -> Option<DisconnectCode> {
        self.closing
    }

    /// Whether to read no more for now: too much waits to be done or to be written.
    pub(crate) fn is_busy(&self) -> bool {
        self.machine.is_busy() || self.mailbox().is_some_and(|mailbox| mailbox.is_full())
    }

    /// Takes one frame of commands.
    pub(crate) fn receive(&mut self, frame: &[u8]) {
        let now = self.now();
        let mut requests = vec![];
        let mut malformed = None;
        for command in commands(self.encoding(), frame, self.context.node.protocol_limits) {
            match command {
                Ok(command) => requests.push(command.into_request()),
                Err(error) => malformed = Some(error),
            }
        }
        self.machine.receive(requests, now);
        if let Some(error) = malformed {
            tracing::debug!(%error, "a client sent a malformed frame");
            self.machine.close(DisconnectCode::BadRequest);
        }
    }

    /// Does what the machine says, as far as it can be done at once.
    pub(crate) fn advance(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Send(reply) => self.send(encode_reply(self.encoding(), &reply)),
                Output::Ping => self.send(ping(self.encoding())),
                Output::Start(id, effect) => {
                    let context = self.context.clone();
                    self.under_way.push(Box::pin(async move {
                        Done::Answer(id, effects::run(&context, effect).await)
                    }));
                }
                Output::Activate(channel) => self.activate(&channel),
                Output::Close(code) => self.closing = Some(code),
            }
        }
    }

    /// Everything that is ready to go out, in order.
    pub(crate) fn take(&mut self) -> VecDeque<Bytes> {
        let mut messages = std::mem::take(&mut self.early);
        let Some(mailbox) = self.mailbox().cloned() else { return messages };
        let mail = mailbox.take();
        if messages.is_empty() {
            messages = mail.messages;
        } else {
            messages.extend(mail.messages);
        }
        let own = Channel::User(mailbox.owner().user.clone());
        for (room, head) in mail.heads {
            let event = StateEvent::RoomHead { room, head_seq: head.seq, head_rev: head.rev };
            messages.push_back(state_push(self.encoding(), &own, &event));
        }
        for notice in mail.notices {
            self.note(notice);
        }
        // A notice may have led to a reply; it comes after what was taken.
        self.advance();
        messages
    }

    /// Everything taken so far is written: what did not fit before may come now.
    pub(crate) fn catch_up(&mut self) {
        let Some(mailbox) = self.mailbox().cloned() else { return };
        if self.catching_up || !mailbox.is_behind() || self.closing.is_some() {
            return;
        }
        self.catching_up = true;
        let context = self.context.clone();
        self.under_way
            .push(Box::pin(async move { Done::CaughtUp(context.node.hub.catch_up(&mailbox).await) }));
    }

    /// Waits until something happened that is not the transport's, and takes it in. Cancel-safe.
    pub(crate) async fn event(&mut self) {
        let mailbox = self.mailbox().cloned();
        let deadline = self.machine.deadline().map(|moment| self.context.node.instant(moment));
        let arrival = async {
            match &mailbox {
                Some(mailbox) => mailbox.wait().await,
                None => std::future::pending().await,
            }
        };
        let due = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        // All three are cancel-safe: a future that is done stays in the set, a notification is kept, a deadline passes.
        tokio::select! {
            Some(done) = self.under_way.next() => self.finish(done),
            () = arrival => {}
            () = due => {
                let now = self.now();
                self.machine.tick(now);
            }
        }
    }

    /// Ends the connection for a reason of the transport's.
    pub(crate) fn close(&mut self, code: DisconnectCode) {
        self.machine.close(code);
    }

    fn finish(&mut self, done: Done) {
        match done {
            Done::Answer(id, answer) => {
                let now = self.now();
                self.machine.complete(id, answer, now);
            }
            Done::CaughtUp(result) => {
                self.catching_up = false;
                if let Err(error) = result {
                    // The client's own resume is the way on: it does not depend on what is left here.
                    tracing::warn!(%error, "cannot feed a connection that is behind");
                    self.machine.close(DisconnectCode::InsufficientState);
                }
            }
            Done::Noted => {}
        }
    }

    fn note(&mut self, notice: Notice) {
        match notice {
            Notice::Close(code) => self.machine.close(code),
            Notice::Dropped(channel, code) => self.machine.dropped(&channel, code),
            Notice::Joined(room) => {
                let Some(identity) = self.context.identity.get() else { return };
                let followed = identity.mailbox.follows().len();
                if followed <= identity.max_rooms && identity.max_rooms > 0 {
                    return self.machine.user_joined(room.into());
                }
                let context = self.context.clone();
                self.under_way.push(Box::pin(async move {
                    if let Some(identity) = context.identity.get() {
                        effects::follow_head(&context, room, &identity.caller.user.id, &identity.mailbox)
                            .await;
                    }
                    Done::Noted
                }));
            }
        }
    }

    fn activate(&mut self, channel: &Channel) {
        let Some(mailbox) = self.mailbox() else { return };
        if !self.context.node.hub.activate(mailbox.id(), channel) {
            // The membership ended while the reply was on its way.
            self.machine.dropped(channel, UnsubscribeCode::InsufficientState);
        }
    }

    fn send(&mut self, message: Bytes) {
        match self.context.identity.get() {
            Some(identity) => identity.mailbox.reply(message),
            None => self.early.push_back(message),
        }
    }

    fn mailbox(&self) -> Option<&Arc<Mailbox>> {
        self.context.identity.get().map(|identity| &identity.mailbox)
    }

    fn now(&self) -> Moment {
        self.context.node.now()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if self.mailbox().is_some() {
            let code = self.closing.map_or_else(|| "gone".to_owned(), |code| code.code().to_string());
            counter!(names::CONNECTIONS_CLOSED, "code" => code).increment(1);
        }
    }
}

impl Realtime {
    /// Monotonic time since the node started.
    pub(crate) fn now(&self) -> Moment {
        Moment::after_origin(self.origin.elapsed())
    }

    fn instant(&self, moment: Moment) -> Instant {
        self.origin + moment.since_origin()
    }
}
