//! What a topic is called in Redis.

use chinwag_bus_remote::Topic;

/// What all names of a cluster of nodes begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) prefix: String,
    pub(crate) database: u32,
}

impl Names {
    /// The channel of a topic. Two topics never have the same: a prefix has no colon, and a database is a number.
    pub(crate) fn of(&self, topic: &Topic) -> String {
        format!("{}:{}:{topic}", self.prefix, self.database)
    }

    pub(crate) fn of_all(&self, topics: &[Topic]) -> Vec<String> {
        topics.iter().map(|topic| self.of(topic)).collect()
    }
}
