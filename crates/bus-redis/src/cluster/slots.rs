//! Which server each slot belongs to.

use std::collections::HashMap;

use redis::cluster_routing::Slot;
use redis::{ErrorKind, RedisError, RedisResult, Value};

use crate::address::Host;

/// How many slots a cluster has.
const SLOTS: u16 = 16_384;

/// The slots of the whole cluster, as one of its servers sees it.
#[derive(Debug, Clone)]
pub(crate) struct Slots {
    owners: Vec<Host>,
    /// The place of the owner in the list.
    owner_of: HashMap<Slot, usize>,
}

impl Slots {
    /// Reads what `CLUSTER SLOTS` answers: for each range its first and last slot and its servers, the owner first, each
    /// with address and port.
    pub(crate) fn read(answer: Value, asked: &Host) -> RedisResult<Self> {
        let ranges: Vec<(u16, u16, Host)> = match answer {
            Value::Array(ranges) => ranges.into_iter().filter_map(|range| read_range(range, asked)).collect(),
            _ => vec![],
        };
        let mut slots = Self { owners: vec![], owner_of: HashMap::with_capacity(SLOTS.into()) };
        for (first, last, owner) in ranges {
            let place = slots.owners.iter().position(|known| *known == owner).unwrap_or_else(|| {
                slots.owners.push(owner);
                slots.owners.len() - 1
            });
            slots.owner_of.extend((first..=last).filter_map(Slot::new).map(|slot| (slot, place)));
        }
        if slots.owner_of.len() < usize::from(SLOTS) {
            return Err(RedisError::from((
                ErrorKind::ClusterConnectionNotFound,
                "incomplete",
                format!(
                    "only {} of the cluster's {SLOTS} slots have a server: look at CLUSTER INFO",
                    slots.owner_of.len()
                ),
            )));
        }
        Ok(slots)
    }

    /// All servers that have slots.
    pub(crate) fn owners(&self) -> &[Host] {
        &self.owners
    }

    /// The server of a channel.
    pub(crate) fn owner(&self, channel: &str) -> Option<&Host> {
        self.owners.get(*self.owner_of.get(&Slot::for_key(channel))?)
    }
}

fn read_range(range: Value, asked: &Host) -> Option<(u16, u16, Host)> {
    let Value::Array(parts) = range else { return None };
    let mut parts = parts.into_iter();
    match (parts.next()?, parts.next()?, parts.next()?) {
        (Value::Int(first), Value::Int(last), Value::Array(owner)) => {
            Some((first.try_into().ok()?, last.try_into().ok()?, read_host(owner, asked)?))
        }
        _ => None,
    }
}

fn read_host(owner: Vec<Value>, asked: &Host) -> Option<Host> {
    let mut parts = owner.into_iter();
    let name = match parts.next()? {
        Value::BulkString(name) => String::from_utf8(name).ok()?,
        Value::Nil => String::new(),
        _ => return None,
    };
    let port = match parts.next()? {
        Value::Int(port) => port.try_into().ok()?,
        _ => return None,
    };
    match name.as_str() {
        // A server that does not know its own name is where it was asked.
        "" => Some(Host { name: asked.name.clone(), port }),
        "?" => None,
        _ => Some(Host { name, port }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    fn range(first: i64, last: i64, name: Option<&str>, port: i64) -> Value {
        let name = name.map_or(Value::Nil, |name| Value::BulkString(name.into()));
        Value::Array(vec![
            Value::Int(first),
            Value::Int(last),
            Value::Array(vec![name, Value::Int(port), Value::BulkString("id".into())]),
            Value::Array(vec![Value::BulkString("replica".into()), Value::Int(1)]),
        ])
    }

    fn host(name: &str, port: u16) -> Host {
        Host { name: name.to_owned(), port }
    }

    #[test]
    fn each_channel_has_the_server_of_its_slot() {
        let answer = Value::Array(vec![
            range(0, 5460, Some("a"), 1),
            range(5461, 10922, None, 2),
            range(10923, 16383, Some("a"), 1),
        ]);
        let slots = Slots::read(answer, &host("asked", 9)).unwrap();
        assert_eq!(slots.owners(), [host("a", 1), host("asked", 2)]);
        // As `CLUSTER KEYSLOT` says: 12182, 5061 and 8157.
        let owner = |channel| slots.owner(channel).unwrap().port;
        assert_eq!((owner("foo"), owner("bar"), owner("{hello}x")), (1, 1, owner("hello")));
    }

    #[test]
    fn a_cluster_with_slots_that_nobody_serves_is_none() {
        let unknown = Value::Array(vec![range(0, 16000, Some("a"), 1), range(16001, 16383, Some("?"), 2)]);
        for answer in [unknown, Value::Array(vec![]), Value::Nil] {
            let error = Slots::read(answer, &host("asked", 9)).unwrap_err();
            assert!(error.to_string().contains("slots have a server"), "{error}");
        }
    }
}
