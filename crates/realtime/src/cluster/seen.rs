//! As what people are seen: by what their devices do, and how they want to be seen.

use std::sync::Arc;

use chinwag_chat::{KeptStatus, PresenceEntry, StoreError, UserId};
use hashbrown::{HashMap, HashSet};

use super::ClusterNode;
use super::registration::Whereabouts;
use crate::Mailbox;

impl ClusterNode {
    /// As what the users are seen; of those that there are. Where the stores cannot be asked, only whether they are
    /// connected, as far as it is known.
    pub async fn seen(&self, users: &[UserId]) -> Vec<PresenceEntry> {
        match self.ask_seen(users).await {
            Ok(seen) => seen,
            Err(error) => {
                tracing::debug!(%error, "cannot ask as what users are seen");
                let online: HashSet<UserId> = self.online(users).await.into_iter().collect();
                let plain = |user: &UserId| PresenceEntry::plain(user.clone(), online.contains(user));
                users.iter().map(plain).collect()
            }
        }
    }

    /// Three questions to the stores, however many users.
    async fn ask_seen(&self, users: &[UserId]) -> Result<Vec<PresenceEntry>, StoreError> {
        let online = self.online(users).await;
        let idle = if online.is_empty() { vec![] } else { self.cluster.idle(&online).await? };
        let (online, idle): (HashSet<UserId>, HashSet<UserId>) =
            (online.into_iter().collect(), idle.into_iter().collect());
        let now = self.clock.now();
        let kept = self.hub.store.statuses(users).await?;
        let entry = |kept: KeptStatus| {
            let (is_online, is_idle) = (online.contains(&kept.user), idle.contains(&kept.user));
            PresenceEntry::of(kept, is_online, is_idle, now)
        };
        Ok(kept.into_iter().map(entry).collect())
    }

    /// The same, by user.
    pub(super) async fn seen_by_id(
        &self,
        users: &[UserId],
    ) -> Result<HashMap<UserId, PresenceEntry>, StoreError> {
        let seen = self.ask_seen(users).await?;
        Ok(seen.into_iter().map(|entry| (entry.id.clone(), entry)).collect())
    }

    /// Somebody uses a connection of this node, or does so no more. The rooms are told with the next round, if it still
    /// holds.
    pub fn note_activity(&self, mailbox: &Arc<Mailbox>, is_active: bool) {
        if self.hub.registry.set_idle(mailbox, !is_active) {
            self.note_change(&mailbox.owner().user);
        }
    }

    /// A user wants to be seen as something else. The rooms are told with the next round.
    pub fn note_change(&self, user: &UserId) {
        self.untold.lock().entry(user.clone()).or_insert(Whereabouts::Changed);
    }
}
