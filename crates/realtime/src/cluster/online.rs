//! Who is online anywhere: asked of this node's own connections first, then of the store, at most once a second for each
//! user, whoever looks.

use std::time::Duration;

use chinwag_chat::UserId;
use chinwag_chat::cluster::{PlacedConnection, Whose};
use chinwag_chat::{SessionId, StoreError};
use hashbrown::HashMap;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::ClusterNode;

/// How long an answer is believed.
pub(super) const BELIEVED: Duration = Duration::from_secs(1);
/// How many answers are kept.
const MAX_ANSWERS: usize = 20_000;

/// What the store said a moment ago.
#[derive(Default)]
pub(super) struct OnlineCache {
    answers: Mutex<HashMap<UserId, (bool, Instant)>>,
    /// One asks; the others wait and find the answer.
    asking: tokio::sync::Mutex<()>,
}

impl OnlineCache {
    /// Sorts the users into those known to be online and those to be asked about.
    fn known(&self, users: Vec<UserId>) -> (Vec<UserId>, Vec<UserId>) {
        let (answers, now) = (self.answers.lock(), Instant::now());
        let (mut online, mut unknown) = (vec![], vec![]);
        for user in users {
            match answers.get(&user) {
                Some((true, until)) if *until > now => online.push(user),
                Some((false, until)) if *until > now => {}
                _ => unknown.push(user),
            }
        }
        (online, unknown)
    }

    fn learn(&self, asked: &[UserId], online: &[UserId]) {
        let (mut answers, until) = (self.answers.lock(), Instant::now() + BELIEVED);
        if answers.len() + asked.len() > MAX_ANSWERS {
            answers.clear();
        }
        answers.extend(asked.iter().map(|user| (user.clone(), (false, until))));
        answers.extend(online.iter().map(|user| (user.clone(), (true, until))));
    }
}

impl ClusterNode {
    /// Those of the users who are online, on whatever node. Up to a second old; where the store cannot be asked, only this
    /// node's own.
    pub async fn online(&self, users: &[UserId]) -> Vec<UserId> {
        let (mut online, elsewhere): (Vec<UserId>, Vec<UserId>) =
            users.iter().cloned().partition(|user| self.hub.registry.is_online(user));
        let (known, unknown) = self.online.known(elsewhere);
        online.extend(known);
        if unknown.is_empty() {
            return online;
        }
        let _asking = self.online.asking.lock().await;
        let (known, unknown) = self.online.known(unknown);
        online.extend(known);
        if !unknown.is_empty() {
            let found = self.cluster.online(&unknown).await.unwrap_or_else(|error| {
                tracing::debug!(%error, "cannot ask who is online elsewhere");
                vec![]
            });
            self.online.learn(&unknown, &found);
            online.extend(found);
        }
        online
    }

    /// The live connections of sessions on the other nodes, the oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn elsewhere(
        &self,
        sessions: &[SessionId],
        limit: usize,
    ) -> Result<Vec<PlacedConnection>, StoreError> {
        let own = self.report.lock().name.clone();
        let mut found = self.cluster.connections(Whose::Sessions(sessions), limit).await?;
        found.retain(|placed| placed.node != own);
        Ok(found)
    }
}
