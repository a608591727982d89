//! A client that survives everything: it follows its rooms on whatever node takes it, writes into them, and puts down what
//! it is shown. Nobody tells it of faults.

pub(super) mod change;
mod outgoing;
mod session;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use chinwag_protocol::Request;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::courier;
use super::dice::Dice;
use super::message::Message;
use super::shared::Shared;
use crate::client::{Closed, Connection, Target, token};
use outgoing::Outgoing;
use session::Session;

/// How long a node may take to take a client.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// How long writing one frame may take.
const WRITE_WITHIN: Duration = Duration::from_secs(3);
/// How long the server may be silent. It pings every two seconds.
const SILENT_FOR: Duration = Duration::from_secs(4);
/// How long to wait before the next attempt.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(200));
/// How much the kernel keeps for a slow reader.
const NARROW_BYTES: u32 = 4_096;
/// How long a slow reader pauses between two looks at its connection.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(300));
/// The same when it does not read at all: longer than the server waits for a pong.
const LONG_PAUSE: Duration = Duration::from_secs(5);

/// One message in so many is sent on two nodes at once.
const TWICE_ONCE_IN: usize = 10;

/// The protocol's codes from which on a client must not come back; between them are those of which it may.
const FOR_GOOD: [std::ops::Range<u16>; 2] = [3500..4000, 4500..5000];

/// What sort of client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// Reads what comes, writes, and is a member of its rooms all the time.
    Regular,
    /// The same, but reads slowly.
    Slow,
    /// Writes nothing; may not be a member of its rooms, or not any more.
    Guest,
}

/// What others can see of a client.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) name: String,
    /// The user's number.
    pub(super) user: usize,
    pub(super) habit: Habit,
    /// Where it is connected: the node's number and one, or zero.
    node: AtomicUsize,
    /// Of each room that it follows: the room's number, and the last `rev` that it was shown.
    pub(super) rooms: Vec<(usize, AtomicU64)>,
}

impl Seen {
    pub(super) fn new(name: String, user: usize, habit: Habit, rooms: &[usize]) -> Arc<Self> {
        let rooms = rooms.iter().map(|room| (*room, AtomicU64::new(0))).collect();
        Arc::new(Self { name, user, habit, node: AtomicUsize::new(0), rooms })
    }

    /// The node that it is connected to.
    pub(super) fn node(&self) -> Option<usize> {
        self.node.load(Ordering::Acquire).checked_sub(1)
    }

    /// Tells whether that is news.
    pub(super) fn set_node(&self, node: Option<usize>) -> bool {
        let number = node.map_or(0, |node| node + 1);
        self.node.swap(number, Ordering::AcqRel) != number
    }

    /// It was shown everything up to there in that room.
    pub(super) fn reached(&self, room: Option<usize>, rev: u64) {
        if let Some((_, last)) = self.rooms.iter().find(|(followed, _)| Some(*followed) == room) {
            last.store(rev, Ordering::Release);
        }
    }
}

/// The client.
pub(super) struct Client {
    shared: Arc<Shared>,
    seen: Arc<Seen>,
    token: Arc<str>,
    dice: Dice,
    outgoing: Outgoing,
    /// Messages that are sent over HTTP. End with the client.
    couriers: JoinSet<()>,
}

impl Client {
    /// A client that writes about so often; never where there is no interval.
    pub(super) fn new(shared: Arc<Shared>, seen: Arc<Seen>, writes_every: Option<Duration>) -> Result<Self> {
        let token: Arc<str> = token::token(seen.user)?.into();
        let dice = Dice::of(shared.seed, seen.user + 1_000);
        let outgoing = Outgoing::new(writes_every);
        Ok(Self { shared, seen, token, dice, outgoing, couriers: JoinSet::new() })
    }

    /// How many messages are not acknowledged, at any time.
    pub(super) fn open_messages(&self) -> Arc<AtomicUsize> {
        self.outgoing.open()
    }

    /// Lives until it is aborted.
    pub(super) async fn live(mut self) {
        loop {
            let node = self.shared.next_node();
            let (mut session, greeting) = Session::begin(&self.shared, &self.seen, &self.token);
            let Err(error) = self.stay(node, &mut session, greeting).await;
            self.seen.set_node(None);
            self.tell(node, &error);
            self.send_again(session.end());
            sleep(self.dice.between(BACK_OFF.0, BACK_OFF.1)).await;
        }
    }

    /// Connects to a node and stays as long as it can.
    async fn stay(
        &mut self,
        node: usize,
        session: &mut Session,
        greeting: Vec<Request>,
    ) -> Result<Infallible> {
        let mut connection =
            timeout(CONNECT_WITHIN, self.open(node)).await.context("the node takes nobody")??;
        send(&mut connection, session, greeting).await?;
        let mut heard = Instant::now();
        loop {
            let wake = self.outgoing.wake(Instant::now());
            let mut each = |line: &[u8]| session.line(line);
            tokio::select! {
                read = connection.read(&mut each) => {
                    read?;
                    heard = Instant::now();
                }
                () = sleep_until(wake) => {}
            }
            let now = Instant::now();
            ensure!(now <= heard + SILENT_FOR, "the node is silent");
            ensure!(!session.is_overdue(now), "the node does not answer");
            for message in session.take_unanswered() {
                self.send_elsewhere(message, node + 1);
            }
            if session.is_connected() {
                if self.seen.set_node(Some(node)) {
                    self.shared.recorder.note(format!("{} is on node {}", self.seen.name, node + 1));
                }
                let due = self.due(session, now);
                send(&mut connection, session, due).await?;
            }
            while self.couriers.try_join_next().is_some() {}
            if self.pause().await {
                // It is not the node that was silent.
                heard = Instant::now();
            }
        }
    }

    /// What is to be sent over the connection now. Some is sent on two nodes at once instead.
    fn due(&mut self, session: &mut Session, now: Instant) -> Vec<Request> {
        let mut requests = session.resubscribe(now);
        for message in self.outgoing.due(&self.shared, &self.seen, &mut self.dice, now) {
            if self.shared.doubling.load(Ordering::Acquire) || self.dice.once_in(TWICE_ONCE_IN) {
                let node = self.shared.next_node();
                self.send_elsewhere(message.clone(), node);
                self.send_elsewhere(message, node + 1);
            } else {
                requests.push(session.post(message, now));
            }
        }
        requests
    }

    /// Nobody can tell what became of these. Half of them are sent again here, after the next connect, half over HTTP.
    fn send_again(&mut self, messages: Vec<Message>) {
        for message in messages {
            if self.dice.once_in(2) {
                self.outgoing.again(message);
            } else {
                let node = self.shared.next_node();
                self.send_elsewhere(message, node);
            }
        }
    }

    fn send_elsewhere(&mut self, message: Message, node: usize) {
        let dice = Dice::of(self.shared.seed, self.dice.below(usize::MAX));
        self.couriers.spawn(courier::deliver(self.shared.clone(), self.token.clone(), message, node, dice));
    }

    /// A slow reader looks at its connection now and then. Tells whether there was a pause.
    async fn pause(&mut self) -> bool {
        let pauses = self.seen.habit == Habit::Slow && self.shared.is_writing();
        if pauses {
            let flooding = self.shared.flooding.load(Ordering::Acquire);
            sleep(if flooding { LONG_PAUSE } else { self.dice.between(PAUSE.0, PAUSE.1) }).await;
        }
        pauses
    }

    async fn open(&self, node: usize) -> Result<Connection> {
        let nodes = if self.seen.habit == Habit::Slow { &self.shared.direct } else { &self.shared.nodes };
        let target = Target::chinwag(*nodes.get(node).context("no such node")?);
        match self.seen.habit {
            Habit::Slow => Connection::open_narrow(target, NARROW_BYTES).await,
            Habit::Regular | Habit::Guest => Connection::open(target, None).await,
        }
    }

    fn tell(&self, node: usize, error: &anyhow::Error) {
        let what = format!("{} leaves node {}: {error:#}", self.seen.name, node + 1);
        match error.downcast_ref::<Closed>() {
            Some(closed) if FOR_GOOD.iter().any(|codes| codes.contains(&closed.code)) => {
                self.shared.recorder.problem(what);
            }
            _ => self.shared.recorder.note(what),
        }
    }
}

async fn send(connection: &mut Connection, session: &mut Session, requests: Vec<Request>) -> Result<()> {
    if !requests.is_empty() {
        let sent =
            timeout(WRITE_WITHIN, connection.send(requests)).await.context("the node does not read")?;
        session.sent(sent?);
    }
    Ok(())
}
