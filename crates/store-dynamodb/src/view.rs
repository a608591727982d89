//! Rooms and messages as one user sees them.

use std::collections::HashMap;

use chinwag_chat::{
    Cursor, Message, MessageView, Reaction, RoomId, RoomKind, RoomView, Seq, StoreError, User, UserId,
};

use crate::item::Item;
use crate::keys;
use crate::people;
use crate::people::parsed;
use crate::records::{
    MemberRecord, MentionRecord, MessageRecord, ReactionRecord, RoomRecord, nothing_unread,
};
use crate::table::{Range, Table};

/// How many messages that mention somebody are looked at in one request.
const MENTIONS_AT_ONCE: usize = 500;
/// The most that is counted.
const MAX_UNREAD: usize = 100;
const _: () = assert!(MAX_UNREAD as u64 == Cursor::MAX_UNREAD);

/// The room as the user sees it, whether or not they may.
pub(crate) async fn room(
    table: &Table,
    room: RoomRecord,
    member: Option<MemberRecord>,
    user: &UserId,
) -> Result<RoomView, StoreError> {
    // To somebody who has not joined nothing is unread.
    let cursor = match &member {
        Some(member) => cursor(table, &room, user, member.read_seq).await?,
        None => nothing_unread(room.seq),
    };
    Ok(RoomView {
        peer: peer(table, &room, user).await?,
        last_message: newest(table, &room).await?,
        id: room.id,
        kind: room.kind,
        name: room.name,
        role: member.as_ref().map(|member| member.role),
        member_count: room.member_count,
        head_seq: room.seq,
        head_rev: room.rev,
        read_seq: cursor.read_seq,
        unread: cursor.unread,
        mentions: cursor.mentions,
        notifications: member.map(|member| member.notifications(room.kind)),
        created_at: room.created_at,
        settings: room.settings,
    })
}

/// The newest message that is shown among the room's.
async fn newest(table: &Table, room: &RoomRecord) -> Result<Option<Message>, StoreError> {
    if room.seq == Seq::ZERO {
        return Ok(None);
    }
    let newest = Range::all(keys::messages_partition(room.id))
        .newest_first()
        .filter("attribute_not_exists(in_thread) AND attribute_not_exists(deleted)", vec![])
        .limit(1);
    let newest = table.range(&newest).await?;
    newest.first().map(|item| item.record::<MessageRecord>().map(|record| record.message)).transpose()
}

/// The other one of a direct room.
async fn peer(table: &Table, room: &RoomRecord, user: &UserId) -> Result<Option<User>, StoreError> {
    if room.kind != RoomKind::Direct {
        return Ok(None);
    }
    let members = table.range(&Range::beginning(keys::room_partition(room.id), keys::MEMBERS)).await?;
    let ids = members.iter().filter_map(|item| item.key.sk.strip_prefix(keys::MEMBERS));
    let Some(other) = ids.into_iter().find(|id| *id != user.as_str()) else { return Ok(None) };
    Ok(people::users(table, &[parsed(other)?]).await?.pop())
}

/// What a member has not read who has read up to there. Nothing is counted where there is nothing after it.
pub(crate) async fn cursor(
    table: &Table,
    room: &RoomRecord,
    user: &UserId,
    read_seq: Seq,
) -> Result<Cursor, StoreError> {
    if read_seq >= room.seq {
        return Ok(nothing_unread(read_seq));
    }
    let unread = Range::all(keys::messages_partition(room.id))
        .after(&keys::digits(read_seq.0))
        .filter("attribute_not_exists(in_thread) AND attribute_not_exists(deleted)", vec![])
        .limit(MAX_UNREAD);
    let unread = table.count(&unread).await?;
    Ok(Cursor { read_seq, unread, mentions: mentions(table, room.id, user, read_seq).await? })
}

/// How many messages after that one mention the user.
async fn mentions(table: &Table, room: RoomId, user: &UserId, read_seq: Seq) -> Result<u64, StoreError> {
    let (mut count, mut after) = (0, keys::digits(read_seq.0));
    loop {
        let range = Range::all(keys::mentions_partition(room)).after(&after).limit(MENTIONS_AT_ONCE);
        let found = table.range(&range).await?;
        for item in &found {
            let MentionRecord { sender, mentions, .. } = item.record()?;
            if mentions.users.contains(user) || (mentions.room && sender != *user) {
                count += 1;
            }
        }
        match found.last() {
            Some(last) if found.len() >= MENTIONS_AT_ONCE && count < Cursor::MAX_UNREAD => {
                after.clone_from(&last.key.sk);
            }
            _ => return Ok(count.min(Cursor::MAX_UNREAD)),
        }
    }
}

/// Messages of a room, in their order, with what others added to them.
pub(crate) async fn messages(
    table: &Table,
    room: RoomId,
    viewer: &UserId,
    records: Vec<MessageRecord>,
) -> Result<Vec<MessageView>, StoreError> {
    let mut reactions = reactions(table, room, &records).await?;
    let views = records.into_iter().map(|MessageRecord { message, thread }| MessageView {
        reactions: kinds(reactions.remove(&message.seq).unwrap_or_default(), viewer),
        replies: thread.and_then(crate::records::ThreadSummary::replies),
        message,
    });
    Ok(views.collect())
}

/// What was put under these messages, the earliest first. Under those that were deleted there may be something left that
/// nobody is to see.
pub(crate) async fn reactions(
    table: &Table,
    room: RoomId,
    records: &[MessageRecord],
) -> Result<HashMap<Seq, Vec<ReactionRecord>>, StoreError> {
    let shown = || records.iter().map(|record| &record.message).filter(|message| !message.is_deleted());
    let seqs = || shown().map(|message| message.seq);
    let mut reactions: HashMap<Seq, Vec<ReactionRecord>> = seqs().map(|seq| (seq, vec![])).collect();
    let Some((first, last)) = seqs().min().zip(seqs().max()) else { return Ok(reactions) };
    let until = Range::beginning(String::new(), &keys::reactions_of(last)).to;
    let range = Range::between(keys::reactions_partition(room), keys::reactions_of(first), until);
    for item in table.range(&range).await? {
        let reaction: ReactionRecord = item.record()?;
        if let Some(of_message) = reactions.get_mut(&reaction.seq) {
            of_message.push(reaction);
        }
    }
    reactions.values_mut().for_each(|of_message| of_message.sort_by_key(|reaction| reaction.rev));
    Ok(reactions)
}

fn kinds(reactions: Vec<ReactionRecord>, viewer: &UserId) -> Vec<Reaction> {
    let mut kinds: Vec<Reaction> = vec![];
    for ReactionRecord { emoji, user, .. } in reactions {
        let is_named = |reaction: &Reaction| reaction.users.len() < Reaction::MAX_USERS || user == *viewer;
        match kinds.iter_mut().find(|reaction| reaction.emoji == emoji) {
            Some(reaction) => {
                reaction.count += 1;
                if is_named(reaction) {
                    reaction.users.push(user);
                }
            }
            None => kinds.push(Reaction { emoji, count: 1, users: vec![user] }),
        }
    }
    kinds
}

/// The records of items.
pub(crate) fn records(items: &[Item]) -> Result<Vec<MessageRecord>, StoreError> {
    items.iter().map(Item::record).collect()
}
