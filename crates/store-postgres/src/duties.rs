//! The port [`Duties`]: data that goes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::erased;
use chinwag_chat::store::{Duties, LogPlace, RoomAge};
use chinwag_chat::{
    Change, ClientId, Hint, NodeId, Rev, RoomChange, RoomEvent, RoomId, RoomSettings, Seq, SessionId,
    StoreError, Timestamp, UserId, UserName,
};

use crate::PostgresStore;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};

/// How many events of a log are looked at in one step.
const EVENTS_AT_ONCE: usize = 1_000;

const CLAIM: &str = "
    INSERT INTO duties (name, holder, until)
    VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
        WHERE duties.holder = excluded.holder OR duties.until <= clock_timestamp()
    RETURNING 1";

const AGES: &str = "
    SELECT r.id, r.settings, m.created_at FROM rooms r
    JOIN LATERAL (SELECT created_at FROM messages WHERE room = r.id ORDER BY seq LIMIT 1) m ON true
    WHERE r.id > $1 ORDER BY r.id LIMIT $2";

const TO_ERASE: &str = "
    SELECT client_id, seq FROM messages
    WHERE room = $1 AND sender = $2 AND client_id > $3 AND NOT deleted ORDER BY client_id LIMIT $4";

/// The events after a place: those of rooms, or those of users.
const ROOM_EVENTS: &str =
    "SELECT room, rev, event FROM changes WHERE (room, rev) > ($1, $2) ORDER BY room, rev LIMIT $3";
const USER_EVENTS: &str = "
    SELECT convert_to(user_id, 'UTF8'), rev, event FROM user_changes
    WHERE (user_id, rev) > (convert_from($1, 'UTF8'), $2) ORDER BY user_id, rev LIMIT $3";

const SCRUB_ROOM: &str = "UPDATE changes SET event = $3 WHERE room = $1 AND rev = $2 RETURNING 1";
const SCRUB_USER: &str =
    "UPDATE user_changes SET event = $3 WHERE user_id = convert_from($1, 'UTF8') AND rev = $2 RETURNING 1";

/// What a place begins with that is in the logs of users: no room has an id like that.
const OF_USERS: &[u8] = b"user:";

#[async_trait]
impl Duties for PostgresStore {
    async fn claim_duty(
        &self,
        duty: &str,
        holder: &NodeId,
        _: Timestamp,
        hold: Duration,
    ) -> Result<bool, StoreError> {
        let hold = i64::try_from(hold.as_millis()).unwrap_or(i64::MAX / 2);
        let query = || sqlx::query(CLAIM).bind(duty).bind(holder.as_str()).bind(hold);
        Ok(!self.pool.write(query, |_| Ok(())).await?.is_empty())
    }

    async fn forget_duties(&self, _: Timestamp) -> Result<(), StoreError> {
        let query = || sqlx::query("DELETE FROM duties WHERE until <= clock_timestamp()");
        self.pool.write(query, |_| Ok(())).await.map(drop)
    }

    async fn room_ages(&self, after: Option<RoomId>, rooms: usize) -> Result<Vec<RoomAge>, StoreError> {
        let after = after.map_or_else(Vec::new, |room| room.to_bytes().to_vec());
        let query = || sqlx::query(AGES).bind(&after).bind(limit(rooms));
        let age = |mut fields: Fields<'_>| {
            let (room, settings) = (fields.room_id()?, fields.optional_text()?);
            let settings = RoomSettings::from_stored(settings).map_err(Fault::damaged)?;
            Ok(RoomAge { room, retention_days: settings.retention_days, oldest_at: fields.time()? })
        };
        self.pool.all(query, age).await
    }

    async fn trim(
        &self,
        room: RoomId,
        before: Timestamp,
        most: usize,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let query = || {
            let query = sqlx::query("SELECT removed, up_to, new_rev FROM trim_room($1, $2, $3, $4)");
            query.bind(room.to_bytes()).bind(before.unix_ms()).bind(limit(most)).bind(at.unix_ms())
        };
        let trimmed = |mut fields: Fields<'_>| Ok((fields.number()?, fields.seq()?, fields.rev()?));
        let trimmed = self.pool.write(query, trimmed).await?;
        let Some((removed, up_to, rev)) = trimmed.into_iter().next() else { return Ok(0) };
        let change = RoomChange { room, rev, at, event: RoomEvent::MessagesRemoved { up_to } };
        self.bus.publish(Hint::Changed(Arc::new(Change::Room(change))));
        Ok(removed)
    }

    async fn begin_erasure(
        &self,
        user: &UserId,
        name: &UserName,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<Option<Vec<SessionId>>, StoreError> {
        let query = || {
            let query =
                sqlx::query("SELECT session FROM begin_erasure($1, $2, $3, $4, $5)").bind(user.as_str());
            let query = query.bind(name.as_str()).bind(erased::DISPLAY_NAME);
            query.bind(by.map(UserId::as_str)).bind(at.unix_ms())
        };
        // A row of nothing says that there is such a person.
        let session = |mut fields: Fields<'_>| {
            Ok(if fields.is_null()? { None } else { Some(SessionId::from_bytes(fields.bytes()?)) })
        };
        let found = self.pool.write(query, session).await?;
        Ok((!found.is_empty()).then(|| found.into_iter().flatten().collect()))
    }

    async fn erasures(&self, users: usize) -> Result<Vec<UserId>, StoreError> {
        let query =
            || sqlx::query("SELECT user_id FROM erasures ORDER BY user_id LIMIT $1").bind(limit(users));
        self.pool.all(query, |mut fields| fields.parsed()).await
    }

    async fn messages_to_erase(
        &self,
        user: &UserId,
        room: RoomId,
        after: Option<&ClientId>,
        messages: usize,
    ) -> Result<Vec<(ClientId, Seq)>, StoreError> {
        // Every id is greater than the empty text.
        let after = after.map_or("", ClientId::as_str);
        let query = || {
            let query = sqlx::query(TO_ERASE).bind(room.to_bytes()).bind(user.as_str());
            query.bind(after).bind(limit(messages))
        };
        self.pool.all(query, |mut fields| Ok((fields.parsed()?, fields.seq()?))).await
    }

    async fn scrub_logs(&self, user: &UserId, from: &LogPlace) -> Result<Option<LogPlace>, StoreError> {
        let LogPlace(key, rev) = from;
        let of_users = key.strip_prefix(OF_USERS);
        let (read, write, after) = match of_users {
            None => (ROOM_EVENTS, SCRUB_ROOM, key.as_slice()),
            Some(after) => (USER_EVENTS, SCRUB_USER, after),
        };
        let nobody = chinwag_chat::store::Users::user(self, user).await?;
        let Some(nobody) = nobody else { return Ok(None) };
        let query = || sqlx::query(read).bind(after).bind(signed(*rev)).bind(limit(EVENTS_AT_ONCE));
        let event = |mut fields: Fields<'_>| Ok((fields.blob()?, fields.rev()?, fields.text()?.to_owned()));
        let events: Vec<(Vec<u8>, Rev, String)> = self.pool.all(query, event).await?;
        for (key, rev, event) in &events {
            let said = |error: serde_json::Error| StoreError::Corrupt(error.to_string());
            if let Some(event) = erased::scrubbed(event, &nobody).map_err(said)? {
                let query = || sqlx::query(write).bind(key).bind(signed(rev.0)).bind(&event);
                self.pool.write(query, |_| Ok(())).await?;
            }
        }
        let last = events.into_iter().last().map(|(key, Rev(rev), _)| (key, rev));
        Ok(match (of_users, last) {
            (None, Some((key, rev))) => Some(LogPlace(key, rev)),
            (None, None) => Some(LogPlace(OF_USERS.to_vec(), 0)),
            (Some(_), Some((key, rev))) => Some(LogPlace([OF_USERS, &key].concat(), rev)),
            (Some(_), None) => None,
        })
    }

    async fn finish_erasure(&self, user: &UserId) -> Result<(), StoreError> {
        let query = || sqlx::query("SELECT finish_erasure($1)").bind(user.as_str());
        self.pool.write(query, |_| Ok(())).await.map(drop)
    }
}
