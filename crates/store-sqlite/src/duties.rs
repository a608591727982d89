//! The port [`Duties`]: data that goes.

use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::erased;
use chinwag_chat::store::{Duties, LogPlace, RoomAge};
use chinwag_chat::{
    Change, ClientId, Hint, NodeId, Rev, RoomChange, RoomEvent, RoomId, RoomSettings, Seq, SessionId,
    StoreError, Timestamp, UserId, UserName,
};
use rusqlite::{Connection, params};

use crate::SqliteStore;
use crate::fault::Fault;
use crate::fields::{limit, signed};
use crate::query::{all, one};

/// How many events of a log are looked at in one step.
const EVENTS_AT_ONCE: usize = 1_000;

const CLAIM: &str = "
    INSERT INTO duties (name, holder, until) VALUES (?1, ?2, ?4)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
        WHERE duties.holder = excluded.holder OR duties.until <= ?3";

const AGES: &str = "
    SELECT r.id, r.settings, (SELECT m.created_at FROM messages m WHERE m.room = r.id ORDER BY m.seq LIMIT 1) AS oldest
    FROM rooms r WHERE r.id > ?1 AND oldest IS NOT NULL ORDER BY r.id LIMIT ?2";

/// The oldest messages of room `?1`, at most `?2`.
const OLDEST: &str = "SELECT seq, rev, created_at FROM messages WHERE room = ?1 ORDER BY seq LIMIT ?2";

/// All that belongs to the messages of room `?1` up to `?2`.
const REMOVALS: [&str; 8] = [
    "DELETE FROM message_edits WHERE room = ?1 AND seq <= ?2",
    "DELETE FROM reactions WHERE room = ?1 AND seq <= ?2",
    "DELETE FROM mentions WHERE room = ?1 AND seq <= ?2",
    "DELETE FROM room_mentions WHERE room = ?1 AND seq <= ?2",
    "DELETE FROM thread_cursors WHERE room = ?1 AND root <= ?2",
    "DELETE FROM reports WHERE room = ?1 AND seq <= ?2",
    "UPDATE files SET ready = 0, size = 0, room = NULL, seq = NULL, due_at = 0 WHERE room = ?1 AND seq <= ?2",
    "DELETE FROM messages WHERE room = ?1 AND seq <= ?2",
];

const NOBODY: &str = "
    UPDATE users SET name = ?2, display_name = ?3, display_folded = '', password = NULL, avatar = NULL, about = NULL,
        admin = 0, disabled = 1, erased_at = ?4
    WHERE id = ?1 AND erased_at IS NULL";

/// What is kept for user `?1` alone, and what keeps others out or apart on their behalf.
const OWN: [&str; 11] = [
    "DELETE FROM sessions WHERE user = ?1",
    "DELETE FROM keys WHERE user = ?1",
    "DELETE FROM bots WHERE user = ?1",
    "DELETE FROM push_subscriptions WHERE user = ?1",
    "DELETE FROM statuses WHERE user = ?1",
    "DELETE FROM thread_cursors WHERE user = ?1",
    "DELETE FROM bans WHERE user = ?1",
    "DELETE FROM blocks WHERE user = ?1 OR blocked = ?1",
    "UPDATE members SET blocked = 0 WHERE blocked AND room IN (
         SELECT m.room FROM members m JOIN rooms r ON r.id = m.room WHERE m.user = ?1 AND r.kind = 'direct')",
    "UPDATE reports SET comment = NULL WHERE reporter = ?1",
    "UPDATE files SET ready = 0, size = 0, room = NULL, seq = NULL, due_at = 0 WHERE owner = ?1",
];

/// What ends the erasure of user `?1`.
const FINISH: [&str; 3] = [
    "DELETE FROM user_changes WHERE user = ?1",
    "UPDATE users SET trimmed_rev = head_rev WHERE id = ?1",
    "DELETE FROM erasures WHERE user = ?1",
];

const TO_ERASE: &str = "
    SELECT client_id, seq FROM messages INDEXED BY messages_by_client_id
    WHERE room = ?1 AND sender = ?2 AND client_id > ?3 AND NOT deleted ORDER BY client_id LIMIT ?4";

/// The events after a place: those of rooms, or those of users.
const ROOM_EVENTS: &str =
    "SELECT room, rev, event FROM changes WHERE (room, rev) > (?1, ?2) ORDER BY room, rev LIMIT ?3";
const USER_EVENTS: &str = "
    SELECT cast(user AS BLOB), rev, event FROM user_changes
    WHERE (user, rev) > (cast(?1 AS TEXT), ?2) ORDER BY user, rev LIMIT ?3";

#[async_trait]
impl Duties for SqliteStore {
    async fn claim_duty(
        &self,
        duty: &str,
        holder: &NodeId,
        at: Timestamp,
        hold: Duration,
    ) -> Result<bool, StoreError> {
        let (duty, holder) = (duty.to_owned(), holder.clone());
        let until = at.plus(hold).unix_ms();
        let claimed = self.writer.write(move |transaction| {
            let params = params![duty, holder.as_str(), at.unix_ms(), until];
            Ok(transaction.prepare_cached(CLAIM)?.execute(params)? == 1)
        });
        claimed.await
    }

    async fn forget_duties(&self, at: Timestamp) -> Result<(), StoreError> {
        let forgotten = self.writer.write(move |transaction| {
            transaction.prepare_cached("DELETE FROM duties WHERE until <= ?1")?.execute([at.unix_ms()])?;
            Ok(())
        });
        forgotten.await
    }

    async fn room_ages(&self, after: Option<RoomId>, rooms: usize) -> Result<Vec<RoomAge>, StoreError> {
        let after = after.map_or_else(Vec::new, |room| room.to_bytes().to_vec());
        let ages = self.readers.read(move |connection| {
            all(connection, AGES, params![after, limit(rooms)], |mut fields| {
                let (room, settings) = (fields.room_id()?, fields.optional_text()?);
                let settings = RoomSettings::from_stored(settings).map_err(Fault::damaged)?;
                Ok(RoomAge { room, retention_days: settings.retention_days, oldest_at: fields.time()? })
            })
        });
        ages.await
    }

    async fn trim(
        &self,
        room: RoomId,
        before: Timestamp,
        most: usize,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let bus = self.bus.clone();
        let announce = move |trimmed: &Option<(u64, RoomChange)>| {
            if let Some((_, change)) = trimmed {
                bus.publish(Hint::Changed(std::sync::Arc::new(Change::Room(change.clone()))));
            }
        };
        let work = move |transaction: &Connection| trim(transaction, room, before, most, at);
        Ok(self.writer.write_and(work, announce).await?.map_or(0, |(removed, _)| removed))
    }

    async fn begin_erasure(
        &self,
        user: &UserId,
        name: &UserName,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<Option<Vec<SessionId>>, StoreError> {
        let (user, name, by) = (user.clone(), name.clone(), by.cloned());
        let begun = self.writer.write(move |transaction| begin(transaction, &user, &name, by.as_ref(), at));
        begun.await
    }

    async fn erasures(&self, users: usize) -> Result<Vec<UserId>, StoreError> {
        let begun = self.readers.read(move |connection| {
            let sql = "SELECT user FROM erasures ORDER BY user LIMIT ?1";
            all(connection, sql, params![limit(users)], |mut fields| fields.parsed())
        });
        begun.await
    }

    async fn messages_to_erase(
        &self,
        user: &UserId,
        room: RoomId,
        after: Option<&ClientId>,
        messages: usize,
    ) -> Result<Vec<(ClientId, Seq)>, StoreError> {
        // Every id is greater than the empty text.
        let (user, after) = (user.clone(), after.map_or_else(String::new, ToString::to_string));
        let found = self.readers.read(move |connection| {
            let params = params![room.to_bytes(), user.as_str(), after, limit(messages)];
            all(connection, TO_ERASE, params, |mut fields| Ok((fields.parsed()?, fields.seq()?)))
        });
        found.await
    }

    async fn scrub_logs(&self, user: &UserId, from: &LogPlace) -> Result<Option<LogPlace>, StoreError> {
        let (user, from) = (user.clone(), from.clone());
        self.writer.write(move |transaction| scrub(transaction, &user, &from)).await
    }

    async fn finish_erasure(&self, user: &UserId) -> Result<(), StoreError> {
        let user = user.clone();
        let finished = self.writer.write(move |transaction| {
            for sql in FINISH {
                transaction.prepare_cached(sql)?.execute([user.as_str()])?;
            }
            Ok(())
        });
        finished.await
    }
}

fn trim(
    transaction: &Connection,
    room: RoomId,
    before: Timestamp,
    most: usize,
    at: Timestamp,
) -> Result<Option<(u64, RoomChange)>, Fault> {
    let oldest = all(transaction, OLDEST, params![room.to_bytes(), limit(most)], |mut fields| {
        Ok((fields.seq()?, fields.rev()?, fields.time()?))
    })?;
    let outlived = oldest.iter().take_while(|(_, _, written_at)| *written_at < before);
    let Some((up_to, up_to_rev, _)) = outlived.clone().last() else { return Ok(None) };
    let removed = outlived.count() as u64;
    for sql in REMOVALS {
        transaction.prepare_cached(sql)?.execute(params![room.to_bytes(), signed(up_to.0)])?;
    }
    transaction
        .prepare_cached("DELETE FROM changes WHERE room = ?1 AND rev <= ?2")?
        .execute(params![room.to_bytes(), signed(up_to_rev.0)])?;
    let head = one(
        transaction,
        "UPDATE rooms SET trimmed_seq = ?2, trimmed_rev = ?3, head_rev = head_rev + 1 WHERE id = ?1
         RETURNING head_seq, head_rev",
        params![room.to_bytes(), signed(up_to.0), signed(up_to_rev.0)],
        |mut fields| fields.head(),
    )?;
    let head = head.ok_or_else(|| Fault::damaged(format!("room {room} has messages and is not there")))?;
    let event = RoomEvent::MessagesRemoved { up_to: *up_to };
    let json = serde_json::to_string(&event).map_err(Fault::damaged)?;
    transaction
        .prepare_cached("INSERT INTO changes (room, rev, seq, at, event) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![room.to_bytes(), signed(head.rev.0), signed(head.seq.0), at.unix_ms(), json])?;
    Ok(Some((removed, RoomChange { room, rev: head.rev, at, event })))
}

fn begin(
    transaction: &Connection,
    user: &UserId,
    name: &UserName,
    by: Option<&UserId>,
    at: Timestamp,
) -> Result<Option<Vec<SessionId>>, Fault> {
    let id = user.as_str();
    if one(transaction, "SELECT 1 FROM users WHERE id = ?1", [id], |_| Ok(()))?.is_none() {
        return Ok(None);
    }
    let changed = transaction.prepare_cached(NOBODY)?.execute(params![
        id,
        name.as_str(),
        erased::DISPLAY_NAME,
        at.unix_ms()
    ])?;
    if changed == 0 {
        return Ok(Some(vec![]));
    }
    let sessions = all(transaction, "SELECT id FROM sessions WHERE user = ?1", [id], |mut fields| {
        Ok(SessionId::from_bytes(fields.bytes()?))
    })?;
    for sql in OWN {
        transaction.prepare_cached(sql)?.execute([id])?;
    }
    transaction
        .prepare_cached("INSERT INTO erasures (user, begun_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![id, at.unix_ms()])?;
    transaction
        .prepare_cached("INSERT INTO audit (at, acted_by, action, user) VALUES (?1, ?2, 'user.erased', ?3)")?
        .execute(params![at.unix_ms(), by.map(UserId::as_str), id])?;
    Ok(Some(sessions))
}

/// A step through the logs: first those of rooms, then, from a place that no room has, those of users.
fn scrub(transaction: &Connection, user: &UserId, from: &LogPlace) -> Result<Option<LogPlace>, Fault> {
    const OF_USERS: &[u8] = b"user:";
    let LogPlace(key, rev) = from;
    let of_users = key.strip_prefix(OF_USERS);
    let (read, write, after) = match of_users {
        None => (ROOM_EVENTS, "UPDATE changes SET event = ?3 WHERE room = ?1 AND rev = ?2", key.as_slice()),
        Some(after) => (
            USER_EVENTS,
            "UPDATE user_changes SET event = ?3 WHERE user = cast(?1 AS TEXT) AND rev = ?2",
            after,
        ),
    };
    let sql = "SELECT id, name, display_name, avatar, bot FROM users WHERE id = ?1";
    let Some(nobody) = one(transaction, sql, [user.as_str()], |mut fields| fields.user())? else {
        return Ok(None);
    };
    let params = params![after, signed(*rev), limit(EVENTS_AT_ONCE)];
    let events = all(transaction, read, params, |mut fields| {
        Ok((fields.blob()?, fields.rev()?, fields.text()?.to_owned()))
    })?;
    for (key, rev, event) in &events {
        if let Some(event) = erased::scrubbed(event, &nobody).map_err(Fault::damaged)? {
            transaction.prepare_cached(write)?.execute(params![key, signed(rev.0), event])?;
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
