//! The port [`Sessions`].

use async_trait::async_trait;
use chinwag_chat::store::Sessions;
use chinwag_chat::{Session, SessionId, StoreError, Timestamp, TokenHash, UserId};
use rusqlite::params;

use crate::SqliteStore;
use crate::fault::Fault;
use crate::fields::{Fields, limit};
use crate::query::{all, one};

/// Sessions of which something is true; the fields are those of [`session`].
macro_rules! sessions {
    ($which:literal) => {
        concat!(
            "SELECT s.id, u.id, u.name, u.display_name, u.avatar, u.bot, s.device, s.created_at, s.last_seen_at, s.expires_at
             FROM sessions s JOIN users u ON u.id = s.user ",
            $which
        )
    };
}

const BY_TOKEN: &str = sessions!("WHERE s.token_hash = ?1 AND NOT u.disabled");
const BY_ID: &str = sessions!("WHERE s.id = ?1 AND NOT u.disabled");
const OF_USER: &str = sessions!("WHERE s.user = ?1 ORDER BY s.last_seen_at DESC, s.id LIMIT ?2");
const OF_ALL: &str = sessions!("ORDER BY s.last_seen_at DESC, s.id LIMIT ?1");

#[async_trait]
impl Sessions for SqliteStore {
    async fn create_session(&self, session: &Session, token: TokenHash) -> Result<(), StoreError> {
        let session = session.clone();
        let created = self.writer.write(move |transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO sessions (id, token_hash, user, device, created_at, last_seen_at, expires_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![
                    session.id.to_bytes(),
                    token.0,
                    session.user.id.as_str(),
                    session.device,
                    session.created_at.unix_ms(),
                    session.last_seen_at.unix_ms(),
                    session.expires_at.unix_ms(),
                ])?;
            Ok(())
        });
        created.await
    }

    async fn session_by_token(&self, token: TokenHash) -> Result<Option<Session>, StoreError> {
        self.look_ups.ask(move |connection| one(connection, BY_TOKEN, params![token.0], session)).await
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.look_ups.ask(move |connection| one(connection, BY_ID, params![id.to_bytes()], session)).await
    }

    async fn sessions_by_id(&self, ids: &[SessionId]) -> Result<Vec<Session>, StoreError> {
        let ids = ids.to_vec();
        let found = self.readers.read(move |connection| {
            let found = ids.iter().map(|id| one(connection, BY_ID, params![id.to_bytes()], session));
            found.filter_map(Result::transpose).collect()
        });
        found.await
    }

    async fn sessions(&self, user: Option<&UserId>, items: usize) -> Result<Vec<Session>, StoreError> {
        let user = user.cloned();
        let found = self.readers.read(move |connection| match user {
            Some(user) => all(connection, OF_USER, params![user.as_str(), limit(items)], session),
            None => all(connection, OF_ALL, params![limit(items)], session),
        });
        found.await
    }

    async fn touch_sessions(&self, ids: &[SessionId], at: Timestamp) -> Result<(), StoreError> {
        let ids = ids.to_vec();
        let touched = self.writer.write(move |transaction| {
            let mut touch = transaction.prepare_cached(
                "UPDATE sessions SET last_seen_at = ?2 WHERE id = ?1 AND last_seen_at < ?2",
            )?;
            for id in &ids {
                touch.execute(params![id.to_bytes(), at.unix_ms()])?;
            }
            Ok(())
        });
        touched.await
    }

    async fn delete_session(&self, id: SessionId) -> Result<bool, StoreError> {
        let deleted = self.writer.write(move |transaction| {
            let mut statement = transaction.prepare_cached("DELETE FROM sessions WHERE id = ?1")?;
            Ok(statement.execute(params![id.to_bytes()])?)
        });
        Ok(deleted.await? > 0)
    }

    async fn delete_expired_sessions(
        &self,
        now: Timestamp,
        unused_since: Timestamp,
    ) -> Result<u64, StoreError> {
        let deleted = self.writer.write(move |transaction| {
            let mut statement = transaction
                .prepare_cached("DELETE FROM sessions WHERE expires_at <= ?1 OR last_seen_at <= ?2")?;
            Ok(statement.execute(params![now.unix_ms(), unused_since.unix_ms()])?)
        });
        Ok(deleted.await? as u64)
    }
}

fn session(mut fields: Fields<'_>) -> Result<Session, Fault> {
    Ok(Session {
        id: SessionId::from_bytes(fields.bytes()?),
        user: fields.user()?,
        device: fields.text()?.to_owned(),
        created_at: fields.time()?,
        last_seen_at: fields.time()?,
        expires_at: fields.time()?,
    })
}
