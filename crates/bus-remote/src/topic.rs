//! What a message on the wire is about, and hence who gets it.

use std::fmt;

use chinwag_chat::{Channel, Hint};

/// What nodes subscribe to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Hints that concern every node.
    Cluster,
    /// What a node says to itself, to see whether the wire still works.
    Node(NodeTag),
    /// Hints of one channel.
    Channel(Channel),
}

impl Topic {
    /// Where a hint goes.
    #[must_use]
    pub fn of(hint: &Hint) -> Self {
        hint.channel().map_or(Self::Cluster, Self::Channel)
    }
}

impl fmt::Display for Topic {
    /// Two topics never have the same name, and a name holds only ASCII letters, digits and `-_.@~+=|:`. A wire to
    /// which one of those is special must write it differently, still one name for each topic.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster => f.write_str("cluster"),
            Self::Node(tag) => write!(f, "node:{tag}"),
            Self::Channel(channel) => channel.fmt(f),
        }
    }
}

/// One incarnation of a node: a number drawn when it starts, by which it knows its own messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeTag(pub u64);

impl fmt::Display for NodeTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
