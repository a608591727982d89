//! The rows that some decisions write, gathered so that one statement writes all of a sort.

use std::collections::{BTreeMap, BTreeSet};

use chinwag_chat::outbox::NewWork;
use chinwag_chat::rules::Write;
use chinwag_chat::search::fold;
use chinwag_chat::{
    DirectKey, Message, Role, Room, RoomChange, RoomEvent, RoomId, RoomName, RoomSettings, Seq, StoredEvent,
    Timestamp, UserChange, UserEvent, UserId,
};
use sqlx::PgConnection;

use crate::fault::Fault;
use crate::fields::signed;
use crate::held::RoomsHeld;
use crate::ordered::Order;
use crate::outbox::owe;
use crate::posted::{Aside, POSTED, POSTED_WITH_ASIDE};
use crate::revised::Revision;
use crate::search::index;
use crate::user_log::{Told, tell};

/// What is to be written.
#[derive(Default)]
pub(crate) struct Rows {
    rooms: Vec<Room>,
    names: Vec<(RoomId, RoomName)>,
    settings: Vec<(RoomId, RoomSettings)>,
    gone: Vec<(RoomId, UserId)>,
    members: Vec<NewMember>,
    roles: Vec<(RoomId, UserId, Role)>,
    messages: Vec<Message>,
    cursors: BTreeMap<(RoomId, UserId), Seq>,
    /// How far people have read the threads that they take part in.
    threads: BTreeMap<(RoomId, Seq, UserId), Seq>,
    revisions: Vec<(RoomId, Revision)>,
    orders: Vec<(RoomId, Order)>,
    /// With the room's newest message at that change.
    changes: Vec<(Seq, RoomChange)>,
    told: Vec<Told>,
    work: Vec<NewWork>,
    moved: BTreeSet<RoomId>,
}

struct NewMember {
    room: RoomId,
    user: UserId,
    role: Role,
    read_seq: Seq,
    joined_at: Timestamp,
}

impl Rows {
    fn is_empty(&self) -> bool {
        // Whatever is decided moves its room's head.
        self.moved.is_empty()
    }

    /// Takes what was decided for the `n`th command of a run, and moves its room on to where it then is.
    #[expect(clippy::too_many_arguments, reason = "a decision's parts, each by its name")]
    pub(crate) fn take(
        &mut self,
        n: usize,
        room: RoomId,
        rooms: &mut RoomsHeld,
        writes: Vec<Write>,
        changes: &[RoomChange],
        user_events: Vec<(UserId, UserEvent)>,
        at: Timestamp,
    ) {
        let mut seq = rooms.get(&room).map_or(Seq::ZERO, |room| room.head.seq);
        for write in writes {
            self.take_write(room, rooms, write, at);
        }
        for change in changes {
            match &change.event {
                // The row of a message is its change already; see the schema.
                RoomEvent::MessageCreated { message } => seq = message.seq,
                _ => self.changes.push((seq, change.clone())),
            }
        }
        self.told.extend(user_events.into_iter().map(|(user, event)| Told { n, user, event, at }));
    }

    /// Takes the work that follows what was decided.
    pub(crate) fn owe(&mut self, work: Vec<NewWork>) {
        self.work.extend(work);
    }

    /// Takes a row of a decision.
    fn take_write(&mut self, id: RoomId, rooms: &mut RoomsHeld, write: Write, at: Timestamp) {
        if let Write::InsertRoom(room) = &write {
            rooms.insert(id, room.clone());
        }
        if let Some(room) = rooms.get_mut(&id) {
            self.moved.insert(id);
            match &write {
                Write::SetRoomName(name) => room.name = Some(name.clone()),
                Write::SetRoomSettings(settings) => room.settings = *settings,
                Write::SetHead(head, active_at) => {
                    room.head = *head;
                    room.active_at = active_at.unwrap_or(room.active_at);
                }
                Write::InsertMember { .. } => room.member_count += 1,
                Write::DeleteMember(_) => room.member_count = room.member_count.saturating_sub(1),
                _ => {}
            }
        }
        match write {
            Write::InsertRoom(room) => self.rooms.push(room),
            Write::SetRoomName(name) => self.names.push((id, name)),
            Write::SetRoomSettings(settings) => self.settings.push((id, settings)),
            Write::SetHead(..) => {}
            Write::InsertMember { user, role, read_seq, joined_at } => {
                self.members.push(NewMember { room: id, user, role, read_seq, joined_at });
            }
            Write::SetRole(user, role) => self.roles.push((id, user, role)),
            Write::DeleteMember(user) => self.gone.push((id, user)),
            Write::PutBan(ban) => self.orders.push((id, Order::Ban(ban))),
            Write::DeleteBan(user) => self.orders.push((id, Order::NoBan(user))),
            Write::SetMute(user, until) => self.orders.push((id, Order::Mute(user, until))),
            Write::NotePost(user, at) => self.orders.push((id, Order::Posted(user, at))),
            Write::SetBlocked(user) => self.orders.push((id, Order::Blocked(user))),
            Write::Note(note) => self.orders.push((id, Order::Note(at, note))),
            Write::InsertMessage(message) => self.messages.push(message),
            Write::AdvanceReadCursor(user, seq) => {
                let cursor = self.cursors.entry((id, user)).or_default();
                *cursor = seq.max(*cursor);
            }
            Write::FollowThread { root, user, read_seq } => {
                let cursor = self.threads.entry((id, root, user)).or_default();
                *cursor = read_seq.max(*cursor);
            }
            Write::ReviseMessage(message) => self.revisions.push((id, Revision::Message(Box::new(message)))),
            Write::KeepEdit(seq, edit) => self.revisions.push((id, Revision::Edit(seq, edit))),
            Write::AttachFiles(seq, ids) => self.revisions.push((id, Revision::Attached(seq, ids))),
            Write::ForgetMessage(seq) => self.revisions.push((id, Revision::Forgotten(seq))),
            Write::InsertReaction(seq, emoji, user, rev) => {
                self.revisions.push((id, Revision::Reaction(seq, emoji, user, rev)));
            }
            Write::DeleteReaction(seq, emoji, user) => {
                self.revisions.push((id, Revision::NoReaction(seq, emoji, user)));
            }
        }
    }

    /// Writes all of it. What was appended to users' own logs, each with the command it is of.
    pub(crate) async fn write(
        self,
        transaction: &mut PgConnection,
        rooms: &RoomsHeld,
    ) -> Result<Vec<(usize, UserChange)>, Fault> {
        if self.is_empty() {
            return Ok(vec![]);
        }
        self.write_rooms(transaction).await?;
        self.write_members(transaction).await?;
        for (room, order) in &self.orders {
            order.write(transaction, *room).await?;
        }
        self.write_changes(transaction).await?;
        self.write_posted(transaction, rooms).await?;
        // What is brought from elsewhere may have been revised there.
        for (room, revision) in &self.revisions {
            revision.write(transaction, *room).await?;
        }
        let told = tell(transaction, self.told).await?;
        owe(transaction, &self.work).await?;
        Ok(told)
    }

    async fn write_rooms(&self, transaction: &mut PgConnection) -> Result<(), Fault> {
        for room in &self.rooms {
            sqlx::query(
                "INSERT INTO rooms (id, kind, name, name_folded, direct_key, created_at, active_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(room.id.to_bytes())
            .bind(room.kind.as_str())
            .bind(room.name.as_ref().map(RoomName::as_str))
            .bind(room.name.as_ref().map(|name| fold(name.as_str())))
            .bind(room.direct.as_ref().map(DirectKey::as_str))
            .bind(room.created_at.unix_ms())
            .bind(room.active_at.unix_ms())
            .execute(&mut *transaction)
            .await?;
        }
        for (room, name) in &self.names {
            sqlx::query("UPDATE rooms SET name = $2, name_folded = $3 WHERE id = $1")
                .bind(room.to_bytes())
                .bind(name.as_str())
                .bind(fold(name.as_str()))
                .execute(&mut *transaction)
                .await?;
        }
        for (room, settings) in &self.settings {
            sqlx::query("UPDATE rooms SET settings = $2 WHERE id = $1")
                .bind(room.to_bytes())
                .bind(settings.to_stored().map_err(Fault::damaged)?)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(())
    }

    async fn write_members(&self, transaction: &mut PgConnection) -> Result<(), Fault> {
        for (room, user) in &self.gone {
            sqlx::query("DELETE FROM members WHERE room = $1 AND user_id = $2")
                .bind(room.to_bytes())
                .bind(user.as_str())
                .execute(&mut *transaction)
                .await?;
        }
        if !self.members.is_empty() {
            let members = &self.members;
            sqlx::query(
                "INSERT INTO members (room, user_id, role, joined_at, read_seq, delivered_seq)
                 SELECT *, read_seq FROM unnest($1::bytea[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
                     AS q (room, user_id, role, joined_at, read_seq)",
            )
            .bind(column(members, |member| member.room.to_bytes()))
            .bind(column(members, |member| member.user.as_str()))
            .bind(column(members, |member| member.role.as_str()))
            .bind(column(members, |member| member.joined_at.unix_ms()))
            .bind(column(members, |member| signed(member.read_seq.0)))
            .execute(&mut *transaction)
            .await?;
        }
        for (room, user, role) in &self.roles {
            sqlx::query("UPDATE members SET role = $3 WHERE room = $1 AND user_id = $2")
                .bind(room.to_bytes())
                .bind(user.as_str())
                .bind(role.as_str())
                .execute(&mut *transaction)
                .await?;
        }
        Ok(())
    }

    async fn write_changes(&self, transaction: &mut PgConnection) -> Result<(), Fault> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let changes = &self.changes;
        let events = changes.iter().map(|(_, change)| StoredEvent::of(&change.event));
        let events = events.collect::<Result<Vec<_>, _>>().map_err(Fault::damaged)?;
        sqlx::query(
            "INSERT INTO changes (room, rev, seq, at, event, message)
             SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[])",
        )
        .bind(column(changes, |(_, change)| change.room.to_bytes()))
        .bind(column(changes, |(_, change)| signed(change.rev.0)))
        .bind(column(changes, |(seq, _)| signed(seq.0)))
        .bind(column(changes, |(_, change)| change.at.unix_ms()))
        .bind(column(&events, |event| event.json.as_str()))
        .bind(column(&events, |event| event.message.map(|seq| signed(seq.0))))
        .execute(transaction)
        .await?;
        Ok(())
    }

    async fn write_posted(&self, transaction: &mut PgConnection, rooms: &RoomsHeld) -> Result<(), Fault> {
        let messages = &self.messages;
        let cursors: Vec<(&(RoomId, UserId), &Seq)> = self.cursors.iter().collect();
        let moved: Vec<&Room> = self.moved.iter().filter_map(|id| rooms.get(id)).collect();
        let aside = Aside::of(messages, &self.threads);
        let details = messages.iter().map(|message| message.details.to_stored());
        let details = details.collect::<Result<Vec<_>, _>>().map_err(Fault::damaged)?;
        let sql = if aside.is_empty() { POSTED } else { POSTED_WITH_ASIDE };
        let query = sqlx::query(sql)
            .bind(column(messages, |message| message.room.to_bytes()))
            .bind(column(messages, |message| signed(message.seq.0)))
            .bind(column(messages, |message| signed(message.rev.0)))
            .bind(column(messages, |message| message.id.to_bytes()))
            .bind(column(messages, |message| message.sender.id.as_str()))
            .bind(column(messages, |message| message.client_id.as_str()))
            .bind(column(messages, |message| message.created_at.unix_ms()))
            .bind(column(messages, |message| message.text.as_str()))
            .bind(column(messages, |message| message.details.thread.map(|root| signed(root.0))))
            .bind(details)
            .bind(column(messages, index::of))
            .bind(column(&cursors, |((room, _), _)| room.to_bytes()))
            .bind(column(&cursors, |((_, user), _)| user.as_str()))
            .bind(column(&cursors, |(_, seq)| signed(seq.0)))
            .bind(column(&moved, |room| room.id.to_bytes()))
            .bind(column(&moved, |room| signed(room.head.seq.0)))
            .bind(column(&moved, |room| signed(room.head.rev.0)))
            .bind(column(&moved, |room| signed(room.member_count)))
            .bind(column(&moved, |room| room.active_at.unix_ms()));
        let query = if aside.is_empty() { query } else { aside.bind(query) };
        query.execute(transaction).await?;
        Ok(())
    }
}

/// One column of some rows, as an array for `unnest`.
pub(crate) fn column<'a, T, V>(rows: &'a [T], value: impl Fn(&'a T) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}

/// An event as the logs keep it.
pub(crate) fn json(event: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(event).map_err(Fault::damaged)
}
