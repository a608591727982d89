//! Runs one connection, whatever carries it.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use chinwag_chat::{Channel, Rev, RoomId, StateEvent, StoreError};
use chinwag_connection::{Answer, Connection, EffectId, Moment, Output};
use chinwag_protocol::{DisconnectCode, Encoding, UnsubscribeCode, commands, encode_reply, ping};
use chinwag_realtime::{Mailbox, Notice, Outlet, state_push};
use metrics::counter;

use super::Realtime;
use super::alarm::Alarm;
use super::context::{Context, Handshake};
use super::effects;
use super::under_way::UnderWay;
use crate::metrics::names;

/// Something that was started and is done.
enum Done {
    Answer(EffectId, Answer),
    CaughtUp(Result<(), StoreError>),
    Noted,
}

/// One connection and what it has under way.
pub struct Driver {
    machine: Connection,
    context: Arc<Context>,
    under_way: UnderWay<Done>,
    /// Goes off when the machine wants to be told of the time.
    alarm: Alarm,
    /// What goes out before the connection has a mailbox.
    early: VecDeque<Bytes>,
    catching_up: bool,
    /// Rooms that the user came back to while the connection was still being told of the leave before: where that was.
    rejoined: BTreeMap<RoomId, Rev>,
    /// How much came in since no command waited.
    waiting_bytes: usize,
    closing: Option<DisconnectCode>,
}

impl Driver {
    /// A connection that begins on this node.
    #[must_use]
    pub fn new(node: Arc<Realtime>, handshake: Handshake) -> Self {
        let [spread] = node.random();
        Self {
            machine: Connection::new(node.connection_config.clone(), node.now(), spread),
            context: Arc::new(Context::new(node, handshake)),
            under_way: UnderWay::Nothing,
            alarm: Alarm::default(),
            early: VecDeque::new(),
            catching_up: false,
            rejoined: BTreeMap::new(),
            waiting_bytes: 0,
            closing: None,
        }
    }

    /// The id under which a fallback transport's commands find it.
    pub(crate) fn session(&self) -> &str {
        &self.context.session
    }

    /// How the client speaks.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.context.encoding
    }

    /// Why the connection ends, once it does and everything before that was taken.
    #[must_use]
    pub fn closing(&self) -> Option<DisconnectCode> {
        self.closing
    }

    /// Whether to read no more for now: too much waits to be done.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.machine.is_busy() || self.waiting_bytes > 2 * self.context.node.settings.max_frame_bytes
    }

    /// Whether commands were held back until the client has read, and it has: [`Driver::advance`] starts them.
    #[must_use]
    pub fn may_go_on(&self) -> bool {
        self.machine.is_held_back() && self.mailbox().is_some_and(|mailbox| !mailbox.is_full())
    }

    /// Takes one frame of commands.
    pub fn receive(&mut self, frame: &[u8]) {
        let now = self.now();
        let mut requests = vec![];
        let mut malformed = None;
        for command in commands(self.encoding(), frame, self.context.node.protocol_limits) {
            match command {
                Ok(command) => requests.push(command.into_request()),
                Err(error) => malformed = Some(error),
            }
        }
        self.waiting_bytes += frame.len();
        self.machine.receive(requests, now);
        if let Some(error) = malformed {
            tracing::debug!(%error, "a client sent a malformed frame");
            self.machine.close(DisconnectCode::BadRequest);
        }
    }

    /// The client is taking what waits for it, if slowly.
    pub fn still_writing(&mut self) {
        let now = self.now();
        self.machine.still_writing(now);
    }

    /// Does what the machine says and what the hub left word of, as far as it can be done at once.
    pub fn advance(&mut self) {
        if let Some(mailbox) = self.mailbox() {
            let (is_full, notices) = (mailbox.is_full(), mailbox.take_notices());
            self.machine.pause(is_full);
            for notice in notices {
                self.note(notice);
            }
        }
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
        if self.machine.has_started_all() {
            self.waiting_bytes = 0;
        }
    }

    /// The messages that were there before the connection had a mailbox.
    pub(crate) fn take_early(&mut self) -> VecDeque<Bytes> {
        std::mem::take(&mut self.early)
    }

    /// Has the mailbox write to this socket from now on, as soon as it has anything to write: the first that it ever
    /// has is the answer to the client's `connect`. Returns it then.
    pub(crate) fn open_mailbox(&self, outlet: impl FnOnce() -> Arc<dyn Outlet>) -> Option<Arc<Mailbox>> {
        let mailbox = self.mailbox().filter(|mailbox| mailbox.has_messages())?;
        self.context.node.hub.open(mailbox, outlet());
        Some(mailbox.clone())
    }

    /// Every message that is ready to go out, in order, where there is no socket that the mailbox writes to by itself.
    #[must_use]
    pub fn take(&mut self) -> VecDeque<Bytes> {
        let mut messages = std::mem::take(&mut self.early);
        let Some(mailbox) = self.mailbox() else { return messages };
        let mail = mailbox.take();
        if messages.is_empty() {
            messages = mail.messages;
        } else {
            messages.extend(mail.messages);
        }
        for (room, head) in mail.heads {
            let own = Channel::User(mailbox.owner().user.clone());
            let event = StateEvent::RoomHead { room, head_seq: head.seq, head_rev: head.rev };
            messages.push_back(state_push(self.encoding(), &own, &event));
        }
        messages
    }

    /// Everything taken so far is written: what did not fit before may come now.
    pub fn catch_up(&mut self) {
        let Some(mailbox) = self.mailbox().cloned() else { return };
        if self.catching_up || !mailbox.is_behind() || self.closing.is_some() {
            return;
        }
        self.catching_up = true;
        let context = self.context.clone();
        let feeding = async move { Done::CaughtUp(context.node.hub.catch_up(&mailbox).await) };
        self.under_way.push(Box::pin(feeding));
    }

    /// Waits until something happened that is not the transport's, and takes it in. Cancel-safe.
    pub async fn event(&mut self) {
        poll_fn(|context| self.poll_event(context)).await;
    }

    /// Takes in what happened that is not the transport's; if nothing did, the task is woken once something does.
    pub(crate) fn poll_event(&mut self, context: &mut std::task::Context<'_>) -> Poll<()> {
        // The deadline comes first: it is due seldom and never twice, so it starves nobody, and nobody starves it.
        let deadline = self.machine.deadline().map(|moment| self.context.node.instant(moment));
        if self.alarm.poll(deadline, context).is_ready() {
            let now = self.now();
            self.machine.tick(now);
            return Poll::Ready(());
        }
        if let Poll::Ready(done) = self.under_way.poll_next(context) {
            self.finish(done);
            return Poll::Ready(());
        }
        self.mailbox().map_or(Poll::Pending, |mailbox| mailbox.poll_wait(context))
    }

    /// Ends the connection for a reason of the transport's.
    pub fn close(&mut self, code: DisconnectCode) {
        self.machine.close(code);
    }

    /// Gives up what is under way.
    pub(crate) fn abandon(&mut self) {
        self.under_way.clear();
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
            Notice::Close(DisconnectCode::Shutdown) => {
                let now = self.now();
                self.machine.leave(DisconnectCode::Shutdown, now);
            }
            Notice::Close(code) => self.machine.close(code),
            Notice::Joined(room, rev) => self.joined(room, rev),
            Notice::Dropped(channel, code) => {
                let Some(mailbox) = self.mailbox() else { return };
                // Followed anew in the meantime: what was dropped is not what is followed now.
                if self.context.node.hub.is_following(mailbox.id(), &channel) {
                    return;
                }
                self.machine.dropped(&channel, code);
                // Whoever came back while they were still being told of their leave is a member all the same.
                if let Channel::Room(room) = channel {
                    if let Some(rev) = self.rejoined.remove(&room) {
                        return self.joined(room, rev);
                    }
                    let context = self.context.clone();
                    self.under_way.push(Box::pin(async move {
                        effects::follow_head(&context, room).await;
                        Done::Noted
                    }));
                }
            }
        }
    }

    fn joined(&mut self, room: RoomId, rev: Rev) {
        let Some(identity) = self.context.identity.get() else { return };
        let followed = identity.mailbox.follows().len();
        if followed <= identity.max_rooms && identity.max_rooms > 0 {
            if !self.machine.user_joined(room.into(), rev.0) {
                self.rejoined.insert(room, rev);
            }
            return;
        }
        let context = self.context.clone();
        self.under_way.push(Box::pin(async move {
            effects::follow_head(&context, room).await;
            Done::Noted
        }));
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
