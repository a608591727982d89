//! The port [`Statuses`].

use async_trait::async_trait;
use chinwag_chat::store::Statuses;
use chinwag_chat::{KeptStatus, PresenceWish, Status, StatusText, StoreError, Timestamp, UserId};
use rusqlite::params;

use crate::SqliteStore;
use crate::fault::Fault;
use crate::fields::Fields;
use crate::query::all;

/// The users whose ids are in the JSON array `?1`.
const STATUSES: &str = "
    SELECT u.id, s.presence, s.text, s.until, (SELECT max(last_seen_at) FROM sessions WHERE user = u.id)
    FROM json_each(?1) q JOIN users u ON u.id = q.value LEFT JOIN statuses s ON s.user = u.id";

const SET: &str = "
    INSERT OR REPLACE INTO statuses (user, presence, text, until)
    SELECT id, ?2, ?3, ?4 FROM users WHERE id = ?1 AND erased_at IS NULL";

#[async_trait]
impl Statuses for SqliteStore {
    async fn set_status(&self, user: &UserId, status: &Status) -> Result<(), StoreError> {
        let (user, status) = (user.clone(), status.clone());
        let set = self.writer.write(move |transaction| {
            if status == Status::default() {
                transaction
                    .prepare_cached("DELETE FROM statuses WHERE user = ?1")?
                    .execute(params![user.as_str()])?;
                return Ok(());
            }
            let (presence, text) = (status.presence.as_str(), status.text.as_ref().map(StatusText::as_str));
            let until = status.until.map(Timestamp::unix_ms);
            transaction.prepare_cached(SET)?.execute(params![user.as_str(), presence, text, until])?;
            Ok(())
        });
        set.await
    }

    async fn statuses(&self, users: &[UserId]) -> Result<Vec<KeptStatus>, StoreError> {
        let users = serde_json::Value::from_iter(users.iter().map(UserId::as_str)).to_string();
        self.readers.read(move |connection| all(connection, STATUSES, params![users], kept)).await
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
