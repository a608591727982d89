//! Reads what the decisions of several commands depend on, inside the transaction that will hold their changes.
//!
//! One query for each sort of row, whatever the number of commands. The rooms are not among them: they were locked and
//! read before.

use std::collections::{HashMap, HashSet};

use chinwag_chat::{
    ClientId, DirectKey, Facts, Member, Message, Room, RoomCommand, RoomId, Subject, User, UserId,
};
use sqlx::PgConnection;

use crate::fault::Fault;
use crate::fields::Fields;
use crate::job::Job;

pub(crate) const PEOPLE: &str = "
    SELECT q.room, u.id, u.name, u.display_name, m.role IS NULL, m.role, m.joined_at, m.read_seq
    FROM unnest($1::bytea[], $2::text[]) AS q (room, user_id)
    JOIN users u ON u.id = q.user_id
    LEFT JOIN members m ON m.room = q.room AND m.user_id = q.user_id";

pub(crate) const DUPLICATES: &str = "
    SELECT m.room, m.seq, m.rev, m.id, m.client_id, m.created_at, m.text, u.id, u.name, u.display_name
    FROM unnest($1::bytea[], $2::text[], $3::text[]) AS q (room, sender, client_id)
    JOIN messages m ON m.room = q.room AND m.sender = q.sender AND m.client_id = q.client_id
    JOIN users u ON u.id = m.sender";

pub(crate) const DIRECTS: &str = "
    SELECT id, kind, name, direct_key, head_seq, head_rev, member_count, created_at, active_at
    FROM rooms WHERE direct_key = ANY($1)";

/// The longest-serving admin, else member. Of those who came in the same millisecond the one of the smaller id, so
/// that every store names the same.
pub(crate) const HEIR: &str = "
    SELECT u.id, u.name, u.display_name
    FROM members m JOIN users u ON u.id = m.user_id
    WHERE m.room = $1 AND m.user_id <> $2
    ORDER BY m.role = 'admin' DESC, m.joined_at, m.user_id LIMIT 1";

/// What is known for some commands.
#[derive(Default)]
pub(crate) struct Known {
    people: HashMap<(RoomId, UserId), (User, Option<Member>)>,
    messages: HashMap<(RoomId, UserId, ClientId), Message>,
    directs: Vec<Room>,
    heirs: HashMap<(RoomId, UserId), User>,
}

impl Known {
    /// Reads what these commands need.
    pub(crate) async fn read(transaction: &mut PgConnection, jobs: &[Job]) -> Result<Self, Fault> {
        let mut known = Self::default();
        let mut people = HashSet::new();
        let mut messages = Vec::new();
        let mut directs = Vec::new();
        for Job { command, .. } in jobs {
            let needs = command.needs();
            people.extend(needs.subjects.into_iter().map(|subject| (command.room, subject)));
            people.insert((command.room, command.actor.clone()));
            messages.extend(needs.client_id.map(|id| (command.room, command.actor.clone(), id)));
            directs.extend(needs.direct);
            if needs.heir {
                known.read_heir(transaction, command).await?;
            }
        }
        known.read_people(transaction, &people).await?;
        known.read_messages(transaction, &messages).await?;
        known.read_directs(transaction, &directs).await?;
        Ok(known)
    }

    /// The facts for a command; nothing where there is no such actor.
    pub(crate) fn facts(&self, command: &RoomCommand, room: Option<&Room>) -> Option<Facts> {
        let person = |id: &UserId| self.people.get(&(command.room, id.clone())).cloned();
        let needs = command.needs();
        let (actor, actor_member) = person(&command.actor)?;
        let subjects = needs.subjects.iter().filter_map(person);
        let message = |id| self.messages.get(&(command.room, command.actor.clone(), id)).cloned();
        let direct =
            |key: DirectKey| self.directs.iter().find(|room| room.direct.as_ref() == Some(&key)).cloned();
        Some(Facts {
            actor,
            actor_member,
            room: room.cloned(),
            subjects: subjects.map(|(user, member)| Subject { user, member }).collect(),
            duplicate: needs.client_id.and_then(message),
            direct: needs.direct.and_then(direct),
            heir: self.heirs.get(&(command.room, command.actor.clone())).cloned(),
        })
    }

    /// Takes note of a message that an earlier command of the same transaction has written.
    pub(crate) fn learn(&mut self, message: Message) {
        self.messages.insert((message.room, message.sender.id.clone(), message.client_id.clone()), message);
    }

    async fn read_people(
        &mut self,
        transaction: &mut PgConnection,
        wanted: &HashSet<(RoomId, UserId)>,
    ) -> Result<(), Fault> {
        let rooms: Vec<[u8; 16]> = wanted.iter().map(|(room, _)| room.to_bytes()).collect();
        let users: Vec<&str> = wanted.iter().map(|(_, user)| user.as_str()).collect();
        for row in sqlx::query(PEOPLE).bind(rooms).bind(users).fetch_all(transaction).await? {
            let mut fields = Fields::of(&row);
            let (room, user) = (fields.room_id()?, fields.user()?);
            let member = if fields.flag()? { None } else { Some(fields.member(user.clone())?) };
            self.people.insert((room, user.id.clone()), (user, member));
        }
        Ok(())
    }

    async fn read_messages(
        &mut self,
        transaction: &mut PgConnection,
        wanted: &[(RoomId, UserId, ClientId)],
    ) -> Result<(), Fault> {
        if wanted.is_empty() {
            return Ok(());
        }
        let rooms: Vec<[u8; 16]> = wanted.iter().map(|(room, ..)| room.to_bytes()).collect();
        let senders: Vec<&str> = wanted.iter().map(|(_, sender, _)| sender.as_str()).collect();
        let client_ids: Vec<&str> = wanted.iter().map(|(.., id)| id.as_str()).collect();
        let query = sqlx::query(DUPLICATES).bind(rooms).bind(senders).bind(client_ids);
        for row in query.fetch_all(transaction).await? {
            let mut fields = Fields::of(&row);
            let room = fields.room_id()?;
            self.learn(fields.message(room)?);
        }
        Ok(())
    }

    async fn read_directs(
        &mut self,
        transaction: &mut PgConnection,
        wanted: &[DirectKey],
    ) -> Result<(), Fault> {
        if wanted.is_empty() {
            return Ok(());
        }
        let keys: Vec<&str> = wanted.iter().map(DirectKey::as_str).collect();
        for row in sqlx::query(DIRECTS).bind(keys).fetch_all(transaction).await? {
            self.directs.push(Fields::of(&row).room()?);
        }
        Ok(())
    }

    async fn read_heir(
        &mut self,
        transaction: &mut PgConnection,
        command: &RoomCommand,
    ) -> Result<(), Fault> {
        let query = sqlx::query(HEIR).bind(command.room.to_bytes()).bind(command.actor.as_str());
        if let Some(row) = query.fetch_optional(transaction).await? {
            self.heirs.insert((command.room, command.actor.clone()), Fields::of(&row).user()?);
        }
        Ok(())
    }
}
