//! The port [`Sessions`].

use async_trait::async_trait;
use chinwag_chat::store::Sessions;
use chinwag_chat::{Session, SessionId, StoreError, Timestamp, TokenHash, UserId};

use crate::PostgresStore;
use crate::fault::Fault;
use crate::fields::{Fields, limit};
use crate::pool::Pool;

/// Sessions of which something is true; the fields are those of [`session`].
macro_rules! sessions {
    ($which:literal) => {
        concat!(
            "SELECT s.id, u.id, u.name, u.display_name, u.avatar, u.bot, s.device, s.created_at, s.last_seen_at, s.expires_at, s.token_hash
             FROM sessions s JOIN users u ON u.id = s.user_id ",
            $which
        )
    };
}

pub(crate) const BY_TOKENS: &str = sessions!("WHERE s.token_hash = ANY ($1) AND NOT u.disabled");
pub(crate) const BY_IDS: &str = sessions!("WHERE s.id = ANY ($1) AND NOT u.disabled");
pub(crate) const OF_USER: &str =
    sessions!("WHERE s.user_id = $1 ORDER BY s.last_seen_at DESC, s.id LIMIT $2");
pub(crate) const OF_ALL: &str = sessions!("ORDER BY s.last_seen_at DESC, s.id LIMIT $1");

const CREATE: &str = "
    INSERT INTO sessions (id, token_hash, user_id, device, created_at, last_seen_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

pub(crate) const TOUCH: &str =
    "UPDATE sessions SET last_seen_at = $2 WHERE id = ANY ($1) AND last_seen_at < $2";

const DELETE_EXPIRED: &str = "DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at <= $2 RETURNING 1";

#[async_trait]
impl Sessions for PostgresStore {
    async fn create_session(&self, session: &Session, token: TokenHash) -> Result<(), StoreError> {
        let query = || {
            sqlx::query(CREATE)
                .bind(session.id.to_bytes())
                .bind(token.0)
                .bind(session.user.id.as_str())
                .bind(&session.device)
                .bind(session.created_at.unix_ms())
                .bind(session.last_seen_at.unix_ms())
                .bind(session.expires_at.unix_ms())
        };
        self.pool.write(query, |_| Ok(())).await?;
        Ok(())
    }

    async fn session_by_token(&self, token: TokenHash) -> Result<Option<Session>, StoreError> {
        self.questions.sessions_by_token.ask(token).await
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.questions.sessions.ask(id).await
    }

    async fn sessions_by_id(&self, ids: &[SessionId]) -> Result<Vec<Session>, StoreError> {
        Ok(by_id(&self.pool, ids).await?.into_iter().map(|(_, session)| session).collect())
    }

    async fn sessions(&self, user: Option<&UserId>, items: usize) -> Result<Vec<Session>, StoreError> {
        let query = || match user {
            Some(user) => sqlx::query(OF_USER).bind(user.as_str()).bind(limit(items)),
            None => sqlx::query(OF_ALL).bind(limit(items)),
        };
        self.pool.all(query, |mut fields| session(&mut fields)).await
    }

    async fn touch_sessions(&self, ids: &[SessionId], at: Timestamp) -> Result<(), StoreError> {
        let ids: Vec<_> = ids.iter().map(|id| id.to_bytes()).collect();
        let query = || sqlx::query(TOUCH).bind(&ids).bind(at.unix_ms());
        self.pool.write(query, |_| Ok(())).await?;
        Ok(())
    }

    async fn delete_session(&self, id: SessionId) -> Result<bool, StoreError> {
        let query = || sqlx::query("DELETE FROM sessions WHERE id = $1 RETURNING 1").bind(id.to_bytes());
        let deleted = self.pool.write(query, |_| Ok(())).await?;
        Ok(!deleted.is_empty())
    }

    async fn delete_expired_sessions(
        &self,
        now: Timestamp,
        unused_since: Timestamp,
    ) -> Result<u64, StoreError> {
        let query = || sqlx::query(DELETE_EXPIRED).bind(now.unix_ms()).bind(unused_since.unix_ms());
        let deleted = self.pool.write(query, |_| Ok(())).await?;
        Ok(deleted.len() as u64)
    }
}

fn session(fields: &mut Fields<'_>) -> Result<Session, Fault> {
    Ok(Session {
        id: SessionId::from_bytes(fields.bytes()?),
        user: fields.user()?,
        device: fields.text()?.to_owned(),
        created_at: fields.time()?,
        last_seen_at: fields.time()?,
        expires_at: fields.time()?,
    })
}

/// The sessions of these tokens.
pub(crate) async fn by_token(
    pool: &Pool,
    tokens: &[TokenHash],
) -> Result<Vec<(TokenHash, Session)>, StoreError> {
    let hashes: Vec<_> = tokens.iter().map(|token| token.0).collect();
    let with_token = |mut fields: Fields<'_>| {
        let session = session(&mut fields)?;
        Ok((TokenHash(fields.bytes()?), session))
    };
    pool.all(|| sqlx::query(BY_TOKENS).bind(&hashes), with_token).await
}

/// Those of these sessions that there are.
pub(crate) async fn by_id(pool: &Pool, ids: &[SessionId]) -> Result<Vec<(SessionId, Session)>, StoreError> {
    let ids: Vec<_> = ids.iter().map(|id| id.to_bytes()).collect();
    let found = pool.all(|| sqlx::query(BY_IDS).bind(&ids), |mut fields| session(&mut fields)).await?;
    Ok(found.into_iter().map(|session| (session.id, session)).collect())
}
