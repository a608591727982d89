//! Which subject a topic is published on.

use chinwag_bus_remote::Topic;

/// How many subjects the channels share. The same on every node of a cluster, for ever.
const PARTITIONS: u64 = 4_096;

/// A channel's partition; of other topics there is one subject each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Partition(u64);

/// The subjects of one namespace.
#[derive(Debug, Clone)]
pub(crate) struct Subjects {
    prefix: String,
}

impl Subjects {
    pub(crate) fn new(namespace: Option<&str>) -> Self {
        Self { prefix: namespace.map_or("chinwag".to_owned(), |name| format!("chinwag.{name}")) }
    }

    pub(crate) fn of(&self, topic: &Topic) -> String {
        match partition(topic) {
            Some(Partition(number)) => format!("{}.channels.{number}", self.prefix),
            None => format!("{}.{}", self.prefix, topic.to_string().replace(':', ".")),
        }
    }

    /// A subject that only one connection subscribes to.
    pub(crate) fn of_connection(&self, server: &str, client: u64) -> String {
        format!("{}.connection.{server}.{client}", self.prefix)
    }

    /// All of them, for people.
    pub(crate) fn all(&self) -> String {
        format!("{}.>", self.prefix)
    }
}

/// The partition of a channel, by the 64-bit FNV-1a hash of its name.
pub(crate) fn partition(topic: &Topic) -> Option<Partition> {
    let Topic::Channel(channel) = topic else { return None };
    let hash = channel.to_string().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    Some(Partition(hash % PARTITIONS))
}

#[cfg(test)]
mod tests {
    use chinwag_bus_remote::NodeTag;

    use super::*;

    #[test]
    fn no_name_of_a_channel_comes_into_a_subject() {
        let subjects = Subjects::new(Some("prod"));
        let strange = Topic::Channel("user:..~|+=@".parse().unwrap());
        assert_eq!(subjects.of(&strange), "chinwag.prod.channels.842");
        assert_eq!(subjects.of(&Topic::Cluster), "chinwag.prod.cluster");
        assert_eq!(subjects.of(&Topic::Node(NodeTag(10))), "chinwag.prod.node.000000000000000a");
        assert_eq!(Subjects::new(None).of(&Topic::Cluster), "chinwag.cluster");
    }

    #[test]
    fn channels_are_spread_over_the_partitions() {
        let topics = (0..PARTITIONS).map(|n| Topic::Channel(format!("user:{n}").parse().unwrap()));
        let used: std::collections::HashSet<_> = topics.map(|topic| partition(&topic)).collect();
        // Of as many throws as there are boxes, about 63 in a hundred boxes are hit.
        assert!(used.len() > 2_400, "{}", used.len());
    }
}
