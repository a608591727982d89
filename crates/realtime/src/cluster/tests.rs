//! Several nodes in one process: a hub each, one store, one cluster, in virtual time.

mod flapping;
mod present;
mod seen;
mod told;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chinwag_bus_local::LocalCluster;
use chinwag_chat::cluster::{
    Admission, ClusterSecret, Connections, Counted, Incarnation, LiveConnection, MoreThanAllowed, NodePhase,
    NodeReport, NodeStatus, Nodes, PlacedConnection, Policy, Recorded, RegistryChange, Standing,
    WIRE_VERSION, Whose, Wish,
};
use chinwag_chat::{
    Channel, Chat, Clock, Hint, IdSource, Limits, NewUser, NodeId, RoomId, RoomKind, StateEvent, Store,
    StoreError, User, UserId,
};
use chinwag_protocol::DisconnectCode;
use chinwag_store_memory::MemoryStore;
use parking_lot::Mutex;
use tokio::task::AbortHandle;
use tokio::time::{advance, sleep};

use super::{ClusterNode, ClusterSettings, JoinError, NotAdmitted};
use crate::mailbox::{Mailbox, Notice};
use crate::test_ports::{Counting, Fixed, HeldBus, owner};
use crate::{Hub, HubConfig};

const LEASE: Duration = Duration::from_secs(6);
const GRACE: Duration = Duration::from_secs(5);
/// A round and a heartbeat, and something to spare.
const SOON: Duration = Duration::from_secs(4);

/// A cluster whose store can be away.
#[derive(Default)]
struct Shaky {
    inner: LocalCluster,
    away: AtomicBool,
    /// Answers of heartbeats are lost, though what they ask for is done.
    is_mute: AtomicBool,
    /// The next heartbeat of that node neither arrives nor fails.
    swallows_one_of: Mutex<Option<NodeId>>,
    /// Says nothing of that user's connections.
    silent_about: Mutex<Option<UserId>>,
    /// Nobody is found to be offline.
    settles_nothing: AtomicBool,
    reads: Mutex<u32>,
}

impl Shaky {
    fn is_there(&self) -> Result<(), StoreError> {
        match self.away.load(Ordering::Relaxed) {
            true => Err(StoreError::Unavailable("cut off".to_owned())),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl Nodes for Shaky {
    async fn renew(&self, report: &NodeReport, lease: Duration) -> Result<Standing, StoreError> {
        self.is_there()?;
        if self.swallows_one_of.lock().take_if(|name| *name == report.name).is_some() {
            std::future::pending::<()>().await;
        }
        let standing = self.inner.renew(report, lease).await;
        match self.is_mute.load(Ordering::Relaxed) {
            true => Err(StoreError::Unknown("no answer".to_owned())),
            false => standing,
        }
    }

    async fn leave(&self, incarnation: Incarnation) -> Result<(), StoreError> {
        self.is_there()?;
        self.inner.leave(incarnation).await
    }

    async fn nodes(&self) -> Result<Vec<NodeStatus>, StoreError> {
        self.is_there()?;
        self.inner.nodes().await
    }

    async fn ask(&self, node: &NodeId, wish: Wish) -> Result<bool, StoreError> {
        self.inner.ask(node, wish).await
    }

    async fn secret(&self, proposed: ClusterSecret) -> Result<ClusterSecret, StoreError> {
        self.inner.secret(proposed).await
    }
}

#[async_trait]
impl Connections for Shaky {
    async fn record(&self, node: Incarnation, change: &RegistryChange) -> Result<Recorded, StoreError> {
        self.is_there()?;
        self.inner.record(node, change).await
    }

    async fn admit(
        &self,
        node: Incarnation,
        connection: &LiveConnection,
        policy: Policy,
    ) -> Result<Admission, StoreError> {
        self.is_there()?;
        self.inner.admit(node, connection, policy).await
    }

    async fn connections(&self, whose: Whose<'_>, limit: usize) -> Result<Vec<PlacedConnection>, StoreError> {
        *self.reads.lock() += 1;
        self.is_there()?;
        if matches!(whose, Whose::Users([user]) if Some(user) == self.silent_about.lock().as_ref()) {
            std::future::pending::<()>().await;
        }
        self.inner.connections(whose, limit).await
    }

    async fn idle(&self, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        self.is_there()?;
        self.inner.idle(users).await
    }

    async fn online(&self, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        *self.reads.lock() += 1;
        self.is_there()?;
        self.inner.online(users).await
    }

    async fn settle(&self, grace: Duration) -> Result<Vec<UserId>, StoreError> {
        self.is_there()?;
        if self.settles_nothing.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("busy".to_owned()));
        }
        self.inner.settle(grace).await
    }
}

/// What all nodes share.
struct World {
    store: Arc<dyn Store>,
    bus: Arc<HeldBus>,
    cluster: Arc<Shaky>,
    room: RoomId,
    nodes: Mutex<u64>,
}

/// A node, its tasks running.
struct Node {
    hub: Arc<Hub>,
    cluster: Arc<ClusterNode>,
    tasks: Vec<AbortHandle>,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Node {
    /// As a process that is killed, or stopped: its tasks go on no more.
    fn stop(&mut self) {
        for task in self.tasks.drain(..) {
            task.abort();
        }
    }

    fn run(&mut self) {
        let node = &self.cluster;
        self.tasks.extend([
            tokio::spawn(node.clone().beat()).abort_handle(),
            tokio::spawn(node.clone().keep_registered()).abort_handle(),
            tokio::spawn(node.clone().shed_clients()).abort_handle(),
        ]);
    }

    fn connect(&self, user: &str) -> Arc<Mailbox> {
        let id = self.hub.next_connection_id();
        let owner = owner(user, &format!("{}-{}", self.cluster.report().name, id.0));
        let mailbox = Arc::new(Mailbox::new(id, owner, 1 << 20));
        self.hub.register(&mailbox);
        mailbox
    }
}

impl World {
    async fn new() -> Self {
        let bus = Arc::new(HeldBus::default());
        let entropy = Arc::new(Counting::default());
        // A store with threads of its own would take real time while the runtime's stands still or leaps.
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new(bus.clone(), &*entropy));
        for name in ["ada", "bob"] {
            let (id, name) = (name.parse().unwrap(), name.parse().unwrap());
            let user = User::new(id, name, "x".parse().unwrap());
            store.create_user(NewUser { user, password: None, created_at: Fixed.now() }).await.unwrap();
        }
        let ids = IdSource::new(Arc::new(Fixed), entropy);
        let chat = Chat::new(store.clone(), bus.clone(), Arc::new(Fixed), ids, Limits::default());
        let (ada, members) = ("ada".parse().unwrap(), vec!["bob".parse().unwrap()]);
        let room = chat.create_room(&ada, RoomKind::Group, None, members).await.unwrap().room.id;
        bus.0.lock().clear();
        let cluster = Arc::default();
        Self { store, bus, cluster, room, nodes: Mutex::new(0) }
    }

    fn unjoined(&self, name: &str, policy: Option<Policy>) -> Node {
        let n = {
            let mut nodes = self.nodes.lock();
            *nodes += 1;
            *nodes
        };
        let report = NodeReport {
            name: name.parse().unwrap(),
            incarnation: Incarnation(n),
            address: format!("127.0.0.1:{n}"),
            version: "1".to_owned(),
            wire: WIRE_VERSION,
            roles: "all".to_owned(),
            phase: NodePhase::Running,
            connections: 0,
            max_connections: 100,
            heard_wish: 0,
        };
        let hub = Arc::new(Hub::new(self.store.clone(), self.bus.clone(), HubConfig::default()));
        let settings = ClusterSettings { lease: LEASE, spread: Duration::from_secs(1), policy };
        let cluster =
            Arc::new(ClusterNode::new(hub.clone(), self.cluster.clone(), Arc::new(Fixed), report, settings));
        Node { hub, cluster, tasks: vec![] }
    }

    async fn node(&self, name: &str) -> Node {
        self.node_with(name, None).await
    }

    async fn node_with(&self, name: &str, policy: Option<Policy>) -> Node {
        let mut node = self.unjoined(name, policy);
        node.cluster.join().await.unwrap();
        node.run();
        node
    }

    /// What the room was told of presence since it was last looked: who came, who went.
    fn told(&self) -> Vec<(Vec<String>, Vec<String>)> {
        let names = |users: &[UserId]| users.iter().map(ToString::to_string).collect();
        let hints = std::mem::take(&mut *self.bus.0.lock());
        let told = hints.iter().filter_map(|hint| match hint {
            Hint::State(channel, event) => match &**event {
                StateEvent::PresenceChanged { online, offline, .. } => {
                    assert_eq!(*channel, Channel::Room(self.room));
                    Some((names(online), names(offline)))
                }
                _ => None,
            },
            _ => None,
        });
        told.collect()
    }
}

fn came(users: &[&str]) -> Vec<(Vec<String>, Vec<String>)> {
    vec![(users.iter().map(ToString::to_string).collect(), vec![])]
}

fn went(users: &[&str]) -> Vec<(Vec<String>, Vec<String>)> {
    vec![(vec![], users.iter().map(ToString::to_string).collect())]
}

fn nothing() -> Vec<(Vec<String>, Vec<String>)> {
    vec![]
}

fn users(names: &[&str]) -> Vec<UserId> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn all_who_come_in_one_round_are_told_to_a_room_in_one_event() {
    let world = World::new().await;
    let north = world.node("north").await;
    sleep(SOON).await;
    north.connect("ada");
    north.connect("bob");
    north.connect("bob");
    sleep(SOON).await;
    assert_eq!(world.told(), came(&["ada", "bob"]));
}

#[tokio::test(start_paused = true)]
async fn a_user_on_two_nodes_goes_offline_once_and_after_both() {
    let world = World::new().await;
    let (north, south) = (world.node("north").await, world.node("south").await);
    let (here, there) = (north.connect("ada"), south.connect("ada"));
    sleep(SOON).await;
    assert_eq!(world.told(), came(&["ada"]));
    north.hub.unregister(&here);
    sleep(GRACE + SOON).await;
    assert_eq!(world.told(), nothing());
    assert_eq!(north.cluster.online(&users(&["ada", "bob"])).await, users(&["ada"]));
    south.hub.unregister(&there);
    sleep(GRACE + SOON).await;
    assert_eq!(world.told(), went(&["ada"]));
    assert!(north.cluster.online(&users(&["ada"])).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_reloaded_or_balanced_elsewhere_is_no_news() {
    let world = World::new().await;
    let (north, south) = (world.node("north").await, world.node("south").await);
    let mut mailbox = north.connect("ada");
    sleep(SOON).await;
    assert_eq!(world.told(), came(&["ada"]));
    for node in [&south, &north, &north, &south] {
        let other = if Arc::ptr_eq(&node.hub, &north.hub) { &south } else { &north };
        other.hub.unregister(&mailbox);
        node.hub.unregister(&mailbox);
        sleep(Duration::from_secs(2)).await;
        mailbox = node.connect("ada");
        sleep(Duration::from_secs(2)).await;
    }
    sleep(GRACE + SOON).await;
    assert_eq!(world.told(), nothing());
}

#[tokio::test(start_paused = true)]
async fn the_users_of_a_dead_node_are_told_to_be_offline_once_after_lease_and_grace() {
    let world = World::new().await;
    let (mut north, south) = (world.node("north").await, world.node("south").await);
    let _east = world.node("east").await;
    north.connect("ada");
    north.connect("bob");
    sleep(SOON).await;
    assert_eq!(world.told(), came(&["ada", "bob"]));
    north.stop();
    sleep(LEASE).await;
    south.connect("bob");
    assert_eq!(world.told(), nothing());
    assert!(south.cluster.online(&users(&["ada"])).await == users(&["ada"]), "until the grace time is over");
    sleep(GRACE + SOON).await;
    assert_eq!(world.told(), went(&["ada"]));
    sleep(LEASE + GRACE + SOON).await;
    assert_eq!(world.told(), nothing());
}

#[tokio::test(start_paused = true)]
async fn a_rolling_restart_takes_nobody_offline() {
    let world = World::new().await;
    let (mut north, south) = (world.node("north").await, world.node("south").await);
    let mut mailbox = north.connect("ada");
    sleep(SOON).await;
    assert_eq!(world.told(), came(&["ada"]));
    for _ in 0..3 {
        north.cluster.begin_drain();
        north.hub.close_all(DisconnectCode::Shutdown);
        north.hub.unregister(&mailbox);
        north.stop();
        north.cluster.leave().await.unwrap();
        sleep(Duration::from_secs(1)).await;
        mailbox = south.connect("ada");
        // The name is free at once.
        north = world.node("north").await;
        sleep(SOON).await;
        south.hub.unregister(&mailbox);
        mailbox = north.connect("ada");
    }
    sleep(LEASE + GRACE + SOON).await;
    assert_eq!(world.told(), nothing());
}

#[tokio::test(start_paused = true)]
async fn a_process_that_was_stopped_for_longer_than_its_lease_registers_everything_again() {
    let world = World::new().await;
    let (mut north, south) = (world.node("north").await, world.node("south").await);
    let mailbox = north.connect("ada");
    sleep(SOON).await;
    assert_eq!(world.told(), came(&["ada"]));
    north.stop();
    sleep(LEASE + Duration::from_secs(2)).await;
    let ada = users(&["ada"]);
    assert!(world.cluster.connections(Whose::Users(&ada), 9).await.unwrap().is_empty());
    north.run();
    sleep(SOON).await;
    assert_eq!(world.cluster.connections(Whose::Users(&ada), 9).await.unwrap().len(), 1);
    assert_eq!(world.told(), nothing(), "it was back before the grace time was over");
    assert!(mailbox.take_notices().is_empty(), "its connections were left alone");
    assert_eq!(south.cluster.online(&ada).await, ada);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_joined_anew_by_a_beat_without_an_answer_registers_everything_again() {
    let world = World::new().await;
    let (mut north, _south) = (world.node("north").await, world.node("south").await);
    let _mailbox = north.connect("ada");
    sleep(SOON).await;
    north.stop();
    sleep(LEASE + Duration::from_secs(2)).await;
    world.cluster.is_mute.store(true, Ordering::Relaxed);
    north.run();
    tokio::task::yield_now().await;
    world.cluster.is_mute.store(false, Ordering::Relaxed);
    sleep(SOON).await;
    let ada = users(&["ada"]);
    assert_eq!(world.cluster.connections(Whose::Users(&ada), 9).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_beat_that_hangs_is_given_up_in_time_for_another_one() {
    let world = World::new().await;
    let (north, _south) = (world.node("north").await, world.node("south").await);
    let _mailbox = north.connect("ada");
    sleep(SOON).await;
    *world.cluster.swallows_one_of.lock() = Some("north".parse().unwrap());
    let ada = users(&["ada"]);
    for _ in 0..20 {
        sleep(LEASE / 10).await;
        assert_eq!(
            world.cluster.connections(Whose::Users(&ada), 9).await.unwrap().len(),
            1,
            "north is given up"
        );
    }
    assert!(world.cluster.swallows_one_of.lock().is_none(), "nothing hung");
}

#[tokio::test(start_paused = true)]
async fn what_a_failed_round_could_not_tell_the_next_one_does() {
    let world = World::new().await;
    let north = world.node("north").await;
    world.cluster.settles_nothing.store(true, Ordering::Relaxed);
    let _mailbox = north.connect("ada");
    sleep(SOON).await;
    assert_eq!(world.told(), nothing());
    world.cluster.settles_nothing.store(false, Ordering::Relaxed);
    sleep(SOON).await;
    assert_eq!(world.told(), came(&["ada"]));
}

/// Who is the oldest decides who has to make room. A node says everything again once a minute, and this one has more
/// connections than go into one write.
#[tokio::test(start_paused = true)]
async fn a_connection_of_a_crowded_node_stays_as_old_as_it_is() {
    let world = World::new().await;
    let (north, south) = (world.node("north").await, world.node("south").await);
    let _crowd: Vec<_> = (0..5_000).map(|_| north.connect("ada")).collect();
    let older = north.connect("bob");
    sleep(SOON).await;
    let newer = south.connect("bob");
    sleep(Duration::from_secs(70)).await;
    let bob = users(&["bob"]);
    let found = world.cluster.connections(Whose::Users(&bob), 9).await.unwrap();
    let ids: Vec<_> = found.iter().map(|placed| &placed.connection.id).collect();
    assert_eq!(ids, [&older.owner().client, &newer.owner().client]);
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_the_node_serves_on_and_then_joins_again() {
    let world = World::new().await;
    let (north, south) = (world.node("north").await, world.node("south").await);
    let first = north.connect("ada");
    sleep(SOON).await;
    world.told();
    world.cluster.away.store(true, Ordering::Relaxed);
    let second = north.connect("bob");
    sleep(LEASE * 3).await;
    assert!(first.take_notices().is_empty() && second.take_notices().is_empty());
    assert_eq!(north.cluster.online(&users(&["ada", "bob"])).await, users(&["ada", "bob"]));
    assert!(south.cluster.online(&users(&["ada"])).await.is_empty(), "it cannot know, and says no");
    world.cluster.away.store(false, Ordering::Relaxed);
    sleep(SOON).await;
    assert_eq!(world.told(), came(&["bob"]), "of Ada nothing was ever told");
    assert_eq!(south.cluster.online(&users(&["ada", "bob"])).await.len(), 2);
    sleep(LEASE + GRACE).await;
    assert_eq!(world.told(), nothing());
}

#[tokio::test(start_paused = true)]
async fn two_hundred_viewers_of_one_room_cost_one_read_a_second() {
    let world = World::new().await;
    let (north, south) = (world.node("north").await, world.node("south").await);
    south.connect("bob");
    sleep(SOON).await;
    let asked = users(&["ada", "bob"]);
    let channel = Channel::Room(world.room);
    for second in 1..=2 {
        let viewers = (0..200).map(|_| async {
            let online = north.cluster.online(&asked).await;
            (online, north.cluster.present(&channel).await)
        });
        for (online, present) in futures_util::future::join_all(viewers).await {
            assert_eq!(online, users(&["bob"]));
            assert_eq!(present.iter().map(|info| info.user.as_str()).collect::<Vec<_>>(), ["bob"]);
        }
        assert_eq!(*world.cluster.reads.lock(), 2 * second);
        advance(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_second_node_of_a_name_does_not_start() {
    let world = World::new().await;
    let _north = world.node("north").await;
    let refused = world.unjoined("north", None).cluster.join().await.unwrap_err().to_string();
    assert!(refused.contains("127.0.0.1:1") && refused.contains("`node_name`"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_was_killed_can_be_started_again_at_once() {
    let world = World::new().await;
    let mut north = world.node("north").await;
    sleep(SOON).await;
    north.stop();
    world.node("north").await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_speaks_otherwise_does_not_start_beside_the_others() {
    let world = World::new().await;
    let north = world.node("north").await;
    north.cluster.report.lock().wire = WIRE_VERSION + 1;
    sleep(SOON).await;
    match world.unjoined("south", None).cluster.join().await {
        Err(error @ JoinError::OtherWire { .. }) => assert!(error.to_string().contains("north"), "{error}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn wishes_reach_a_node_by_its_heartbeat_once() {
    let world = World::new().await;
    let north = world.node("north").await;
    let mailboxes: Vec<_> = (0..10).map(|_| north.connect("ada")).collect();
    let name: NodeId = "north".parse().unwrap();
    assert!(world.cluster.ask(&name, Wish::Shed(4)).await.unwrap());
    sleep(LEASE * 2).await;
    let told: Vec<_> = mailboxes.iter().flat_map(|mailbox| mailbox.take_notices()).collect();
    assert_eq!(told, vec![Notice::Close(DisconnectCode::ForceReconnect); 4]);
    assert!(world.cluster.ask(&name, Wish::Drain).await.unwrap());
    tokio::time::timeout(SOON, north.cluster.drain_wished()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_connection_too_many_is_refused_wherever_it_comes() {
    let world = World::new().await;
    let reject = Policy { counted: Counted::Connections, max_per_user: 1, more: MoreThanAllowed::Reject };
    let north = world.node_with("north", Some(reject)).await;
    let south = world.node_with("south", Some(reject)).await;
    let first = north.connect("ada");
    north.cluster.admit(&first).await.unwrap();
    let second = south.connect("ada");
    assert!(matches!(south.cluster.admit(&second).await, Err(NotAdmitted::TooMany)));
    south.hub.unregister(&second);
    // Gone before it was ever written down by a round, and still it makes room.
    north.hub.unregister(&first);
    sleep(SOON).await;
    south.cluster.admit(&south.connect("ada")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_oldest_connection_makes_room_on_whatever_node_it_is() {
    let world = World::new().await;
    let replace = Policy { counted: Counted::Connections, max_per_user: 1, more: MoreThanAllowed::Replace };
    let north = world.node_with("north", Some(replace)).await;
    let south = world.node_with("south", Some(replace)).await;
    let first = north.connect("ada");
    north.cluster.admit(&first).await.unwrap();
    let second = south.connect("ada");
    south.cluster.admit(&second).await.unwrap();
    sleep(Duration::from_secs(2)).await;
    assert_eq!(first.take_notices()[0], Notice::Close(DisconnectCode::ConnectionLimit));
    let third = south.connect("ada");
    south.cluster.admit(&third).await.unwrap();
    assert_eq!(
        second.take_notices(),
        [Notice::Close(DisconnectCode::ConnectionLimit)],
        "at once, on the same node"
    );
    assert!(third.take_notices().is_empty());
}
