//! A node as the others see it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::NodeId;

/// One run of a node: a random number, made anew whenever the process starts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Incarnation(pub u64);

impl fmt::Debug for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Where a node is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodePhase {
    /// Takes clients.
    Running,
    /// Sends its clients away.
    Draining,
}

/// What a node says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeReport {
    /// Its name, unique among live nodes.
    pub name: NodeId,
    /// Which run of it.
    pub incarnation: Incarnation,
    /// Where other nodes reach its HTTP: `host:port`.
    pub address: String,
    /// The version of Chinwag.
    pub version: String,
    /// What it speaks with other nodes: [`WIRE_VERSION`](super::WIRE_VERSION).
    pub wire: u16,
    /// What it does, as the setting `role` says it.
    pub roles: String,
    /// Whether it takes clients.
    pub phase: NodePhase,
    /// How many connections it has.
    pub connections: u32,
    /// How many it may have.
    pub max_connections: u32,
    /// The number of the last wish that it heard; zero if none.
    pub heard_wish: u64,
}

/// A node as the cluster has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// What it said last.
    #[serde(flatten)]
    pub report: NodeReport,
    /// How long ago that was.
    #[serde(rename = "silent_ms", with = "milliseconds")]
    pub silent: Duration,
    /// How much of its lease is left; zero where it is dead.
    #[serde(rename = "lease_left_ms", with = "milliseconds")]
    pub lease_left: Duration,
}

impl NodeStatus {
    /// Whether its lease has not run out.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !self.lease_left.is_zero()
    }
}

/// What the operator wants of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wish {
    /// Send all clients away and stop, as on SIGTERM.
    Drain,
    /// Send that many clients to other nodes.
    Shed(u32),
}

/// How a node stands with the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It was not there, or not any more: whatever it has registered must be registered again.
    Joined,
    /// Its lease goes on.
    Kept {
        /// What the operator wants, with its number. It comes again until it is reported as heard.
        wish: Option<(u64, Wish)>,
    },
    /// Another live run of a node has the name; this one was not taken in.
    NameTaken {
        /// Where the other is.
        address: String,
        /// How much of its lease is left.
        lease_left: Duration,
    },
}

/// What the nodes of one cluster know each other by. Never shown by `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClusterSecret(pub [u8; 32]);

impl fmt::Debug for ClusterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", ClusterSecret([7; 32])), "[redacted]");
    }
}
