//! Messages with what others added to them, each in one row: so a page is of one state of the database, and one question.

use chinwag_chat::{Emoji, MessageView, Reaction, Replies, RoomId, UserId};

use crate::fault::Fault;
use crate::fields::Fields;

/// The fields of message `l` as user `$1` sees it; [`additions!`] finds the rest of them.
macro_rules! shown {
    () => {
        "l.seq, l.rev, l.id, l.client_id, l.created_at, l.text, l.details, u.id, u.name, u.display_name, u.avatar, u.bot,
         (SELECT json_agg(json_build_array(e.emoji, e.total, e.users, e.is_own) ORDER BY e.first)::text
          FROM (SELECT emoji, count(*) AS total, (array_agg(user_id ORDER BY rev))[:50] AS users,
                       bool_or(user_id = $1) AS is_own, min(rev) AS first
                FROM reactions WHERE room = l.room AND seq = l.seq GROUP BY emoji) e),
         t.total, t.last_seq, (SELECT created_at FROM messages WHERE room = l.room AND seq = t.last_seq)"
    };
}
pub(crate) use shown;

/// The rows that belong to message `l`: its sender, and what there is in its thread.
macro_rules! additions {
    () => {
        " JOIN users u ON u.id = l.sender
          LEFT JOIN LATERAL (
              SELECT count(*) AS total, max(seq) AS last_seq FROM messages
              WHERE room = l.room AND thread = l.seq AND NOT deleted
          ) t ON l.thread IS NULL"
    };
}
pub(crate) use additions;

/// A message of the room, by the fields of [`shown!`] for that viewer.
pub(crate) fn read(fields: &mut Fields<'_>, room: RoomId, viewer: &UserId) -> Result<MessageView, Fault> {
    let message = fields.message(room)?;
    let reactions = match fields.optional_text()? {
        Some(json) => reactions(json, viewer)?,
        None => vec![],
    };
    Ok(MessageView { message, reactions, replies: replies(fields)? })
}

/// Of each emoji how many there are, whose were the first, and whether the viewer's is among them all.
fn reactions(json: &str, viewer: &UserId) -> Result<Vec<Reaction>, Fault> {
    let found: Vec<(Emoji, u64, Vec<UserId>, bool)> = serde_json::from_str(json).map_err(Fault::damaged)?;
    let reaction = |(emoji, count, mut users, is_own): (_, _, Vec<UserId>, _)| {
        if is_own && !users.contains(viewer) {
            users.push(viewer.clone());
        }
        Reaction { emoji, count, users }
    };
    Ok(found.into_iter().map(reaction).collect())
}

/// `total, last_seq, last_at`; the last two are null where there is nothing.
fn replies(fields: &mut Fields<'_>) -> Result<Option<Replies>, Fault> {
    if fields.is_null()? {
        fields.skip(3);
        return Ok(None);
    }
    let count = fields.number()?;
    if count == 0 {
        fields.skip(2);
        return Ok(None);
    }
    Ok(Some(Replies { count, last_seq: fields.seq()?, last_at: fields.time()? }))
}
