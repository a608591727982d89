//! Puts what was decided into a unit of work.

use chinwag_chat::rules::Write;
use chinwag_chat::{
    Edit, Emoji, Message, Rev, Role, Room, RoomChange, RoomId, RoomKind, RoomName, Seq, StoreError,
    StoredEvent, Timestamp, UserChange, UserEvent, UserId,
};

use crate::audit;
use crate::files;
use crate::item::NewItem;
use crate::keys;
use crate::moderation::BanRecord;
use crate::records::{
    ChangeRecord, ListedRoom, MemberRecord, MentionRecord, MessageRecord, ReactionRecord, RoomRecord,
    UserChangeRecord, UserHead,
};
use crate::table::Range;
use crate::threads;
use crate::unit::Unit;

/// Writes one row. `before` are the messages of the command as they were.
pub(crate) async fn apply(
    unit: &mut Unit<'_>,
    room: RoomId,
    write: Write,
    before: &[Message],
    at: Timestamp,
) -> Result<(), StoreError> {
    match write {
        Write::InsertRoom(room) => insert_room(unit, &room).await,
        Write::SetRoomName(name) => rename(unit, room, name).await,
        Write::SetRoomSettings(settings) => change_room(unit, room, |room| room.settings = settings).await,
        Write::SetHead(head, active_at) => {
            change_room(unit, room, |room| {
                (room.seq, room.rev) = (head.seq, head.rev);
                // Never back: a search begins with the rooms that may have something newer than it has found.
                room.active_at = room.active_at.max(active_at.unwrap_or(room.active_at));
            })
            .await
        }
        Write::InsertMember { user, role, read_seq, joined_at } => {
            insert_member(unit, room, &user, MemberRecord::new(role, joined_at, read_seq)).await
        }
        Write::SetRole(user, role) => set_role(unit, room, &user, role).await,
        Write::DeleteMember(user) => delete_member(unit, room, &user).await,
        Write::PutBan(ban) => {
            unit.replace(NewItem::bare(keys::banned(&ban.user, room)));
            unit.replace(NewItem::of(keys::ban(room, &ban.user), &BanRecord::of(&ban))?);
            Ok(())
        }
        Write::DeleteBan(user) => {
            let both = [keys::ban(room, &user), keys::banned(&user, room)];
            unit.fetch(both.clone()).await?;
            both.iter().for_each(|key| unit.delete(key));
            Ok(())
        }
        Write::SetMute(user, until) => {
            change_member(unit, room, &user, |member| member.muted_until = until).await
        }
        Write::NotePost(user, at) => {
            change_member(unit, room, &user, |member| member.posted_at = Some(at)).await
        }
        Write::SetBlocked(user) => change_member(unit, room, &user, |member| member.is_blocked = true).await,
        Write::Note(note) => audit::note(unit, &note, at).await,
        Write::InsertMessage(message) => insert_message(unit, message).await,
        Write::AdvanceReadCursor(user, seq) => {
            change_member(unit, room, &user, |member| {
                member.read_seq = member.read_seq.max(seq);
                member.delivered_seq = member.delivered_seq.max(seq);
            })
            .await
        }
        Write::ReviseMessage(message) => revise_message(unit, message).await,
        Write::KeepEdit(seq, edit) => keep_edit(unit, room, seq, &edit).await,
        Write::AttachFiles(seq, ids) => files::attach(unit, room, seq, &ids).await,
        Write::ForgetMessage(seq) => {
            forget_edits(unit, room, seq).await?;
            let before = before.iter().find(|message| message.seq == seq);
            let attached = before.map(|message| message.details.attachments.as_slice()).unwrap_or_default();
            for file in attached {
                files::give_up(unit, file.id).await?;
            }
            Ok(())
        }
        Write::InsertReaction(seq, emoji, user, rev) => insert_reaction(unit, room, seq, emoji, user, rev),
        Write::DeleteReaction(seq, emoji, user) => {
            let both = [keys::reaction(room, seq, &emoji, &user), keys::reacted(&user, room, seq, &emoji)];
            unit.fetch(both.clone()).await?;
            both.iter().for_each(|key| unit.delete(key));
            Ok(())
        }
        Write::FollowThread { root, user, read_seq } => {
            threads::follow(unit, room, root, &user, read_seq).await.map(drop)
        }
    }
}

/// Appends a change to the room's log. There is none of that number, whatever happens.
pub(crate) fn append(unit: &mut Unit<'_>, change: &RoomChange) -> Result<(), StoreError> {
    let stored = StoredEvent::of(&change.event).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let StoredEvent { json: event, message } = stored;
    let record = ChangeRecord { rev: change.rev, at: change.at, event, message };
    unit.put(NewItem::of(keys::change(change.room, change.rev), &record)?);
    Ok(())
}

/// Appends to a user's own log, after its head.
pub(crate) async fn tell(
    unit: &mut Unit<'_>,
    user: UserId,
    event: UserEvent,
    at: Timestamp,
) -> Result<UserChange, StoreError> {
    let head = keys::user_head(&user);
    let known = unit.read::<UserHead>(&head).await?.unwrap_or_default();
    let rev = known.rev.next();
    unit.put(NewItem::of(head, &UserHead { rev, ..known })?);
    let record = UserChangeRecord { rev, at, event };
    unit.put(NewItem::of(keys::user_change(&user, rev), &record)?);
    Ok(UserChange { user, rev, at, event: record.event })
}

async fn change_room(
    unit: &mut Unit<'_>,
    id: RoomId,
    change: impl FnOnce(&mut RoomRecord),
) -> Result<(), StoreError> {
    if let Some(mut room) = unit.read::<RoomRecord>(&keys::room(id)).await? {
        change(&mut room);
        unit.put(room.item()?);
    }
    Ok(())
}

async fn change_member(
    unit: &mut Unit<'_>,
    room: RoomId,
    user: &UserId,
    change: impl FnOnce(&mut MemberRecord),
) -> Result<(), StoreError> {
    let key = keys::member(room, user);
    if let Some(mut member) = unit.read::<MemberRecord>(&key).await? {
        change(&mut member);
        unit.put(NewItem::of(key, &member)?);
    }
    Ok(())
}

async fn insert_room(unit: &mut Unit<'_>, room: &Room) -> Result<(), StoreError> {
    unit.put(RoomRecord::of(room).item()?);
    if let Some(key) = &room.direct {
        let key = keys::direct(key);
        unit.fetch([key.clone()]).await?;
        unit.put(NewItem::of(key, &room.id)?);
    }
    list_room(unit, room.id, room.kind, room.name.as_ref())
}

/// Lists a room where rooms are looked for.
fn list_room(
    unit: &mut Unit<'_>,
    id: RoomId,
    kind: RoomKind,
    name: Option<&RoomName>,
) -> Result<(), StoreError> {
    let listed = ListedRoom::of(id, name);
    unit.replace(NewItem::of(keys::listed_room(id), &listed)?);
    if kind == RoomKind::Public {
        unit.replace(NewItem::of(keys::public_room(id), &listed)?);
    }
    Ok(())
}

async fn rename(unit: &mut Unit<'_>, id: RoomId, name: RoomName) -> Result<(), StoreError> {
    let Some(mut room) = unit.read::<RoomRecord>(&keys::room(id)).await? else { return Ok(()) };
    list_room(unit, id, room.kind, Some(&name))?;
    room.name = Some(name);
    unit.put(room.item()?);
    Ok(())
}

async fn insert_member(
    unit: &mut Unit<'_>,
    room: RoomId,
    user: &UserId,
    member: MemberRecord,
) -> Result<(), StoreError> {
    let key = keys::member(room, user);
    unit.fetch([key.clone()]).await?;
    unit.put(NewItem::of(key, &member)?);
    unit.replace(NewItem::of(keys::room_of(user, room), &room)?);
    change_room(unit, room, |room| room.member_count += 1).await
}

async fn delete_member(unit: &mut Unit<'_>, room: RoomId, user: &UserId) -> Result<(), StoreError> {
    let both = [keys::member(room, user), keys::room_of(user, room)];
    unit.fetch(both.clone()).await?;
    both.iter().for_each(|key| unit.delete(key));
    change_room(unit, room, |room| room.member_count = room.member_count.saturating_sub(1)).await
}

async fn set_role(unit: &mut Unit<'_>, room: RoomId, user: &UserId, role: Role) -> Result<(), StoreError> {
    change_member(unit, room, user, |member| member.role = role).await
}

async fn insert_message(unit: &mut Unit<'_>, message: Message) -> Result<(), StoreError> {
    let (room, sender) = (message.room, &message.sender.id);
    let sent = keys::sent(room, sender, &message.client_id);
    unit.fetch([sent.clone()]).await?;
    unit.put(NewItem::of(sent, &message.seq)?);
    unit.replace(NewItem::of(keys::wrote(sender, room), &room)?);
    mention(unit, &message, true).await?;
    threads::take(unit, &message).await?;
    unit.put(MessageRecord { message, thread: None }.item()?);
    Ok(())
}

async fn revise_message(unit: &mut Unit<'_>, message: Message) -> Result<(), StoreError> {
    let key = keys::message(message.room, message.seq);
    let Some(before) = unit.read::<MessageRecord>(&key).await? else { return Ok(()) };
    if message.details.mentions != before.message.details.mentions {
        mention(unit, &message, false).await?;
    }
    let pin = keys::pin(message.room, message.seq);
    unit.fetch([pin.clone()]).await?;
    if message.details.pinned_at.is_some() {
        unit.put(NewItem::of(pin, &message.seq)?);
    } else {
        unit.delete(&pin);
    }
    if message.is_deleted() && !before.message.is_deleted() {
        threads::lose(unit, &message).await?;
    }
    // Read again: the message may be the beginning of the thread that has just lost it.
    let thread = unit.read::<MessageRecord>(&key).await?.and_then(|record| record.thread);
    unit.put(MessageRecord { message, thread }.item()?);
    Ok(())
}

/// Notes whom a message mentions, so that what mentions somebody is counted without reading everything.
async fn mention(unit: &mut Unit<'_>, message: &Message, is_new: bool) -> Result<(), StoreError> {
    let key = keys::mention(message.room, message.seq);
    let mentions = message.details.mentions.clone();
    if !is_new {
        unit.fetch([key.clone()]).await?;
    }
    if mentions.is_empty() {
        unit.delete(&key);
    } else {
        let record = MentionRecord { seq: message.seq, sender: message.sender.id.clone(), mentions };
        unit.put(NewItem::of(key, &record)?);
    }
    Ok(())
}

async fn keep_edit(unit: &mut Unit<'_>, room: RoomId, seq: Seq, edit: &Edit) -> Result<(), StoreError> {
    unit.put(NewItem::of(keys::edit(room, seq, edit.rev), edit)?);
    let kept: Vec<(String, Edit)> = unit.range(&edits_of(room, seq)).await?;
    let too_many = kept.len().saturating_sub(Edit::MAX_KEPT);
    for (_, edit) in kept.iter().take(too_many) {
        unit.delete(&keys::edit(room, seq, edit.rev));
    }
    Ok(())
}

async fn forget_edits(unit: &mut Unit<'_>, room: RoomId, seq: Seq) -> Result<(), StoreError> {
    for (_, edit) in unit.range::<Edit>(&edits_of(room, seq)).await? {
        unit.delete(&keys::edit(room, seq, edit.rev));
    }
    Ok(())
}

pub(crate) fn edits_of(room: RoomId, seq: Seq) -> Range {
    Range::beginning(keys::edits_partition(room), &keys::edits_of(seq))
}

fn insert_reaction(
    unit: &mut Unit<'_>,
    room: RoomId,
    seq: Seq,
    emoji: Emoji,
    user: UserId,
    rev: Rev,
) -> Result<(), StoreError> {
    unit.replace(NewItem::bare(keys::reacted(&user, room, seq, &emoji)));
    let key = keys::reaction(room, seq, &emoji, &user);
    unit.replace(NewItem::of(key, &ReactionRecord { seq, emoji, user, rev })?);
    Ok(())
}
