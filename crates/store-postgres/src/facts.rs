//! Reads what the decisions of several commands depend on, inside the transaction that will hold their changes.
//!
//! One query for each sort of row, whatever the number of commands. The rooms are not among them: they were locked and
//! read before.

pub(crate) mod messages;
pub(crate) mod order;

use std::collections::{HashMap, HashSet};

use chinwag_chat::{
    ClientId, DirectKey, Facts, FileId, Member, Message, ReactionFacts, Room, RoomCommand, RoomId, Seq,
    StoredFile, Subject, Timestamp, User, UserId, UserName,
};
use sqlx::PgConnection;

use crate::fault::Fault;
use crate::fields::Fields;
use crate::files::{FILES, stored_file};
use crate::job::Job;

pub(crate) const PEOPLE: &str = "
    SELECT q.room, u.id, u.name, u.display_name, u.avatar, u.bot, u.admin, u.disabled, m.role IS NULL, m.role,
           m.joined_at, m.read_seq, m.delivered_seq, m.muted_until, m.posted_at, m.blocked
    FROM unnest($1::bytea[], $2::text[]) AS q (room, user_id)
    JOIN users u ON u.id = q.user_id
    LEFT JOIN members m ON m.room = q.room AND m.user_id = q.user_id";

/// The same for those who post, with the message that they sent there under the same `client_id`.
pub(crate) const SENDERS: &str = "
    SELECT q.room, u.id, u.name, u.display_name, u.avatar, u.bot, u.admin, u.disabled, m.role IS NULL, m.role,
           m.joined_at, m.read_seq, m.delivered_seq, m.muted_until, m.posted_at, m.blocked,
           d.seq IS NULL, d.seq, d.rev, d.id, d.client_id, d.created_at, d.text, d.details,
           u.id, u.name, u.display_name, u.avatar, u.bot
    FROM unnest($1::bytea[], $2::text[], $3::text[]) AS q (room, user_id, client_id)
    JOIN users u ON u.id = q.user_id
    LEFT JOIN members m ON m.room = q.room AND m.user_id = q.user_id
    LEFT JOIN messages d ON d.room = q.room AND d.sender = q.user_id AND d.client_id = q.client_id";

pub(crate) const DIRECTS: &str = "
    SELECT id, kind, name, direct_key, head_seq, head_rev, member_count, created_at, active_at, settings
    FROM rooms WHERE direct_key = ANY($1)";

/// The longest-serving admin, else member. Of those who came in the same millisecond the one of the smaller id, so
/// that every store names the same.
pub(crate) const HEIR: &str = "
    SELECT u.id, u.name, u.display_name, u.avatar, u.bot
    FROM members m JOIN users u ON u.id = m.user_id
    WHERE m.room = $1 AND m.user_id <> $2
    ORDER BY m.role = 'admin' DESC, m.joined_at, m.user_id LIMIT 1";

/// Somebody, and what they are to the room and to the server.
#[derive(Clone)]
struct Person {
    user: User,
    is_admin: bool,
    is_disabled: bool,
    member: Option<Member>,
}

/// What is known for some commands.
#[derive(Default)]
pub(crate) struct Known {
    people: HashMap<(RoomId, UserId), Person>,
    /// By who sent them under which id of their own.
    sent: HashMap<(RoomId, UserId, ClientId), Message>,
    /// Those that commands name; nothing where there is none, or none yet.
    named: HashMap<(RoomId, Seq), Option<Message>>,
    /// With those of the senders from whom they want nothing.
    mentioned: HashMap<(RoomId, UserName), (User, Vec<UserId>)>,
    files: HashMap<FileId, StoredFile>,
    /// Of the command that asks for them: it is alone.
    reaction: ReactionFacts,
    pins: u64,
    directs: Vec<Room>,
    heirs: HashMap<(RoomId, UserId), User>,
    /// Of the command that asks for them: it is alone.
    bans: Vec<(UserId, Option<Timestamp>)>,
    blocks: Vec<(UserId, UserId)>,
}

impl Known {
    /// Reads what these commands need.
    pub(crate) async fn read(transaction: &mut PgConnection, jobs: &[Job]) -> Result<Self, Fault> {
        let mut known = Self::default();
        let mut people = HashSet::new();
        let mut senders = Vec::new();
        let mut mentioned = HashSet::new();
        let mut callers = HashSet::new();
        let mut directs = Vec::new();
        let mut files = HashSet::new();
        for Job { command, .. } in jobs {
            let needs = command.needs();
            people.extend(needs.subjects.iter().cloned().map(|subject| (command.room, subject)));
            known.named.extend(needs.messages.into_iter().map(|seq| ((command.room, seq), None)));
            if needs.bans {
                known.read_bans(transaction, command.room, &needs.subjects).await?;
            }
            if needs.blocks {
                known.read_blocks(transaction, &command.actor, &needs.subjects).await?;
            }
            if !needs.mentioned.is_empty() {
                callers.insert(command.actor.clone());
            }
            mentioned.extend(needs.mentioned.into_iter().map(|name| (command.room, name)));
            match needs.client_id {
                Some(client_id) => senders.push((command.room, command.actor.clone(), client_id)),
                None => {
                    people.insert((command.room, command.actor.clone()));
                }
            }
            senders.extend(needs.sent.into_iter().map(|(sender, id)| (command.room, sender, id)));
            directs.extend(needs.direct);
            files.extend(needs.files);
            if needs.heir {
                known.read_heir(transaction, command).await?;
            }
            if let Some((seq, emoji)) = needs.reaction {
                known.read_reaction(transaction, command, seq, &emoji).await?;
            }
            if needs.pins {
                known.read_pins(transaction, command.room).await?;
            }
        }
        known.read_people(transaction, &people).await?;
        known.read_senders(transaction, &senders).await?;
        known.read_named(transaction).await?;
        known.read_mentioned(transaction, &mentioned, &callers).await?;
        known.read_directs(transaction, &directs).await?;
        known.read_files(transaction, &files).await?;
        Ok(known)
    }

    /// The facts for a command; nothing where there is no such actor.
    pub(crate) fn facts(&self, command: &RoomCommand, room: Option<&Room>) -> Option<Facts> {
        let person = |id: &UserId| self.people.get(&(command.room, id.clone())).cloned();
        let needs = command.needs();
        let Person { user: actor, member: actor_member, is_admin, is_disabled } = person(&command.actor)?;
        let subjects = needs.subjects.iter().filter_map(person);
        let sent = |id| self.sent.get(&(command.room, command.actor.clone(), id)).cloned();
        let named = |seq: &Seq| self.named.get(&(command.room, *seq)).cloned().flatten();
        let mentioned = |name: &UserName| {
            let (user, unwanted) = self.mentioned.get(&(command.room, name.clone()))?;
            (!unwanted.contains(&command.actor)).then(|| user.clone())
        };
        let direct =
            |key: DirectKey| self.directs.iter().find(|room| room.direct.as_ref() == Some(&key)).cloned();
        Some(Facts {
            actor,
            actor_member,
            room: room.cloned(),
            subjects: subjects.map(|Person { user, member, .. }| Subject { user, member }).collect(),
            duplicate: needs.client_id.and_then(sent),
            sent: needs
                .sent
                .iter()
                .filter_map(|(sender, id)| {
                    self.sent.get(&(command.room, sender.clone(), id.clone())).cloned()
                })
                .collect(),
            messages: needs.messages.iter().filter_map(named).collect(),
            mentioned: needs.mentioned.iter().filter_map(mentioned).collect(),
            files: needs.files.iter().filter_map(|id| self.files.get(id)).cloned().collect(),
            reaction: self.reaction,
            pins: self.pins,
            direct: needs.direct.and_then(direct),
            heir: self.heirs.get(&(command.room, command.actor.clone())).cloned(),
            is_admin,
            is_disabled,
            bans: self.bans.clone(),
            blocks: self.blocks.clone(),
        })
    }

    /// Takes note of a message that an earlier command of the same transaction has written.
    pub(crate) fn learn(&mut self, message: Message) {
        for file in &message.details.attachments {
            if let Some(known) = self.files.get_mut(&file.id) {
                known.message = Some((message.room, message.seq));
            }
        }
        if let Some(named) = self.named.get_mut(&(message.room, message.seq)) {
            *named = Some(message.clone());
        }
        self.sent.insert((message.room, message.sender.id.clone(), message.client_id.clone()), message);
    }

    /// Takes note of when a member wrote, in a room that makes its members wait.
    pub(crate) fn posted(&mut self, room: RoomId, user: &UserId, at: Timestamp) {
        let person = self.people.get_mut(&(room, user.clone()));
        if let Some(member) = person.and_then(|person| person.member.as_mut()) {
            member.posted_at = Some(at);
        }
    }

    async fn read_people(
        &mut self,
        transaction: &mut PgConnection,
        wanted: &HashSet<(RoomId, UserId)>,
    ) -> Result<(), Fault> {
        if wanted.is_empty() {
            return Ok(());
        }
        let rooms: Vec<[u8; 16]> = wanted.iter().map(|(room, _)| room.to_bytes()).collect();
        let users: Vec<&str> = wanted.iter().map(|(_, user)| user.as_str()).collect();
        for row in sqlx::query(PEOPLE).bind(rooms).bind(users).fetch_all(transaction).await? {
            self.learn_person(&mut Fields::of(&row))?;
        }
        Ok(())
    }

    async fn read_senders(
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
        let query = sqlx::query(SENDERS).bind(rooms).bind(senders).bind(client_ids);
        for row in query.fetch_all(transaction).await? {
            let mut fields = Fields::of(&row);
            let room = self.learn_person(&mut fields)?;
            if !fields.flag()? {
                self.learn(fields.message(room)?);
            }
        }
        Ok(())
    }

    /// Takes note of a user and their membership of a room: which room that is.
    fn learn_person(&mut self, fields: &mut Fields<'_>) -> Result<RoomId, Fault> {
        let (room, user) = (fields.room_id()?, fields.user()?);
        let (is_admin, is_disabled) = (fields.flag()?, fields.flag()?);
        let member = if fields.flag()? {
            fields.skip(7);
            None
        } else {
            Some(fields.member(user.clone())?)
        };
        self.people.insert((room, user.id.clone()), Person { user, is_admin, is_disabled, member });
        Ok(room)
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

    async fn read_files(
        &mut self,
        transaction: &mut PgConnection,
        wanted: &HashSet<FileId>,
    ) -> Result<(), Fault> {
        if wanted.is_empty() {
            return Ok(());
        }
        let ids: Vec<[u8; 16]> = wanted.iter().map(|id| id.to_bytes()).collect();
        for row in sqlx::query(FILES).bind(ids).fetch_all(transaction).await? {
            let file = stored_file(Fields::of(&row))?;
            self.files.insert(file.file.id, file);
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
