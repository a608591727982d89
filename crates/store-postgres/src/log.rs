//! The port [`Log`]: commits, and the channels' logs read back.

use std::collections::HashMap;

use async_trait::async_trait;
use chinwag_chat::rules::Outcome;
use chinwag_chat::store::{ChangePage, CommitError, Log, PAGE_BYTES};
use chinwag_chat::{
    Change, Channel, Epoch, Head, Rev, RoomChange, RoomCommand, RoomEvent, RoomId, Seq, StoreError,
    StoredEvent, Timestamp, UserChange, UserId,
};
use serde::de::DeserializeOwned;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};

/// Room `$1`'s head and its changes after `$2`, at most `$3` and, but for the first, `$4` bytes: the merge of the two
/// halves of its log, all in one state of the database. A row for each, one without a change where there is none; with
/// the message that it tells of, as that is now.
///
/// The messages begin after the newest one at `$2`: the one at the last other change, and one for each revision since.
pub(crate) const ROOM_CHANGES: &str = "
    SELECT r.head_seq, r.head_rev, r.trimmed_rev, coalesce(l.found, 0), l.rev, l.at, l.event, l.about,
           l.seq, l.message_rev, l.id, l.client_id, l.created_at, l.text, l.details,
           u.id, u.name, u.display_name, u.avatar, u.bot
    FROM rooms r
    LEFT JOIN LATERAL (
        SELECT c.*, count(*) OVER () AS found, row_number() OVER (ORDER BY c.rev) AS n,
               sum(octet_length(c.text)) OVER (ORDER BY c.rev) AS bytes
        FROM (
            (SELECT rev, created_at AS at, NULL AS event, NULL::bigint AS about,
                    seq, rev AS message_rev, id, sender, client_id, created_at, text, details
             FROM messages
             WHERE room = $1 AND seq > coalesce(
                 (SELECT seq + ($2 - rev) FROM changes WHERE room = $1 AND rev <= $2 ORDER BY rev DESC LIMIT 1),
                 r.trimmed_seq + ($2 - r.trimmed_rev))
             ORDER BY seq LIMIT $3)
            UNION ALL
            (SELECT o.rev, o.at, o.event, o.message,
                    m.seq, m.rev, m.id, m.sender, m.client_id, m.created_at, m.text, m.details
             FROM (SELECT * FROM changes WHERE room = $1 AND rev > $2 ORDER BY rev LIMIT $3) o
             LEFT JOIN LATERAL (SELECT * FROM messages WHERE room = $1 AND seq = o.message LIMIT 1) m ON true)
            ORDER BY rev LIMIT $3
        ) c
    ) l ON l.n = 1 OR coalesce(l.bytes, 0) <= $4
    LEFT JOIN users u ON u.id = l.sender
    WHERE r.id = $1 ORDER BY l.rev";

/// The same of user `$1`'s own log.
pub(crate) const USER_CHANGES: &str = "
    SELECT 0::bigint, u.head_rev, u.trimmed_rev, count(c.rev) OVER (), c.rev, c.at, c.event
    FROM users u
    LEFT JOIN LATERAL (
        SELECT rev, at, event FROM user_changes WHERE user_id = $1 AND rev > $2 ORDER BY rev LIMIT $3
    ) c ON true
    WHERE u.id = $1 ORDER BY c.rev";

pub(crate) const ROOM_HEADS: &str = "SELECT id, head_seq, head_rev FROM rooms WHERE id = ANY($1)";

pub(crate) const USER_HEADS: &str = "SELECT id, 0::bigint, head_rev FROM users WHERE id = ANY($1)";

#[async_trait]
impl Log for PostgresStore {
    fn epoch(&self) -> Epoch {
        self.epoch.clone()
    }

    async fn commit(&self, command: RoomCommand, at: Timestamp) -> Result<Outcome, CommitError> {
        self.writer.commit(command, at).await
    }

    async fn changes_after(
        &self,
        channel: &Channel,
        after: Rev,
        items: usize,
    ) -> Result<ChangePage, StoreError> {
        let read = match channel {
            Channel::Room(room) => {
                let query = || {
                    let query = sqlx::query(ROOM_CHANGES).bind(room.to_bytes()).bind(signed(after.0));
                    query.bind(limit(items)).bind(limit(PAGE_BYTES))
                };
                self.pool.all(query, |fields| row(fields, |fields| room_change(fields, *room))).await?
            }
            Channel::User(user) => {
                let query =
                    || sqlx::query(USER_CHANGES).bind(user.as_str()).bind(signed(after.0)).bind(limit(items));
                self.pool.all(query, |fields| row(fields, |fields| user_change(fields, user))).await?
            }
        };
        if let Some(Row { begins_after, .. }) = read.first()
            && after < *begins_after
        {
            return Err(StoreError::Gone(*begins_after));
        }
        page(channel, after, items, read).map_err(|fault| self.pool.not_read(&fault))
    }

    async fn heads(&self, channels: &[Channel]) -> Result<Vec<Head>, StoreError> {
        let (mut rooms, mut users): (Vec<[u8; 16]>, Vec<&str>) = (vec![], vec![]);
        for channel in channels {
            match channel {
                Channel::Room(room) => rooms.push(room.to_bytes()),
                Channel::User(user) => users.push(user.as_str()),
            }
        }
        let mut heads: HashMap<Channel, Head> = HashMap::with_capacity(channels.len());
        if !rooms.is_empty() {
            let query = || sqlx::query(ROOM_HEADS).bind(&rooms);
            let of_rooms = |mut fields: Fields<'_>| Ok((Channel::Room(fields.room_id()?), fields.head()?));
            heads.extend(self.pool.all(query, of_rooms).await?);
        }
        if !users.is_empty() {
            let query = || sqlx::query(USER_HEADS).bind(&users);
            let of_users = |mut fields: Fields<'_>| Ok((Channel::User(fields.parsed()?), fields.head()?));
            heads.extend(self.pool.all(query, of_users).await?);
        }
        Ok(channels.iter().map(|channel| heads.get(channel).copied().unwrap_or_default()).collect())
    }
}

/// A row of a log: the channel's head, how many changes there were before the page was cut, and one of them.
struct Row {
    head: Head,
    begins_after: Rev,
    found: u64,
    change: Option<Change>,
}

fn row(
    mut fields: Fields<'_>,
    change: impl Fn(&mut Fields<'_>) -> Result<Change, Fault>,
) -> Result<Row, Fault> {
    let (head, begins_after, found) = (fields.head()?, fields.rev()?, fields.number()?);
    let change = if fields.is_null()? { None } else { Some(change(&mut fields)?) };
    Ok(Row { head, begins_after, found, change })
}

/// `rev, at, event` and the fields of a message, all null where it tells of none. Where there is no event, it is that the
/// message was created.
fn room_change(fields: &mut Fields<'_>, room: RoomId) -> Result<Change, Fault> {
    let (rev, at, json) = (fields.rev()?, fields.time()?, fields.optional_text()?);
    let about = fields.optional_number()?.map(Seq);
    let message = if fields.is_null()? { None } else { Some(fields.message(room)?) };
    let event = match (json, message) {
        (Some(json), message) => {
            StoredEvent::read_about(json, about, message.as_ref()).map_err(Fault::damaged)?
        }
        (None, Some(message)) => RoomEvent::MessageCreated { message },
        (None, None) => return Err(Fault::damaged("a change tells of nothing")),
    };
    Ok(Change::Room(RoomChange { room, rev, at, event }))
}

fn user_change(fields: &mut Fields<'_>, user: &UserId) -> Result<Change, Fault> {
    let (rev, at, event) = (fields.rev()?, fields.time()?, event(fields.text()?)?);
    Ok(Change::User(UserChange { user: user.clone(), rev, at, event }))
}

fn event<T: DeserializeOwned>(json: &str) -> Result<T, Fault> {
    serde_json::from_str(json).map_err(Fault::damaged)
}

/// A reader that trusts its position would take a hole for "nothing happened"; so a log with one is not handed out.
fn page(channel: &Channel, after: Rev, limit: usize, rows: Vec<Row>) -> Result<ChangePage, Fault> {
    let Some(Row { head, found, .. }) = rows.first() else {
        return Ok(ChangePage { changes: vec![], head: Head::default() });
    };
    let (head, found) = (*head, *found);
    let changes: Vec<Change> = rows.into_iter().filter_map(|row| row.change).collect();
    let expected = (1..).map(|n| after.0.saturating_add(n));
    let dense = changes.iter().zip(expected).all(|(change, rev)| change.rev().0 == rev);
    let behind = head.rev.0.saturating_sub(after.0);
    if dense && found == behind.min(limit as u64) {
        Ok(ChangePage { changes, head })
    } else {
        Err(Fault::damaged(format!("the log of {channel} has a hole after {after}")))
    }
}
