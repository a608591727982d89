//! Telling the others, once a second, who came and who went; and the rooms, who is online.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chinwag_chat::StoreError;
use chinwag_chat::cluster::{LiveConnection, Recorded, RegistryChange};
use chinwag_protocol::DisconnectCode;
use tokio::time::{Instant, sleep_until};

use super::ClusterNode;
use super::telling::Moves;
use crate::mailbox::Notice;

/// How often. Whoever comes and goes within one round is never written down.
const ROUND: Duration = Duration::from_secs(1);
/// After how many rounds everything is said again, should anything have been lost on the way.
const ROUNDS_TO_EVERYTHING: u32 = 60;
/// How many connections are taken down by one write.
const CONNECTIONS_PER_WRITE: usize = 5_000;

/// Where a user is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whereabouts {
    Online,
    Offline,
    /// Where they were, but seen as something else.
    Changed,
}

impl ClusterNode {
    /// Keeps the registry and presence up to date. Runs until dropped.
    pub async fn keep_registered(self: Arc<Self>) {
        let mut rounds = 0;
        loop {
            let next = Instant::now() + ROUND;
            rounds += 1;
            if rounds % ROUNDS_TO_EVERYTHING == 0 {
                self.hub.registry.say_everything();
            }
            // Where the store is away, the heartbeat says so and says when it is back.
            if self.registered.load(Ordering::Acquire)
                && let Err(error) = self.round().await
            {
                tracing::debug!(%error, "cannot keep the registry of connections");
            }
            sleep_until(next).await;
        }
    }

    /// One round: who came, who went, and who is offline by now.
    pub(super) async fn round(&self) -> Result<(), StoreError> {
        self.register().await?;
        let offline = self.cluster.settle(self.hub.config.presence.offline_grace).await?;
        self.untold.lock().extend(offline.into_iter().map(|user| (user, Whereabouts::Offline)));
        self.tell_rooms().await?;
        self.tell_again().await
    }

    /// Tells the rooms who came and who went. What cannot be told now is told by a later round, if it still holds.
    async fn tell_rooms(&self) -> Result<(), StoreError> {
        let untold = std::mem::take(&mut *self.untold.lock());
        let who_is = |there| untold.iter().filter(move |(_, is)| **is == there).map(|(user, _)| user.clone());
        let moves = Moves {
            online: who_is(Whereabouts::Online).collect(),
            offline: who_is(Whereabouts::Offline).collect(),
            changed: who_is(Whereabouts::Changed).collect(),
        };
        let told = self.tell_presence(&moves).await;
        match &told {
            Ok(()) => self.told.lock().remember(untold),
            Err(_) => self.untold.lock().extend(untold),
        }
        told
    }

    /// Takes down what changed.
    async fn register(&self) -> Result<(), StoreError> {
        for change in portions(self.hub.registry.take_change()) {
            if change.is_empty() && self.settings.policy.is_none() {
                continue;
            }
            let incarnation = self.report.lock().incarnation;
            match self.cluster.record(incarnation, &change).await {
                Ok(Recorded::Taken { online: news, replaced }) => {
                    self.untold.lock().extend(news.into_iter().map(|user| (user, Whereabouts::Online)));
                    self.close(&replaced);
                }
                Ok(Recorded::NotThere) => {
                    self.hub.registry.say_everything();
                    self.registered.store(false, Ordering::Release);
                    self.news.notify_one();
                    break;
                }
                Err(error) => {
                    self.hub.registry.say_everything();
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Closes connections of this node that had to make room for others.
    pub(super) fn close(&self, ids: &[String]) {
        if ids.is_empty() {
            return;
        }
        for mailbox in self.hub.connections(None, None) {
            if ids.contains(&mailbox.owner().client) {
                mailbox.notify(Notice::Close(DisconnectCode::ConnectionLimit));
            }
        }
    }
}

/// A change in portions that one write each can take. One that begins afresh ends with the whole: it takes away whatever
/// it does not name, and what was written before it makes it a short one.
fn portions(change: RegistryChange) -> Vec<RegistryChange> {
    let RegistryChange { afresh, came, gone } = change;
    if came.len() <= CONNECTIONS_PER_WRITE {
        return vec![RegistryChange { afresh, came, gone }];
    }
    let portion =
        |came: &[LiveConnection]| RegistryChange { came: came.to_vec(), ..RegistryChange::default() };
    let mut portions: Vec<_> = came.chunks(CONNECTIONS_PER_WRITE).map(portion).collect();
    let whole = if afresh { came } else { vec![] };
    portions.push(RegistryChange { afresh, came: whole, gone });
    portions
}
