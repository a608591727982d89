//! The connections of this node, by user and by session; and what changed among them since the other nodes were last
//! told.

use std::collections::BTreeMap;
use std::sync::Arc;

use chinwag_chat::cluster::RegistryChange;
use chinwag_chat::{SessionId, UserId};
use chinwag_protocol::DisconnectCode;
use hashbrown::HashMap;
use parking_lot::Mutex;

use crate::{ConnectionId, Mailbox};

/// How many connections that are gone are remembered by themselves. More, and everything is said again instead.
const MAX_GONE: usize = 20_000;

/// Who is connected here.
#[derive(Debug, Default)]
pub(crate) struct Registry(Mutex<Index>);

#[derive(Debug, Default)]
struct Index {
    by_user: HashMap<UserId, Vec<Arc<Mailbox>>>,
    by_session: HashMap<SessionId, Vec<Arc<Mailbox>>>,
    len: usize,
    /// Why nobody may stay any more.
    closed: Option<DisconnectCode>,
    untold: Untold,
}

/// What the other nodes were not told yet.
#[derive(Debug)]
enum Untold {
    /// Everything, so that nothing need be remembered. So it is until anybody asks.
    Everything { tell_all_gone: bool },
    /// Only this.
    Some {
        came: BTreeMap<ConnectionId, Arc<Mailbox>>,
        /// Those told of before that are idle now, or not any more.
        changed: BTreeMap<ConnectionId, Arc<Mailbox>>,
        gone: Vec<String>,
        /// Also of connections that were never told of: somebody else may have.
        tell_all_gone: bool,
    },
}

impl Default for Untold {
    fn default() -> Self {
        Self::Everything { tell_all_gone: false }
    }
}

impl Untold {
    fn tells_all_gone(&self) -> bool {
        let (Self::Everything { tell_all_gone } | Self::Some { tell_all_gone, .. }) = self;
        *tell_all_gone
    }

    fn came(&mut self, mailbox: &Arc<Mailbox>) {
        if let Self::Some { came, .. } = self {
            came.insert(mailbox.id(), mailbox.clone());
        }
    }

    fn changed(&mut self, mailbox: &Arc<Mailbox>) {
        if let Self::Some { came, changed, .. } = self
            && !came.contains_key(&mailbox.id())
        {
            changed.insert(mailbox.id(), mailbox.clone());
        }
    }

    fn went(&mut self, mailbox: &Mailbox) {
        let Self::Some { came, changed, gone, tell_all_gone } = self else { return };
        changed.remove(&mailbox.id());
        if came.remove(&mailbox.id()).is_none() || *tell_all_gone {
            gone.push(mailbox.owner().client.clone());
        }
        if gone.len() > MAX_GONE {
            *self = Self::Everything { tell_all_gone: *tell_all_gone };
        }
    }
}

impl Registry {
    /// Takes a connection in; returns why it must go at once, where it must.
    pub(crate) fn insert(&self, mailbox: Arc<Mailbox>) -> Option<DisconnectCode> {
        let mut index = self.0.lock();
        index.len += 1;
        index.untold.came(&mailbox);
        if let Some(session) = mailbox.owner().session {
            index.by_session.entry(session).or_default().push(mailbox.clone());
        }
        // Most users have one connection: a vector that grows to four at once would waste three.
        let theirs = index.by_user.entry(mailbox.owner().user.clone()).or_default();
        theirs.reserve_exact(1);
        theirs.push(mailbox);
        index.closed
    }

    /// Lets nobody stay from now on; returns those who are here.
    pub(crate) fn close(&self, code: DisconnectCode) -> Vec<Arc<Mailbox>> {
        self.0.lock().closed = Some(code);
        self.connections(None, None)
    }

    /// Notes whether somebody is using a connection that is here; true if that is new.
    pub(crate) fn set_idle(&self, mailbox: &Arc<Mailbox>, idle: bool) -> bool {
        let mut index = self.0.lock();
        let theirs = index.by_user.get(&mailbox.owner().user);
        let is_here = theirs.is_some_and(|theirs| theirs.iter().any(|other| other.id() == mailbox.id()));
        let is_new = is_here && mailbox.set_idle(idle);
        if is_new {
            index.untold.changed(mailbox);
        }
        is_new
    }

    pub(crate) fn remove(&self, mailbox: &Mailbox) {
        let mut index = self.0.lock();
        let owner = mailbox.owner();
        if let Some(theirs) = index.by_user.get_mut(&owner.user) {
            let before = theirs.len();
            theirs.retain(|other| other.id() != mailbox.id());
            let (removed, none_left) = (before - theirs.len(), theirs.is_empty());
            if none_left {
                index.by_user.remove(&owner.user);
            }
            if removed > 0 {
                index.len -= removed;
                index.untold.went(mailbox);
            }
        }
        if let Some(session) = owner.session
            && let Some(theirs) = index.by_session.get_mut(&session)
        {
            theirs.retain(|other| other.id() != mailbox.id());
            if theirs.is_empty() {
                index.by_session.remove(&session);
            }
        }
    }

    pub(crate) fn connections(&self, session: Option<SessionId>, user: Option<&UserId>) -> Vec<Arc<Mailbox>> {
        let index = self.0.lock();
        match (session, user) {
            (Some(session), _) => index.by_session.get(&session).cloned().unwrap_or_default(),
            (None, Some(user)) => index.by_user.get(user).cloned().unwrap_or_default(),
            (None, None) => index.by_user.values().flatten().cloned().collect(),
        }
    }

    pub(crate) fn is_online(&self, user: &UserId) -> bool {
        self.0.lock().by_user.contains_key(user)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().len
    }

    /// Whoever goes is told of from now on, whether or not their coming was.
    pub(crate) fn tell_of_all_that_go(&self) {
        self.0.lock().untold = Untold::Everything { tell_all_gone: true };
    }

    /// The next change is everything: what was told before may be lost.
    pub(crate) fn say_everything(&self) {
        let mut index = self.0.lock();
        index.untold = Untold::Everything { tell_all_gone: index.untold.tells_all_gone() };
    }

    /// What the other nodes have to be told.
    pub(crate) fn take_change(&self) -> RegistryChange {
        let mut index = self.0.lock();
        let tell_all_gone = index.untold.tells_all_gone();
        let (came, changed) = (BTreeMap::new(), BTreeMap::new());
        let nothing = Untold::Some { came, changed, gone: vec![], tell_all_gone };
        match std::mem::replace(&mut index.untold, nothing) {
            Untold::Some { came, changed, gone, .. } => {
                let came = came.values().chain(changed.values()).map(|mailbox| mailbox.as_live()).collect();
                RegistryChange { afresh: false, came, gone }
            }
            Untold::Everything { .. } => {
                let mut all: Vec<&Arc<Mailbox>> = index.by_user.values().flatten().collect();
                all.sort_unstable_by_key(|mailbox| mailbox.id());
                let came = all.into_iter().map(|mailbox| mailbox.as_live()).collect();
                RegistryChange { afresh: true, came, gone: vec![] }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_ports::owner;

    fn mailbox(id: u64) -> Arc<Mailbox> {
        Arc::new(Mailbox::new(ConnectionId(id), owner("ada", &format!("c{id}")), 1024))
    }

    fn ids(change: &RegistryChange) -> (bool, Vec<&str>, Vec<&str>) {
        let came = change.came.iter().map(|connection| connection.id.as_str()).collect();
        (change.afresh, came, change.gone.iter().map(String::as_str).collect())
    }

    #[test]
    fn who_comes_and_goes_between_two_rounds_is_never_told() {
        let registry = Registry::default();
        let (first, second) = (mailbox(1), mailbox(2));
        registry.insert(first.clone());
        assert_eq!(ids(&registry.take_change()), (true, vec!["c1"], vec![]));
        registry.insert(second.clone());
        registry.remove(&second);
        assert!(registry.take_change().is_empty());
        registry.remove(&first);
        registry.remove(&first);
        assert_eq!(ids(&registry.take_change()), (false, vec![], vec!["c1"]));
    }

    #[test]
    fn where_others_may_have_told_of_it_every_going_is_told() {
        let registry = Registry::default();
        registry.tell_of_all_that_go();
        registry.take_change();
        let brief = mailbox(1);
        registry.insert(brief.clone());
        registry.remove(&brief);
        assert_eq!(ids(&registry.take_change()), (false, vec![], vec!["c1"]));
    }

    #[test]
    fn a_connection_that_becomes_idle_is_told_of_once_and_not_after_it_went() {
        let registry = Registry::default();
        let (idle, brief) = (mailbox(1), mailbox(2));
        registry.insert(idle.clone());
        registry.insert(brief.clone());
        registry.take_change();
        assert!(registry.set_idle(&idle, true) && !registry.set_idle(&idle, true));
        assert!(registry.set_idle(&brief, true));
        registry.remove(&brief);
        let change = registry.take_change();
        assert_eq!(ids(&change), (false, vec!["c1"], vec!["c2"]));
        assert!(change.came.iter().all(|connection| connection.idle));
        assert!(!registry.set_idle(&brief, false), "it is not here");
        assert!(registry.take_change().is_empty());
    }

    #[test]
    fn what_nobody_asks_for_takes_no_memory() {
        let registry = Registry::default();
        registry.take_change();
        for n in 0..=u64::try_from(MAX_GONE).unwrap() + 1 {
            registry.insert(mailbox(n));
        }
        registry.take_change();
        for n in 0..=u64::try_from(MAX_GONE).unwrap() {
            registry.remove(&mailbox(n));
        }
        assert_eq!(ids(&registry.take_change()), (true, vec!["c20001"], vec![]));
    }
}
