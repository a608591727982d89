//! Telling the others, once a second, who came and who went; and the rooms, who is online.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chinwag_chat::cluster::{LiveConnection, Recorded, RegistryChange};
use chinwag_chat::{StoreError, UserId};
use chinwag_protocol::DisconnectCode;
use tokio::time::{Instant, sleep_until};

use super::ClusterNode;
use crate::mailbox::Notice;

/// How often. Whoever comes and goes within one round is never written down.
const ROUND: Duration = Duration::from_secs(1);
/// After how many rounds everything is said again, should anything have been lost on the way.
const ROUNDS_TO_EVERYTHING: u32 = 60;
/// How many connections are taken down by one write.
const CONNECTIONS_PER_WRITE: usize = 5_000;

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
        let online = self.register().await?;
        let offline = self.cluster.settle(self.hub.config.presence.offline_grace).await?;
        self.hub.tell_presence(&online, &offline).await
    }

    /// Takes down what changed; the users who came online by it.
    async fn register(&self) -> Result<Vec<UserId>, StoreError> {
        let mut online = vec![];
        for change in portions(self.hub.registry.take_change()) {
            if change.is_empty() && self.settings.policy.is_none() {
                continue;
            }
            let incarnation = self.report.lock().incarnation;
            match self.cluster.record(incarnation, &change).await {
                Ok(Recorded::Taken { online: news, replaced }) => {
                    online.extend(news);
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
        Ok(online)
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
