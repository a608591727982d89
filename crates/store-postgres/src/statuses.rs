//! The port [`Statuses`].

use async_trait::async_trait;
use chinwag_chat::store::Statuses;
use chinwag_chat::{KeptStatus, PresenceWish, Status, StatusText, StoreError, Timestamp, UserId};

use crate::PostgresStore;
use crate::fault::Fault;
use crate::fields::Fields;

pub(crate) const STATUSES: &str = "
    SELECT u.id, s.presence, s.text, s.until, (
        SELECT e.last_seen_at FROM sessions e WHERE e.user_id = u.id ORDER BY e.last_seen_at DESC LIMIT 1)
    FROM users u LEFT JOIN statuses s ON s.user_id = u.id WHERE u.id = ANY ($1)";

const SET: &str = "
    INSERT INTO statuses (user_id, presence, text, until)
    SELECT id, $2, $3, $4 FROM users WHERE id = $1 AND erased_at IS NULL FOR NO KEY UPDATE
    ON CONFLICT (user_id) DO UPDATE
        SET presence = excluded.presence, text = excluded.text, until = excluded.until";

#[async_trait]
impl Statuses for PostgresStore {
    async fn set_status(&self, user: &UserId, status: &Status) -> Result<(), StoreError> {
        let query = || {
            if *status == Status::default() {
                return sqlx::query("DELETE FROM statuses WHERE user_id = $1").bind(user.as_str());
            }
            sqlx::query(SET)
                .bind(user.as_str())
                .bind(status.presence.as_str())
                .bind(status.text.as_ref().map(StatusText::as_str))
                .bind(status.until.map(Timestamp::unix_ms))
        };
        self.pool.write(query, |_| Ok(())).await?;
        Ok(())
    }

    async fn statuses(&self, users: &[UserId]) -> Result<Vec<KeptStatus>, StoreError> {
        let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
        self.pool.all(|| sqlx::query(STATUSES).bind(&users), kept).await
    }
}

fn kept(mut fields: Fields<'_>) -> Result<KeptStatus, Fault> {
    let user = fields.parsed()?;
    let presence: Option<PresenceWish> = fields.optional_parsed()?;
    let status = Status {
        presence: presence.unwrap_or_default(),
        text: fields.optional_parsed()?,
        until: fields.optional_time()?,
    };
    Ok(KeptStatus { user, status, last_seen_at: fields.optional_time()? })
}
