//! A device: an application over an SDK that connects, falls off, comes back elsewhere, and never gives up on a message.

mod channels;
mod outbox;
mod sdk;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chinwag_protocol::Encoding;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use crate::Lie;
use crate::chance::Chance;
use crate::link::{Arrival, Link};
use crate::node::Node;
use crate::record::Record;
pub(crate) use outbox::Outbox;
use sdk::{Sdk, State};

/// The first and the longest wait before a client comes back.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3));

/// What a device does of its own accord while things go wrong.
#[derive(Debug, Clone, Default)]
pub(crate) struct Habits {
    /// The average time between two messages.
    pub(crate) send_every: Duration,
    pub(crate) text_bytes: usize,
    /// Adds these people to that room, and takes them out again.
    pub(crate) moves: Option<(String, Vec<String>)>,
    /// Tries to look into these channels.
    pub(crate) peeks: Vec<String>,
    /// How many bytes it reads a second, at most.
    pub(crate) bytes_a_second: Option<usize>,
}

/// Who a device is.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) encoding: Encoding,
    /// The channels that it subscribes to by itself; none where it leaves that to the server.
    pub(crate) subscribes: Option<Vec<String>>,
    pub(crate) habits: Habits,
}

/// What others need of a running device.
pub(crate) struct Device {
    pub(crate) profile: Profile,
    pub(crate) outbox: Mutex<Outbox>,
    /// Messages were put in from outside.
    wake: Notify,
    /// Whether it does anything of its own accord.
    active: Mutex<bool>,
}

impl Device {
    pub(crate) fn new(profile: Profile) -> Arc<Self> {
        let outbox = Mutex::new(Outbox::new(&profile.name));
        Arc::new(Self { profile, outbox, wake: Notify::new(), active: Mutex::new(true) })
    }

    /// Does nothing of its own accord from now on but send what it has.
    pub(crate) fn calm_down(&self) {
        *self.active.lock() = false;
    }

    /// Has it send a message.
    pub(crate) fn say(&self, room: &str) {
        self.outbox.lock().add(room, 0);
        self.wake.notify_one();
    }
}

/// Runs a device for ever.
pub(crate) async fn run(
    device: Arc<Device>,
    nodes: Arc<[Arc<Node>]>,
    record: Arc<Record>,
    chance: Chance,
    lie: Option<Lie>,
) {
    let sdk = Sdk::new(device.clone(), record.clone(), lie);
    let next_act = Instant::now() + chance.up_to(Duration::from_secs(2));
    let mut runner = Runner { device, record, chance, lie, sdk, next_act, read_at: Instant::now() };
    let mut failures = 0;
    loop {
        let node = runner.chance.below(nodes.len());
        let link = nodes.get(node).and_then(|node| node.connect(runner.device.profile.encoding));
        let name = &runner.device.profile.name;
        if let Some(link) = link {
            runner.record.note(format_args!("{name} opens a connection to node {node}"));
            let began = Instant::now();
            let end = runner.converse(&link).await;
            link.up.close(1000);
            runner.sdk.fell_off();
            let name = &runner.device.profile.name;
            runner.record.note(format_args!("{name} fell off node {node}: {end}"));
            if began.elapsed() > Duration::from_secs(5) {
                failures = 0;
            }
        }
        // Full jitter, as in the SDKs.
        let longest = (BACKOFF.0 * 2_u32.pow(failures)).min(BACKOFF.1);
        failures = (failures + 1).min(6);
        sleep(Duration::from_millis(10) + runner.chance.up_to(longest)).await;
    }
}

struct Runner {
    device: Arc<Device>,
    record: Arc<Record>,
    chance: Chance,
    lie: Option<Lie>,
    sdk: Sdk,
    /// When it does something of its own accord.
    next_act: Instant,
    /// When it has digested what it read.
    read_at: Instant,
}

impl Runner {
    /// One connection from its beginning to its end; returns why it ended.
    async fn converse(&mut self, link: &Link) -> String {
        self.sdk.opened();
        self.read_at = Instant::now();
        loop {
            self.sdk.send_what_waits();
            if let Some(frame) = self.sdk.frame() {
                link.up.write(frame);
            }
            if let State::Over(why) = self.sdk.state() {
                return why.clone();
            }
            let due = self.sdk.deadline().min(self.next_act);
            let may_read = self.read_at <= Instant::now();
            tokio::select! {
                biased;
                arrival = link.down.read(), if may_read => match arrival {
                    Arrival::Frame(frame) => self.take(&frame),
                    Arrival::Closed(code) => return self.closed(code),
                    Arrival::Broken => return "the connection broke".to_owned(),
                },
                () = sleep_until(self.read_at), if !may_read => {}
                () = self.device.wake.notified() => {}
                () = sleep_until(due) => {
                    self.sdk.tick();
                    if self.next_act <= Instant::now() {
                        self.act();
                    }
                }
            }
        }
    }

    fn take(&mut self, frame: &[u8]) {
        if self.lie == Some(Lie::NetworkLosesFrames) && self.chance.happens(10) {
            return;
        }
        self.sdk.receive(frame);
        if self.lie == Some(Lie::NetworkRepeatsFrames) && self.chance.happens(10) {
            self.sdk.receive(frame);
        }
        if let Some(rate) = self.device.profile.habits.bytes_a_second
            && *self.device.active.lock()
        {
            let took = Duration::from_secs(frame.len() as u64) / u32::try_from(rate).unwrap_or(u32::MAX);
            self.read_at = Instant::now() + took;
        }
    }

    fn closed(&self, code: u16) -> String {
        if !chinwag_protocol::reconnects(code.into()) {
            let name = &self.device.profile.name;
            self.record.complain(format!("{name} was sent away for good: {code}"));
        }
        format!("closed with {code}")
    }

    /// Does something of its own accord.
    fn act(&mut self) {
        let habits = &self.device.profile.habits;
        self.next_act = Instant::now() + self.chance.up_to(2 * habits.send_every);
        if !*self.device.active.lock() {
            return;
        }
        if let Some((room, people)) = &habits.moves
            && self.chance.happens(300)
            && let Some(user) = people.get(self.chance.below(people.len()))
        {
            let method = self.chance.pick("member.add", &["member.remove"]);
            self.sdk.ask(method, &BTreeMap::from([("room", room.as_str()), ("user", user.as_str())]));
        } else if self.chance.happens(50)
            && let Some(channel) = habits.peeks.get(self.chance.below(habits.peeks.len()))
        {
            self.sdk.peek(channel);
        } else {
            let rooms = self.sdk.rooms();
            if let Some(room) = rooms.get(self.chance.below(rooms.len())) {
                self.device.outbox.lock().add(room, habits.text_bytes);
            }
        }
    }
}
