//! Threads: their messages, who takes part, and what the message knows of them that they began with.

use chinwag_chat::store::ThreadView;
use chinwag_chat::{Cursor, Message, RoomId, Seq, StoreError, UserId};

use crate::item::NewItem;
use crate::keys;
use crate::records::{MessageRecord, ReplyRecord, ThreadSummary};
use crate::table::{Range, Table};
use crate::unit::{MAX_ITEMS, Unit};
use crate::view;

/// A new message, in its thread if it has one.
pub(crate) async fn take(unit: &mut Unit<'_>, message: &Message) -> Result<(), StoreError> {
    let Some(root) = message.details.thread else { return Ok(()) };
    unit.put(ReplyRecord::of(message).item(message.room, root)?);
    let key = keys::message(message.room, root);
    let Some(mut beginning) = unit.read::<MessageRecord>(&key).await? else { return Ok(()) };
    let at = message.created_at;
    let new = ThreadSummary { count: 0, last_seq: message.seq, last_at: at, newest_at: at };
    let thread = beginning.thread.get_or_insert(new);
    thread.newest_at = at;
    if !message.is_deleted() {
        *thread = ThreadSummary { count: thread.count + 1, ..new };
    }
    unit.put(beginning.item()?);
    Ok(())
}

/// A message that was deleted, in its thread if it has one.
pub(crate) async fn lose(unit: &mut Unit<'_>, message: &Message) -> Result<(), StoreError> {
    let Some(root) = message.details.thread else { return Ok(()) };
    let key = keys::thread_message(message.room, root, message.seq);
    let Some(reply) = unit.read::<ReplyRecord>(&key).await? else { return Ok(()) };
    if reply.is_deleted {
        return Ok(());
    }
    unit.put(ReplyRecord { is_deleted: true, ..reply }.item(message.room, root)?);
    let beginning_key = keys::message(message.room, root);
    let Some(mut beginning) = unit.read::<MessageRecord>(&beginning_key).await? else { return Ok(()) };
    // As many as a transaction may have deleted by now, and one that is left.
    let newest = Range::all(keys::thread_partition(message.room, root))
        .newest_first()
        .filter("attribute_not_exists(deleted)", vec![])
        .limit(MAX_ITEMS);
    let left: Vec<(String, ReplyRecord)> = unit.range(&newest).await?;
    let last = left.iter().rev().map(|(_, reply)| reply).find(|reply| !reply.is_deleted);
    if let Some(thread) = &mut beginning.thread {
        thread.count = thread.count.saturating_sub(1);
        if let Some(last) = last {
            (thread.last_seq, thread.last_at) = (last.seq, last.at);
        }
    }
    unit.put(beginning.item()?);
    Ok(())
}

/// The user takes part, and has read so far, if not further. Says how far.
pub(crate) async fn follow(
    unit: &mut Unit<'_>,
    room: RoomId,
    root: Seq,
    user: &UserId,
    read_seq: Seq,
) -> Result<Seq, StoreError> {
    let key = keys::followed(user, room, root);
    let before = unit.read::<Seq>(&key).await?;
    let after = read_seq.max(before.unwrap_or_default());
    if before != Some(after) {
        unit.put(NewItem::of(key, &after)?);
    }
    Ok(after)
}

/// A thread as one who takes part in it sees it; nothing where it has no beginning.
pub(crate) async fn view_of(
    table: &Table,
    room: RoomId,
    root: Seq,
    user: &UserId,
    read_seq: Seq,
) -> Result<Option<ThreadView>, StoreError> {
    let Some(beginning) = table.get(&keys::message(room, root)).await? else { return Ok(None) };
    let mut views = view::messages(table, room, user, vec![beginning.record()?]).await?;
    let Some(beginning) = views.pop() else { return Ok(None) };
    let most = usize::try_from(Cursor::MAX_UNREAD).unwrap_or(usize::MAX);
    let unread = Range::all(keys::thread_partition(room, root))
        .after(&keys::digits(read_seq.0))
        .filter("attribute_not_exists(deleted) AND sender <> :user", vec![(":user", user.to_string())])
        .limit(most);
    let unread = table.count(&unread).await?;
    Ok(Some(ThreadView { root: beginning, read_seq, unread }))
}
