//! Who follows a channel.

use std::hash::BuildHasherDefault;

use crate::ConnectionId;
use crate::channel_state::Follower;

/// Up to so many followers are looked through one by one. Most channels are of one user, and a table would be larger
/// than all else that the node knows of them.
const FEW: usize = 8;

/// Ids are given by this node, so nobody can choose them to collide; and whoever replays a node sees its followers
/// served in the same order.
type Table = hashbrown::HashMap<ConnectionId, Follower, BuildHasherDefault<std::hash::DefaultHasher>>;

/// The followers of one channel, by their connections.
#[derive(Debug)]
pub(crate) enum Followers {
    Few(Vec<Follower>),
    Many(Table),
}

impl Default for Followers {
    fn default() -> Self {
        Self::Few(vec![])
    }
}

impl Followers {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Few(few) => few.len(),
            Self::Many(many) => many.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn get(&self, id: ConnectionId) -> Option<&Follower> {
        match self {
            Self::Few(few) => few.iter().find(|follower| follower.mailbox.id() == id),
            Self::Many(many) => many.get(&id),
        }
    }

    pub(crate) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Follower> {
        match self {
            Self::Few(few) => few.iter_mut().find(|follower| follower.mailbox.id() == id),
            Self::Many(many) => many.get_mut(&id),
        }
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Follower> {
        let (few, many) = match self {
            Self::Few(few) => (few.as_slice(), None),
            Self::Many(many) => (&[][..], Some(many.values())),
        };
        few.iter().chain(many.into_iter().flatten())
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut Follower> {
        let (few, many) = match self {
            Self::Few(few) => (few.as_mut_slice(), None),
            Self::Many(many) => (&mut [][..], Some(many.values_mut())),
        };
        few.iter_mut().chain(many.into_iter().flatten())
    }

    /// Puts a follower down, and gives back what its connection was down for before.
    pub(crate) fn insert(&mut self, follower: Follower) -> Option<Follower> {
        let id = follower.mailbox.id();
        match self {
            Self::Few(few) => {
                if let Some(known) = few.iter_mut().find(|known| known.mailbox.id() == id) {
                    return Some(std::mem::replace(known, follower));
                }
                if few.len() < FEW {
                    few.reserve_exact(1);
                    few.push(follower);
                } else {
                    let all = few.drain(..).chain([follower]);
                    *self = Self::Many(all.map(|follower| (follower.mailbox.id(), follower)).collect());
                }
                None
            }
            Self::Many(many) => many.insert(id, follower),
        }
    }

    pub(crate) fn remove(&mut self, id: ConnectionId) -> Option<Follower> {
        match self {
            Self::Few(few) => {
                let index = few.iter().position(|follower| follower.mailbox.id() == id)?;
                Some(few.remove(index))
            }
            Self::Many(many) => many.remove(&id),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chinwag_chat::Rev;

    use super::*;
    use crate::Mailbox;
    use crate::channel_state::Progress;
    use crate::test_ports::owner;

    fn follower(id: u64, rev: u64) -> Follower {
        let owner = owner("ada", &format!("c{id}"));
        Follower {
            mailbox: Arc::new(Mailbox::new(ConnectionId(id), owner, 1024)),
            progress: Progress::Behind(Rev(rev)),
            by_server: true,
            join_leave: false,
            until: None,
        }
    }

    fn ids(followers: &Followers) -> Vec<u64> {
        let mut ids: Vec<u64> = followers.values().map(|follower| follower.mailbox.id().0).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn few_or_many_each_connection_is_there_once_until_it_is_taken_away() {
        let mut followers = Followers::default();
        for count in 1..=3 * FEW as u64 {
            assert!(followers.insert(follower(count, 1)).is_none());
            let before = followers.insert(follower(count, 2)).unwrap();
            assert_eq!(before.progress, Progress::Behind(Rev(1)));
            assert_eq!(ids(&followers), (1..=count).collect::<Vec<_>>());
        }
        for follower in followers.values_mut() {
            follower.progress = Progress::Live;
        }
        for id in (1..=3 * FEW as u64).rev() {
            assert_eq!(followers.len() as u64, id);
            assert_eq!(followers.get(ConnectionId(id)).unwrap().progress, Progress::Live);
            assert!(followers.get_mut(ConnectionId(id + 1)).is_none());
            assert!(followers.remove(ConnectionId(id + 1)).is_none());
            assert_eq!(followers.remove(ConnectionId(id)).unwrap().mailbox.id(), ConnectionId(id));
        }
        assert!(followers.is_empty());
    }
}
