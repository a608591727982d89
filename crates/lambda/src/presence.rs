//! Who is there: whoever has a connection down.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use chinwag_api::PresenceView;
use chinwag_chat::{Clock, KeptStatus, PresenceEntry, SessionId, Store, StoreError, UserId};
use futures_util::StreamExt as _;
use futures_util::stream;

use crate::table::Table;

/// So many people are looked for side by side.
const CONCURRENT: usize = 20;

/// Looks into the table of connections. Who comes and goes is told to nobody: it would cost a message for each of their
/// rooms' members.
pub(crate) struct TableView {
    pub(crate) table: Table,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl TableView {
    async fn online(&self, users: &[UserId]) -> HashSet<UserId> {
        let looked = users.iter().cloned().map(|user| async move {
            let is_online = self.table.of_user(&user).await.map(|connections| !connections.is_empty());
            is_online.unwrap_or_default().then_some(user)
        });
        stream::iter(looked)
            .buffer_unordered(CONCURRENT)
            .filter_map(|online| async { online })
            .collect()
            .await
    }

    async fn ask_seen(&self, users: &[UserId]) -> Result<Vec<PresenceEntry>, StoreError> {
        let online = self.online(users).await;
        let now = self.clock.now();
        let entry = |kept: KeptStatus| {
            let is_online = online.contains(&kept.user);
            PresenceEntry::of(kept, is_online, false, now)
        };
        Ok(self.store.statuses(users).await?.into_iter().map(entry).collect())
    }
}

#[async_trait]
impl PresenceView for TableView {
    async fn seen(&self, users: &[UserId]) -> Vec<PresenceEntry> {
        match self.ask_seen(users).await {
            Ok(seen) => seen,
            Err(error) => {
                tracing::debug!(%error, "cannot ask as what users are seen");
                let online = self.online(users).await;
                users.iter().map(|user| PresenceEntry::plain(user.clone(), online.contains(user))).collect()
            }
        }
    }

    fn note_change(&self, _user: &UserId) {}

    async fn connection_count(&self, user: &UserId) -> usize {
        self.table.of_user(user).await.map_or(0, |connections| connections.len())
    }

    async fn connections_of(&self, sessions: &[SessionId]) -> HashMap<SessionId, usize> {
        let counted = sessions.iter().copied().map(|session| async move {
            let connections = self.table.of_session(session).await.unwrap_or_default();
            (session, connections.len())
        });
        let counted: Vec<_> = stream::iter(counted).buffer_unordered(CONCURRENT).collect().await;
        counted.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}
