//! The port [`Log`]: commits, and the channels' logs read back.

use std::iter::Peekable;
use std::vec;

use async_trait::async_trait;
use chinwag_chat::rules::Outcome;
use chinwag_chat::store::{ChangePage, CommitError, Log, PAGE_BYTES};
use chinwag_chat::{
    Change, Channel, Epoch, Head, Refusal, Rev, RoomChange, RoomCommand, RoomEvent, RoomId, Seq, StoreError,
    StoredEvent, Timestamp, UserChange, UserId,
};
use rusqlite::{Connection, params};
use serde::de::DeserializeOwned;

use crate::commit::commit;
use crate::fault::Fault;
use crate::fields::{limit, signed};
use crate::page::not_too_long;
use crate::query::{all, one};
use crate::{SqliteStore, view};

#[async_trait]
impl Log for SqliteStore {
    fn epoch(&self) -> Epoch {
        self.epoch.clone()
    }

    async fn commit(&self, command: RoomCommand, at: Timestamp) -> Result<Outcome, CommitError> {
        let bus = self.bus.clone();
        let announce = move |decided: &Result<Outcome, Refusal>| {
            if let Ok(outcome) = decided {
                outcome.hints().for_each(|hint| bus.publish(hint));
            }
        };
        let decided = self.writer.write_and(move |transaction| commit(transaction, &command, at), announce);
        Ok(decided.await??)
    }

    async fn changes_after(
        &self,
        channel: &Channel,
        after: Rev,
        limit: usize,
    ) -> Result<ChangePage, StoreError> {
        let channel = channel.clone();
        let page = self.readers.read(move |connection| {
            let head = head(connection, &channel)?;
            let begins_after = trimmed(connection, &channel)?.rev;
            if after < begins_after {
                return Ok(Err(StoreError::Gone(begins_after)));
            }
            let changes = if after >= head.rev {
                Vec::new()
            } else {
                match &channel {
                    Channel::Room(room) => room_changes(connection, *room, after, limit)?,
                    Channel::User(user) => user_changes(connection, user, after, limit)?,
                }
            };
            without_holes(&channel, after, head, &changes, limit)?;
            let changes = not_too_long(changes, PAGE_BYTES, change_bytes);
            Ok(Ok(ChangePage { changes, head }))
        });
        page.await?
    }

    async fn heads(&self, channels: &[Channel]) -> Result<Vec<Head>, StoreError> {
        let channels = channels.to_vec();
        let heads = self
            .look_ups
            .ask(move |connection| channels.iter().map(|channel| head(connection, channel)).collect());
        heads.await
    }
}

fn head(connection: &Connection, channel: &Channel) -> Result<Head, Fault> {
    let head = match channel {
        Channel::Room(room) => one(
            connection,
            "SELECT head_seq, head_rev FROM rooms WHERE id = ?1",
            params![room.to_bytes()],
            |mut fields| fields.head(),
        )?,
        Channel::User(user) => one(
            connection,
            "SELECT 0, head_rev FROM users WHERE id = ?1",
            params![user.as_str()],
            |mut fields| fields.head(),
        )?,
    };
    Ok(head.unwrap_or_default())
}

/// Where a channel's log begins.
fn trimmed(connection: &Connection, channel: &Channel) -> Result<Head, Fault> {
    let trimmed = match channel {
        Channel::Room(room) => {
            let sql = "SELECT trimmed_seq, trimmed_rev FROM rooms WHERE id = ?1";
            one(connection, sql, params![room.to_bytes()], |mut fields| fields.head())?
        }
        Channel::User(user) => {
            let sql = "SELECT 0, trimmed_rev FROM users WHERE id = ?1";
            one(connection, sql, params![user.as_str()], |mut fields| fields.head())?
        }
    };
    Ok(trimmed.unwrap_or_default())
}

/// About how much a change weighs: only texts are ever long.
fn change_bytes(change: &Change) -> usize {
    match change {
        Change::Room(change) => change.event.message().map_or(0, |message| message.text.as_str().len()),
        Change::User(_) => 0,
    }
}

/// A reader that trusts its position would take a hole for "nothing happened"; so a log with one is not handed out.
fn without_holes(
    channel: &Channel,
    after: Rev,
    head: Head,
    changes: &[Change],
    limit: usize,
) -> Result<(), Fault> {
    let expected = (1..).map(|n| after.0.saturating_add(n));
    let dense = changes.iter().zip(expected).all(|(change, rev)| change.rev().0 == rev);
    let behind = head.rev.0.saturating_sub(after.0);
    let complete = changes.len() as u64 == behind.min(limit as u64);
    if dense && complete {
        Ok(())
    } else {
        Err(Fault::damaged(format!("the log of {channel} has a hole after {after}")))
    }
}

/// Merges the two halves of a room's log: messages, and everything else.
fn room_changes(
    connection: &Connection,
    room: RoomId,
    after: Rev,
    limit: usize,
) -> Result<Vec<Change>, Fault> {
    let after_seq = seq_at(connection, room, after)?;
    let mut messages = messages_after(connection, room, after_seq, limit)?.into_iter().peekable();
    let mut others = others_after(connection, room, after, limit)?.into_iter().peekable();
    let mut changes = Vec::new();
    while changes.len() < limit
        && let Some(change) = earlier(&mut messages, &mut others)
    {
        changes.push(Change::Room(change));
    }
    Ok(changes)
}

fn earlier(
    one: &mut Peekable<vec::IntoIter<RoomChange>>,
    other: &mut Peekable<vec::IntoIter<RoomChange>>,
) -> Option<RoomChange> {
    match (one.peek(), other.peek()) {
        (Some(first), Some(second)) if second.rev < first.rev => other.next(),
        (Some(_), _) => one.next(),
        (None, _) => other.next(),
    }
}

/// The newest message at a revision: the one at the last other change, and one for each revision since.
fn seq_at(connection: &Connection, room: RoomId, rev: Rev) -> Result<Seq, Fault> {
    if rev == Rev::ZERO {
        return Ok(Seq::ZERO);
    }
    let found = one(
        connection,
        "SELECT rev, seq FROM changes WHERE room = ?1 AND rev <= ?2 ORDER BY rev DESC LIMIT 1",
        params![room.to_bytes(), signed(rev.0)],
        |mut fields| Ok(Head { rev: fields.rev()?, seq: fields.seq()? }),
    )?;
    let known = match found {
        Some(known) => known,
        // All changes up to there have outlived their time.
        None => trimmed(connection, &Channel::Room(room))?,
    };
    Ok(Seq(known.seq.0 + (rev.0 - known.rev.0)))
}

fn messages_after(
    connection: &Connection,
    room: RoomId,
    after: Seq,
    items: usize,
) -> Result<Vec<RoomChange>, Fault> {
    let params = params![room.to_bytes(), signed(after.0), limit(items)];
    all(connection, view::MESSAGES_AFTER, params, |mut fields| {
        let message = fields.message(room)?;
        let (rev, at) = (message.rev, message.created_at);
        Ok(RoomChange { room, rev, at, event: RoomEvent::MessageCreated { message } })
    })
}

fn others_after(
    connection: &Connection,
    room: RoomId,
    after: Rev,
    items: usize,
) -> Result<Vec<RoomChange>, Fault> {
    all(
        connection,
        "SELECT c.rev, c.at, c.event, c.message,
                m.seq, m.rev, m.id, m.client_id, m.created_at, m.text, m.details, u.id, u.name, u.display_name, u.avatar, u.bot
         FROM changes c LEFT JOIN messages m ON m.room = c.room AND m.seq = c.message
         LEFT JOIN users u ON u.id = m.sender
         WHERE c.room = ?1 AND c.rev > ?2 ORDER BY c.rev LIMIT ?3",
        params![room.to_bytes(), signed(after.0), limit(items)],
        |mut fields| {
            let (rev, at, json, about) =
                (fields.rev()?, fields.time()?, fields.text()?, fields.optional_number()?.map(Seq));
            let message = if fields.is_null()? { None } else { Some(fields.message(room)?) };
            let event = StoredEvent::read_about(json, about, message.as_ref()).map_err(Fault::damaged)?;
            Ok(RoomChange { room, rev, at, event })
        },
    )
}

fn user_changes(
    connection: &Connection,
    user: &UserId,
    after: Rev,
    items: usize,
) -> Result<Vec<Change>, Fault> {
    all(
        connection,
        "SELECT rev, at, event FROM user_changes WHERE user = ?1 AND rev > ?2 ORDER BY rev LIMIT ?3",
        params![user.as_str(), signed(after.0), limit(items)],
        |mut fields| {
            let (rev, at, event) = (fields.rev()?, fields.time()?, event(fields.text()?)?);
            Ok(Change::User(UserChange { user: user.clone(), rev, at, event }))
        },
    )
}

fn event<T: DeserializeOwned>(json: &str) -> Result<T, Fault> {
    serde_json::from_str(json).map_err(Fault::damaged)
}
