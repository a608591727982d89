//! Telling again who came and went, where the bus may have lost it.
//!
//! What was told while the bus was away, or just before anybody noticed that it was, nobody heard, and no store tells of
//! it later. So a node remembers the latest move of each user that it told of; once the bus is back, for itself and most
//! likely for the others, it tells those that still hold again, a few each round. Who heard them the first time hears
//! nothing new.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use chinwag_chat::{StoreError, UserId};
use hashbrown::{HashMap, HashSet};
use tokio::time::Instant;

use super::ClusterNode;
use super::registration::Whereabouts;
use super::telling::Moves;

/// How many users' moves are remembered, the latest.
const MOVES_KEPT: usize = 10_000;
/// Of how many users is told again in one round.
const USERS_PER_ROUND: usize = 500;
/// How long to wait after the bus is back: the others find their way back to it in their own time.
const OTHERS_ARE_BACK: Duration = Duration::from_secs(5);

/// The moves that this node told of.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The latest of each user: which one it was, and where to.
    latest: HashMap<UserId, (u64, Whereabouts)>,
    in_order: BTreeMap<u64, UserId>,
    /// How many there were.
    count: u64,
    /// When to begin to tell again.
    due: Option<Instant>,
    /// Those to be told again.
    again: Range<u64>,
}

impl Told {
    pub(super) fn remember(&mut self, moves: impl IntoIterator<Item = (UserId, Whereabouts)>) {
        for (user, whereabouts) in moves {
            if let Some((number, _)) = self.latest.insert(user.clone(), (self.count, whereabouts)) {
                self.in_order.remove(&number);
            }
            self.in_order.insert(self.count, user);
            self.count += 1;
            if self.latest.len() > MOVES_KEPT
                && let Some((_, oldest)) = self.in_order.pop_first()
            {
                self.latest.remove(&oldest);
            }
        }
    }

    /// Whatever was told until then is to be told again.
    fn begin_again(&mut self, due: Instant) {
        self.due = Some(due);
    }

    /// The next of them.
    fn next_again(&mut self, now: Instant) -> Vec<(UserId, Whereabouts)> {
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
            self.again = 0..self.count;
        }
        let mut moves = vec![];
        let end = self.again.end;
        for (number, user) in self.in_order.range(self.again.clone()).take(USERS_PER_ROUND) {
            moves.extend(self.latest.get(user).map(|(_, whereabouts)| (user.clone(), *whereabouts)));
            self.again.start = number + 1;
        }
        if moves.is_empty() {
            self.again = end..end;
        }
        moves
    }
}

impl ClusterNode {
    /// Tells again of some of those whose moves the bus may have lost, if they are still where they went.
    pub(super) async fn tell_again(&self) -> Result<(), StoreError> {
        let is_lost = self.hub.repairs.take_state_lost();
        let moves = {
            let mut told = self.told.lock();
            if is_lost {
                told.begin_again(Instant::now() + OTHERS_ARE_BACK);
            }
            told.next_again(Instant::now())
        };
        if moves.is_empty() {
            return Ok(());
        }
        let result = self.tell_those_that_hold(moves).await;
        if result.is_err() {
            self.told.lock().begin_again(Instant::now());
        }
        result
    }

    async fn tell_those_that_hold(&self, moves: Vec<(UserId, Whereabouts)>) -> Result<(), StoreError> {
        let users: Vec<UserId> = moves.iter().map(|(user, _)| user.clone()).collect();
        let now_online: HashSet<UserId> = self.cluster.online(&users).await?.into_iter().collect();
        let mut to_tell = Moves::default();
        for (user, whereabouts) in moves {
            // Who has moved on since is told of by the node that noticed.
            match (whereabouts, now_online.contains(&user)) {
                (Whereabouts::Online, true) => to_tell.online.push(user),
                (Whereabouts::Offline, false) => to_tell.offline.push(user),
                (Whereabouts::Changed, _) => to_tell.changed.push(user),
                _ => {}
            }
        }
        self.tell_presence(&to_tell).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: usize) -> UserId {
        format!("u{n}").parse().unwrap()
    }

    #[test]
    fn the_latest_move_of_each_is_told_again_and_each_once() {
        let mut told = Told::default();
        told.remember((0..USERS_PER_ROUND + 2).map(|n| (user(n), Whereabouts::Online)));
        told.remember([(user(0), Whereabouts::Offline)]);
        let now = Instant::now();
        assert!(told.next_again(now).is_empty(), "nothing was lost");
        told.begin_again(now + OTHERS_ARE_BACK);
        assert!(told.next_again(now).is_empty(), "the others may not be back");
        let now = now + OTHERS_ARE_BACK;
        let mut again = told.next_again(now);
        assert_eq!(again.len(), USERS_PER_ROUND);
        // What is told in the meantime is not lost.
        told.remember([(user(9_999), Whereabouts::Online)]);
        again.extend(told.next_again(now));
        assert_eq!(again.len(), USERS_PER_ROUND + 2);
        assert_eq!(again.last(), Some(&(user(0), Whereabouts::Offline)));
        assert!(told.next_again(now).is_empty());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut told = Told::default();
        for _ in 0..2 {
            told.remember((0..MOVES_KEPT + 10).map(|n| (user(n), Whereabouts::Online)));
        }
        assert_eq!((told.latest.len(), told.in_order.len()), (MOVES_KEPT, MOVES_KEPT));
        assert!(!told.latest.contains_key(&user(9)) && told.latest.contains_key(&user(10)));
    }
}
