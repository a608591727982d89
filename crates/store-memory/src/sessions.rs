//! The port [`Sessions`].

use std::cmp::Reverse;

use async_trait::async_trait;
use chinwag_chat::store::Sessions;
use chinwag_chat::{Session, SessionId, StoreError, Timestamp, TokenHash, UserId};

use crate::MemoryStore;

#[async_trait]
impl Sessions for MemoryStore {
    async fn create_session(&self, session: &Session, token: TokenHash) -> Result<(), StoreError> {
        let mut tables = self.tables.write();
        tables.by_token.insert(token, session.id);
        tables.sessions.insert(session.id, (session.clone(), token));
        Ok(())
    }

    async fn session_by_token(&self, token: TokenHash) -> Result<Option<Session>, StoreError> {
        let tables = self.tables.read();
        let found = tables.by_token.get(&token).and_then(|id| tables.sessions.get(id));
        let found = found.filter(|(session, _)| tables.is_welcome(&session.user.id));
        Ok(found.map(|(session, _)| session.clone()))
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let tables = self.tables.read();
        let found = tables.sessions.get(&id).filter(|(session, _)| tables.is_welcome(&session.user.id));
        Ok(found.map(|(session, _)| session.clone()))
    }

    async fn sessions_by_id(&self, ids: &[SessionId]) -> Result<Vec<Session>, StoreError> {
        let tables = self.tables.read();
        let found = ids.iter().filter_map(|id| tables.sessions.get(id));
        let found = found.filter(|(session, _)| tables.is_welcome(&session.user.id));
        Ok(found.map(|(session, _)| session.clone()).collect())
    }

    async fn sessions(&self, user: Option<&UserId>, limit: usize) -> Result<Vec<Session>, StoreError> {
        let tables = self.tables.read();
        let sessions = tables.sessions.values().map(|(session, _)| session);
        let theirs = sessions.filter(|session| user.is_none_or(|user| session.user.id == *user));
        let mut theirs: Vec<&Session> = theirs.collect();
        theirs.sort_unstable_by_key(|session| (Reverse(session.last_seen_at), session.id));
        Ok(theirs.into_iter().take(limit).cloned().collect())
    }

    async fn touch_sessions(&self, ids: &[SessionId], at: Timestamp) -> Result<(), StoreError> {
        let mut tables = self.tables.write();
        for id in ids {
            if let Some((session, _)) = tables.sessions.get_mut(id) {
                session.last_seen_at = session.last_seen_at.max(at);
            }
        }
        Ok(())
    }

    async fn delete_session(&self, id: SessionId) -> Result<bool, StoreError> {
        let mut tables = self.tables.write();
        let Some((_, token)) = tables.sessions.remove(&id) else { return Ok(false) };
        tables.by_token.remove(&token);
        tables.forget_orphans();
        Ok(true)
    }

    async fn delete_expired_sessions(
        &self,
        now: Timestamp,
        unused_since: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut tables = self.tables.write();
        let before = tables.sessions.len();
        tables
            .sessions
            .retain(|_, (session, _)| session.expires_at > now && session.last_seen_at > unused_since);
        let tables = &mut *tables;
        tables.by_token.retain(|_, id| tables.sessions.contains_key(id));
        tables.forget_orphans();
        Ok((before - tables.sessions.len()) as u64)
    }
}
