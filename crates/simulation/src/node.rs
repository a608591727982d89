//! A node: a machine that runs the server's parts, and can be killed, stopped, drained and started again.

use std::sync::{Arc, Weak};
use std::time::Duration;

use chinwag_api::{Api, ApiSettings, NobodyOnline, RateLimits};
use chinwag_chat::{Chat, Clock, Entropy, IdSource, Limits, Store};
use chinwag_connection::Config as ConnectionConfig;
use chinwag_protocol::{DisconnectCode, Encoding};
use chinwag_realtime::{Hub, HubConfig, Notice};
use chinwag_server::http::OriginPolicy;
use chinwag_server::realtime::{Driver, Handshake, Realtime, RealtimeSettings};
use parking_lot::Mutex;
use tokio::time::sleep;
use tokio_util::task::TaskTracker;

use crate::bus::SimulatedBus;
use crate::chance::Chance;
use crate::clock::SkewedClock;
use crate::gate::Gate;
use crate::link::Link;
use crate::pump;
use crate::record::Record;
use crate::setting::Setting;
use crate::store::{NodeStore, Remote, StoreLink};

/// As with every bus that leaves the process.
const HEAD_CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// How long a client may take nothing.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);
/// Over how long a draining node spreads its farewells.
const DRAIN_SPREAD: Duration = Duration::from_secs(1);

/// What all nodes have in common.
pub(crate) struct Common {
    pub(crate) setting: Setting,
    pub(crate) bus: Arc<SimulatedBus>,
    pub(crate) remote: Arc<Remote>,
    pub(crate) record: Arc<Record>,
}

/// A node, running or not.
pub(crate) struct Node {
    index: usize,
    common: Arc<Common>,
    chance: Chance,
    clock: Arc<SkewedClock>,
    store_link: Arc<StoreLink>,
    running: Mutex<Option<Running>>,
}

/// One process of a node.
struct Running {
    gate: Arc<Gate>,
    hub: Arc<Hub>,
    realtime: Arc<Realtime>,
    chat: Chat,
    links: Vec<Weak<Link>>,
    leaving: bool,
}

impl Node {
    pub(crate) fn new(index: usize, common: Arc<Common>, chance: Chance) -> Arc<Self> {
        let clock = Arc::new(SkewedClock::new(common.record.began()));
        let store_link = StoreLink::new(chance.fork(), common.setting.store);
        Arc::new(Self { index, common, chance, clock, store_link, running: Mutex::default() })
    }

    /// Starts it, unless it runs.
    pub(crate) fn start(&self) {
        let mut running = self.running.lock();
        if running.is_some() {
            return;
        }
        self.note("starts");
        let Common { bus, remote, record, setting } = &*self.common;
        let gate = Arc::new(Gate::new(record.clone()));
        let bus = bus.join(self.index);
        let store: Arc<dyn Store> = Arc::new(NodeStore {
            remote: remote.clone(),
            link: self.store_link.clone(),
            bus: bus.clone(),
            gate: gate.clone(),
        });
        let clock: Arc<dyn Clock> = self.clock.clone();
        let entropy: Arc<dyn Entropy> = Arc::new(self.chance.fork());
        let ids = IdSource::new(clock.clone(), entropy.clone());
        let chat = Chat::new(store.clone(), bus.clone(), clock, ids, Limits::default());
        let hub = Arc::new(Hub::new(store, bus.clone(), HubConfig::default()));
        let settings = ApiSettings { rate_limits: RateLimits::OFF, ..ApiSettings::default() };
        // Presence is a view of the whole cluster and on no message's path; it is tested where it is made.
        let presence = Arc::new(NobodyOnline);
        let api = Arc::new(Api::new(chat.clone(), entropy.clone(), presence, None, settings));
        let realtime = Arc::new(Realtime::new(
            api,
            hub.clone(),
            realtime_settings(setting),
            connection_config(self.index),
            Arc::new(OriginPolicy::new(std::iter::empty::<String>())),
            Arc::new([]),
            TaskTracker::new(),
            entropy,
        ));
        gate.spawn(bus.deliver(hub.clone()));
        gate.spawn(hub.clone().repair_holes());
        gate.spawn(hub.clone().check_heads(HEAD_CHECK_INTERVAL));
        *running = Some(Running { gate, hub, realtime, chat, links: vec![], leaving: false });
    }

    /// Opens a connection, if anybody is there to take it.
    pub(crate) fn connect(&self, encoding: Encoding) -> Option<Arc<Link>> {
        let mut running = self.running.lock();
        let running = running.as_mut().filter(|running| !running.leaving)?;
        let setting = &self.common.setting;
        let link = Link::new(&self.chance, setting.link_delay, setting.link_bytes);
        let handshake = Handshake {
            encoding,
            transport: "websocket",
            shown_token: None,
            address: None,
            user_agent: None,
        };
        let driver = Driver::new(running.realtime.clone(), handshake);
        running.gate.spawn(pump::run(link.clone(), driver, WRITE_TIMEOUT));
        running.links.retain(|link| link.strong_count() > 0);
        running.links.push(Arc::downgrade(&link));
        Some(link)
    }

    /// Ends it at once, as kill -9 does; or the whole machine, of which its clients hear nothing.
    pub(crate) fn crash(&self, silently: bool) {
        let Some(running) = self.running.lock().take() else { return };
        self.note(if silently { "vanishes" } else { "crashes" });
        self.common.bus.leave(self.index);
        running.gate.kill();
        for link in running.links.iter().filter_map(Weak::upgrade) {
            if silently {
                link.fall_silent();
            } else {
                link.cut();
            }
        }
    }

    /// Nothing of it runs any more, but nothing is lost either.
    pub(crate) fn stop(&self) {
        if let Some(running) = &*self.running.lock() {
            self.note("stands still");
            running.gate.stop();
        }
    }

    pub(crate) fn go_on(&self) {
        if let Some(running) = &*self.running.lock() {
            self.note("goes on");
            running.gate.go_on();
        }
    }

    /// Sends its clients away, one after the other, and ends.
    pub(crate) async fn drain(&self) {
        let (gate, hub) = {
            let mut running = self.running.lock();
            let Some(running) = running.as_mut() else { return };
            running.leaving = true;
            (running.gate.clone(), running.hub.clone())
        };
        self.note("drains");
        gate.spawn(async move {
            let connections = hub.connections(None, None);
            let pause = DRAIN_SPREAD / u32::try_from(connections.len()).unwrap_or(1).max(1);
            for mailbox in connections {
                mailbox.notify(Notice::Close(DisconnectCode::Shutdown));
                sleep(pause).await;
            }
            hub.close_all(DisconnectCode::Shutdown);
        });
        sleep(4 * DRAIN_SPREAD).await;
        self.crash(false);
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// The links of its clients.
    pub(crate) fn links(&self) -> Vec<Arc<Link>> {
        let running = self.running.lock();
        running
            .as_ref()
            .map(|running| running.links.iter().filter_map(Weak::upgrade).collect())
            .unwrap_or_default()
    }

    /// What it offers to whoever needs no connection; none if it does not run.
    pub(crate) fn chat(&self) -> Option<Chat> {
        self.running.lock().as_ref().map(|running| running.chat.clone())
    }

    pub(crate) fn store_link(&self) -> &StoreLink {
        &self.store_link
    }

    pub(crate) fn clock(&self) -> &SkewedClock {
        &self.clock
    }

    pub(crate) fn note(&self, what: &str) {
        self.common.record.note(format_args!("node {} {what}", self.index));
    }

    /// The most that waits for any of its clients, in bytes.
    pub(crate) fn longest_queue(&self) -> usize {
        let running = self.running.lock();
        let Some(running) = &*running else { return 0 };
        let queues = running.hub.connections(None, None);
        queues.iter().map(|mailbox| mailbox.queued_bytes()).max().unwrap_or(0)
    }
}

fn realtime_settings(setting: &Setting) -> RealtimeSettings {
    RealtimeSettings {
        max_frame_bytes: 256 * 1024,
        max_queued_bytes: setting.max_queued_bytes,
        write_timeout: WRITE_TIMEOUT,
        max_subscribed_rooms: 100,
    }
}

fn connection_config(index: usize) -> ConnectionConfig {
    ConnectionConfig {
        ping_interval: Duration::from_secs(4),
        pong_timeout: Duration::from_secs(2),
        node: format!("node-{index}"),
        ..ConnectionConfig::default()
    }
}
