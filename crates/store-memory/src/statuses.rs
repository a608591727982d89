//! The port [`Statuses`].

use async_trait::async_trait;
use chinwag_chat::store::Statuses;
use chinwag_chat::{KeptStatus, Status, StoreError, UserId, erased};

use crate::MemoryStore;

#[async_trait]
impl Statuses for MemoryStore {
    async fn set_status(&self, user: &UserId, status: &Status) -> Result<(), StoreError> {
        let mut tables = self.tables.write();
        if tables.user(user).is_some_and(|user| !erased::is_nobody(user)) {
            tables.statuses.insert(user.clone(), status.clone());
        }
        Ok(())
    }

    async fn statuses(&self, users: &[UserId]) -> Result<Vec<KeptStatus>, StoreError> {
        let tables = self.tables.read();
        let kept = users.iter().filter(|user| tables.users.contains_key(user)).map(|user| {
            let sessions = tables.sessions.values().map(|(session, _)| session);
            let theirs = sessions.filter(|session| session.user.id == *user);
            KeptStatus {
                user: user.clone(),
                status: tables.statuses.get(user).cloned().unwrap_or_default(),
                last_seen_at: theirs.map(|session| session.last_seen_at).max(),
            }
        });
        Ok(kept.collect())
    }
}
