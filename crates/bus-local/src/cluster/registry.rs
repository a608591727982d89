//! Who is connected where, and who is online.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chinwag_chat::cluster::{Incarnation, LiveConnection, RegistryChange};
use chinwag_chat::{SessionId, UserId};
use tokio::time::Instant;

/// In the order in which they came: whoever reads it gets the oldest first.
type Number = u64;

/// In their order. Most users and sessions have one connection, for which a set would have room for eleven.
type Numbers = Vec<Number>;

#[derive(Debug, Default)]
pub(super) struct Registry {
    /// Boxed, because a tree has room for twice of what is in it.
    connections: BTreeMap<Number, (Incarnation, Box<LiveConnection>)>,
    numbers: BTreeMap<String, Number>,
    by_user: BTreeMap<UserId, Numbers>,
    by_session: BTreeMap<SessionId, Numbers>,
    /// Everybody who is online, also those in their grace time.
    online: BTreeSet<UserId>,
    /// Those without a connection, and since when.
    away: BTreeMap<UserId, Instant>,
    /// Those that had to make room for others.
    replaced: BTreeSet<Number>,
    last: Number,
}

impl Registry {
    pub(super) fn record(&mut self, node: Incarnation, change: &RegistryChange, now: Instant) -> Vec<UserId> {
        let kept: BTreeSet<&str> = change.came.iter().map(|connection| connection.id.as_str()).collect();
        if change.afresh {
            self.remove_where(now, |at, connection| at == node && !kept.contains(connection.id.as_str()));
        }
        for id in &change.gone {
            self.remove(id, now);
        }
        let mut news = vec![];
        for connection in &change.came {
            self.insert(node, connection);
            self.away.remove(&connection.user);
            if self.online.insert(connection.user.clone()) {
                news.push(connection.user.clone());
            }
        }
        news
    }

    pub(super) fn insert(&mut self, node: Incarnation, connection: &LiveConnection) {
        if let Some(number) = self.numbers.get(&connection.id) {
            if let Some((_, known)) = self.connections.get_mut(number) {
                known.idle = connection.idle;
            }
            return;
        }
        self.last += 1;
        self.numbers.insert(connection.id.clone(), self.last);
        add(self.by_user.entry(connection.user.clone()).or_default(), self.last);
        if let Some(session) = connection.session {
            add(self.by_session.entry(session).or_default(), self.last);
        }
        self.connections.insert(self.last, (node, Box::new(connection.clone())));
    }

    pub(super) fn remove(&mut self, id: &str, now: Instant) {
        let Some(number) = self.numbers.remove(id) else { return };
        let Some((_, connection)) = self.connections.remove(&number) else { return };
        self.replaced.remove(&number);
        if let Some(session) = connection.session {
            drop_from(&mut self.by_session, &session, number);
        }
        if drop_from(&mut self.by_user, &connection.user, number) && self.online.contains(&connection.user) {
            self.away.insert(connection.user, now);
        }
    }

    pub(super) fn remove_node(&mut self, node: Incarnation, now: Instant) {
        self.remove_where(now, |at, _| at == node);
    }

    fn remove_where(&mut self, now: Instant, goes: impl Fn(Incarnation, &LiveConnection) -> bool) {
        let going = self.connections.values().filter(|(at, connection)| goes(*at, connection));
        for id in going.map(|(_, connection)| connection.id.clone()).collect::<Vec<_>>() {
            self.remove(&id, now);
        }
    }

    pub(super) fn replace(&mut self, id: &str) {
        self.replaced.extend(self.numbers.get(id));
    }

    pub(super) fn replaced(&self, node: Incarnation) -> Vec<String> {
        let replaced = self.replaced.iter().filter_map(|number| self.connections.get(number));
        replaced.filter(|(at, _)| *at == node).map(|(_, connection)| connection.id.clone()).collect()
    }

    /// The connections of a user that count.
    pub(super) fn counted(&self, user: &UserId) -> Vec<(Incarnation, LiveConnection)> {
        let numbers = self.by_user.get(user).into_iter().flatten();
        let counted = numbers.filter(|number| !self.replaced.contains(number));
        counted.filter_map(|number| self.get(*number)).collect()
    }

    pub(super) fn of_users(&self, users: &[UserId]) -> Vec<(Incarnation, LiveConnection)> {
        self.at(users.iter().filter_map(|user| self.by_user.get(user)))
    }

    pub(super) fn of_sessions(&self, sessions: &[SessionId]) -> Vec<(Incarnation, LiveConnection)> {
        self.at(sessions.iter().filter_map(|session| self.by_session.get(session)))
    }

    fn at<'a>(&self, lists: impl Iterator<Item = &'a Numbers>) -> Vec<(Incarnation, LiveConnection)> {
        let numbers: BTreeSet<Number> = lists.flatten().copied().collect();
        numbers.into_iter().filter_map(|number| self.get(number)).collect()
    }

    fn get(&self, number: Number) -> Option<(Incarnation, LiveConnection)> {
        self.connections.get(&number).map(|(at, connection)| (*at, (**connection).clone()))
    }

    pub(super) fn is_online(&self, user: &UserId) -> bool {
        self.online.contains(user)
    }

    /// Whether the user is connected, but by idle connections only.
    pub(super) fn is_idle(&self, user: &UserId) -> bool {
        let Some(numbers) = self.by_user.get(user) else { return false };
        let mut theirs = numbers.iter().filter_map(|number| self.connections.get(number));
        theirs.all(|(_, connection)| connection.idle)
    }

    pub(super) fn settle(&mut self, grace: Duration, now: Instant) -> Vec<UserId> {
        let by_user = &self.by_user;
        let settled = self.away.extract_if(.., |user, since| {
            now.saturating_duration_since(*since) >= grace && !by_user.contains_key(user)
        });
        let offline: Vec<UserId> = settled.map(|(user, _)| user).collect();
        for user in &offline {
            self.online.remove(user);
        }
        offline
    }
}

fn add(numbers: &mut Numbers, newest: Number) {
    numbers.reserve_exact(1);
    numbers.push(newest);
}

/// True if that was the last one.
fn drop_from<K: Ord>(index: &mut BTreeMap<K, Numbers>, key: &K, number: Number) -> bool {
    let Some(numbers) = index.get_mut(key) else { return false };
    numbers.retain(|other| *other != number);
    let none_left = numbers.is_empty();
    if none_left {
        index.remove(key);
    }
    none_left
}
