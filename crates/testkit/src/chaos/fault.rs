//! What can go wrong.

use std::fmt;
use std::time::Duration;

use crate::cluster_launcher::BusKind;
use crate::launcher::Node;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Kind {
    /// A node is killed, and comes back later.
    NodeKilled,
    /// A node stands still for longer than its lease.
    NodePaused,
    /// A node is told to leave, does, and comes back.
    NodeDrained,
    /// A node is killed and comes back at once, with a clock that is an hour off.
    ClockOff,
    /// A node cannot reach the bus, but the store.
    CutFromBus,
    /// A node cannot reach the store, but the bus.
    CutFromStore,
    /// A node and its clients cannot reach each other.
    CutFromClients,
    /// The bus is killed, and comes back later.
    BusRestarted,
    /// The bus stands still.
    BusFrozen,
    /// The bus forgets everything that it holds.
    BusFlushed,
    /// A server of the bus is killed, and its replica takes over.
    BusFailedOver,
    /// The database is killed, and comes back later.
    DatabaseRestarted,
    /// The database is killed, and its synchronous standby takes over.
    DatabaseFailedOver,
    /// Every message is sent on two nodes at once.
    SentTwice,
    /// Messages are large, and slow readers do not read at all.
    SlowReaders,
}

/// Whom a fault is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// One node and its clients.
    Node,
    /// What all nodes stand on.
    Everybody,
    /// No server at all.
    Clients,
}

impl Kind {
    /// All of them, in the order in which they are told of.
    pub const ALL: [Self; 15] = [
        Self::NodeKilled,
        Self::NodePaused,
        Self::NodeDrained,
        Self::ClockOff,
        Self::CutFromBus,
        Self::CutFromStore,
        Self::CutFromClients,
        Self::BusRestarted,
        Self::BusFrozen,
        Self::BusFlushed,
        Self::BusFailedOver,
        Self::DatabaseRestarted,
        Self::DatabaseFailedOver,
        Self::SentTwice,
        Self::SlowReaders,
    ];

    /// Whom it is about.
    pub(super) fn scope(self) -> Scope {
        match self {
            Self::NodeKilled
            | Self::NodePaused
            | Self::NodeDrained
            | Self::ClockOff
            | Self::CutFromBus
            | Self::CutFromStore
            | Self::CutFromClients => Scope::Node,
            Self::BusRestarted
            | Self::BusFrozen
            | Self::BusFlushed
            | Self::BusFailedOver
            | Self::DatabaseRestarted
            | Self::DatabaseFailedOver => Scope::Everybody,
            Self::SentTwice | Self::SlowReaders => Scope::Clients,
        }
    }

    /// Whether it can happen to a cluster with that bus on this machine.
    #[must_use]
    pub fn applies_to(self, bus: BusKind) -> bool {
        match self {
            Self::CutFromBus => bus.is_one_server() || bus == BusKind::Postgres,
            Self::BusRestarted | Self::BusFrozen => bus.is_one_server(),
            Self::BusFlushed => bus == BusKind::Redis,
            Self::BusFailedOver => bus.fails_over(),
            Self::ClockOff => Node::can_set_clock(),
            _ => true,
        }
    }

    /// How long it lasts: at least and at most.
    pub(super) fn lasts(self) -> (Duration, Duration) {
        let (least, most) = match self {
            Self::NodePaused => (8_000, 10_000),
            Self::NodeDrained | Self::ClockOff | Self::BusFlushed => (0, 500),
            Self::SentTwice => (2_000, 3_000),
            Self::SlowReaders => (5_000, 7_000),
            Self::BusFrozen | Self::CutFromBus | Self::CutFromStore | Self::CutFromClients => (3_000, 7_000),
            Self::NodeKilled
            | Self::BusRestarted
            | Self::BusFailedOver
            | Self::DatabaseRestarted
            | Self::DatabaseFailedOver => (1_000, 4_000),
        };
        (Duration::from_millis(least), Duration::from_millis(most))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NodeKilled => "node killed (kill -9)",
            Self::NodePaused => "node paused for longer than its lease (SIGSTOP)",
            Self::NodeDrained => "node drained and restarted (SIGTERM)",
            Self::ClockOff => "node killed, back with its clock an hour off",
            Self::CutFromBus => "node cut from the bus",
            Self::CutFromStore => "node cut from the store",
            Self::CutFromClients => "node cut from its clients",
            Self::BusRestarted => "bus killed and restarted",
            Self::BusFrozen => "bus frozen",
            Self::BusFlushed => "bus flushed",
            Self::BusFailedOver => "bus failed over to a replica",
            Self::DatabaseRestarted => "PostgreSQL killed and restarted",
            Self::DatabaseFailedOver => "PostgreSQL killed, its synchronous standby promoted",
            Self::SentTwice => "every message sent on two nodes at once",
            Self::SlowReaders => "large messages, and slow readers stop reading",
        })
    }
}

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// What.
    pub(super) kind: Kind,
    /// The node that it happens to, where it happens to one.
    pub(super) node: usize,
    /// For how long.
    pub(super) lasts: Duration,
    /// For a network: whether connections end, or hang. For a clock: whether it is ahead.
    pub(super) heads: bool,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if self.kind.scope() == Scope::Node {
            write!(f, ", node {}", self.node + 1)?;
        }
        if matches!(self.kind, Kind::CutFromBus | Kind::CutFromStore | Kind::CutFromClients) {
            write!(f, ", connections {}", if self.heads { "end" } else { "hang" })?;
        }
        write!(f, ", {} ms", self.lasts.as_millis())
    }
}
