//! A connection as other nodes see it.

use serde::{Deserialize, Serialize};

use crate::{NodeId, SessionId, Timestamp, UserId};

/// A live connection of some node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveConnection {
    /// The id that its client knows it by; unique in the whole cluster.
    pub id: String,
    /// Whose it is.
    pub user: UserId,
    /// The session that it was opened with; none for a token of an embedding application.
    pub session: Option<SessionId>,
    /// `websocket`, `sse` or `http_stream`.
    pub transport: String,
    /// When it was opened, by its node's clock: to show, never to compare.
    pub since: Timestamp,
    /// Whether nobody is using it just now. Not told where connections are listed.
    #[serde(default)]
    pub idle: bool,
}

/// A live connection and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedConnection {
    /// The node's name.
    pub node: NodeId,
    /// The connection.
    #[serde(flatten)]
    pub connection: LiveConnection,
}

/// What changed among a node's connections since it was last taken down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistryChange {
    /// Whatever was taken down of this node before is void: these are all that it has.
    pub afresh: bool,
    /// Who came, and those who are there and are idle now, or not any more.
    pub came: Vec<LiveConnection>,
    /// The ids of those that are gone.
    pub gone: Vec<String>,
}

impl RegistryChange {
    /// Whether there is nothing to take down.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.afresh && self.came.is_empty() && self.gone.is_empty()
    }
}

/// What became of a change of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It was taken down.
    Taken {
        /// The users who were offline before.
        online: Vec<UserId>,
        /// The node's connections that had to make room for others and are not gone yet: it has to close them.
        replaced: Vec<String>,
    },
    /// The node is not there: it has to [`renew`](super::Nodes::renew) its lease and say everything again.
    NotThere,
}

/// Whose connections are meant.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// Those of these users.
    Users(&'a [UserId]),
    /// Those of these sessions.
    Sessions(&'a [SessionId]),
}

/// What is counted of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Connections.
    Connections,
    /// Sessions that have any. A connection without a session counts as one.
    Sessions,
}

/// What happens to one more than a user may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoreThanAllowed {
    /// It is not let in.
    Reject,
    /// The oldest must go.
    Replace,
}

/// How many connections a user may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// What is counted.
    pub counted: Counted,
    /// How many of them.
    pub max_per_user: u32,
    /// What happens to more.
    pub more: MoreThanAllowed,
}

/// What became of a connection that asked to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It is in.
    Admitted {
        /// Those that have to make room, the oldest first. They count no more; their nodes hear of it by
        /// [`record`](super::Connections::record).
        replaced: Vec<PlacedConnection>,
    },
    /// It is not let in.
    Refused,
}

impl Policy {
    /// Which of the user's other live connections, the oldest first, have to go so that this one may come in; nothing
    /// where it may not. For adapters that cannot leave it to their database.
    #[must_use]
    pub fn making_room<N>(
        self,
        connection: &LiveConnection,
        others: Vec<(N, LiveConnection)>,
    ) -> Option<Vec<(N, LiveConnection)>> {
        let group = |connection: &LiveConnection| match (self.counted, connection.session) {
            (Counted::Sessions, Some(session)) => session.to_string(),
            _ => connection.id.clone(),
        };
        let own = group(connection);
        let mut groups: Vec<String> = vec![];
        for (_, other) in &others {
            let group = group(other);
            if group != own && !groups.contains(&group) {
                groups.push(group);
            }
        }
        let allowed = usize::try_from(self.max_per_user).unwrap_or(usize::MAX);
        let excess = (groups.len() + 1).saturating_sub(allowed);
        if excess > 0 && self.more == MoreThanAllowed::Reject {
            return None;
        }
        groups.truncate(excess);
        Some(others.into_iter().filter(|(_, other)| groups.contains(&group(other))).collect())
    }
}
