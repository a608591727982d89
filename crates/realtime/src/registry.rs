//! The connections of this node, by user and by session.

use std::sync::Arc;

use chinwag_chat::{SessionId, UserId};
use chinwag_protocol::DisconnectCode;
use hashbrown::HashMap;
use parking_lot::Mutex;

use crate::Mailbox;

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
}

impl Registry {
    /// Takes a connection in; returns why it must go at once, where it must.
    pub(crate) fn insert(&self, mailbox: Arc<Mailbox>) -> Option<DisconnectCode> {
        let mut index = self.0.lock();
        index.len += 1;
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
            index.len -= removed;
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
}
