//! From the lines of an export to batches, one room after the other.

use std::collections::HashMap;

use async_trait::async_trait;

use super::under_way::UnderWay;
use super::{ImportBatch, ImportReport, ImportedMember, ImportedMessage, MAX_ITEMS};
use crate::export::{ExportLine, Manifest, MessageLine, RoomLine, Subject, VERSION};
use crate::{ImportedBatch, ImportedUser, Member, RoomId, RoomKind, Timestamp, User, UserId};

/// Where an import goes: a node, whichever way it is asked.
#[async_trait]
pub trait Destination: Send + Sync {
    /// Why it did not happen.
    type Error: Send;

    /// Finds out who somebody is there, or makes them an account.
    async fn user(&self, from: User, created_at: Timestamp) -> Result<ImportedUser, Self::Error>;

    /// Brings part of a room's history.
    async fn batch(
        &self,
        room: RoomId,
        actor: &UserId,
        batch: ImportBatch,
    ) -> Result<ImportedBatch, Self::Error>;
}

/// An import under way.
pub struct Importer<D> {
    destination: D,
    people: HashMap<UserId, UserId>,
    room: Option<UnderWay>,
    report: ImportReport,
}

impl<D: Destination> Importer<D> {
    /// Nothing has been brought yet.
    pub fn new(destination: D) -> Self {
        Self { destination, people: HashMap::new(), room: None, report: ImportReport::default() }
    }

    /// What became of it so far.
    pub fn report(&mut self) -> &mut ImportReport {
        &mut self.report
    }

    /// Takes the next line.
    ///
    /// # Errors
    /// The destination's; then the import is run again.
    pub async fn take(&mut self, line: ExportLine) -> Result<(), D::Error> {
        match line {
            ExportLine::Manifest(Manifest { version, of, .. }) => {
                if version > VERSION {
                    self.report.leave_out("an export of a newer version: what is new in it", String::new);
                }
                if matches!(of, Subject::User { .. }) {
                    self.report.leave_out("an export of a person: only rooms are imported", String::new);
                }
            }
            ExportLine::Room(line) => self.begin(line).await?,
            ExportLine::Member(member) => self.join(member).await?,
            ExportLine::Message(line) => self.say(line).await?,
            ExportLine::User { .. } | ExportLine::Session { .. } | ExportLine::Reaction(_) => {}
            ExportLine::End { .. } => self.end_room().await?,
        }
        Ok(())
    }

    /// Brings what is still waiting; what became of all of it.
    ///
    /// # Errors
    /// The destination's; then the import is run again.
    pub async fn finish(mut self) -> Result<ImportReport, D::Error> {
        self.end_room().await?;
        Ok(self.report)
    }

    async fn begin(&mut self, line: RoomLine) -> Result<(), D::Error> {
        self.end_room().await?;
        // In the export of a person rooms are only named.
        if line.role.is_none() {
            self.room = Some(UnderWay::new(line));
        }
        Ok(())
    }

    async fn join(&mut self, member: Member) -> Result<(), D::Error> {
        let Member { user, role, joined_at, read_seq, .. } = member;
        let user = self.person(user, joined_at).await?;
        if let Some(room) = &mut self.room {
            room.cursors.push((user.clone(), read_seq.0));
            room.members.push(ImportedMember { user, role, joined_at });
        }
        Ok(())
    }

    async fn say(&mut self, line: MessageLine) -> Result<(), D::Error> {
        if self.room.is_none() {
            return Ok(());
        }
        let message = self.message(line).await?;
        let actor = message.sender.clone();
        self.make_room(&actor).await?;
        let is_full = self.room.as_mut().is_some_and(|room| room.take(message));
        if is_full { self.bring().await } else { Ok(()) }
    }

    async fn message(&mut self, line: MessageLine) -> Result<ImportedMessage, D::Error> {
        let MessageLine { message, reactions, edits } = line;
        let at = message.created_at;
        let sender = self.person(message.sender, at).await?;
        let mut put = Vec::with_capacity(reactions.len());
        for reaction in reactions {
            put.push((reaction.emoji, self.person(reaction.user, at).await?));
        }
        let details = message.details;
        let mut text = message.text.as_str().to_owned();
        for file in &details.attachments {
            // The bytes are in no export; its name is better than a message that says nothing.
            text.push_str(if text.is_empty() { "📎 " } else { "\n📎 " });
            text.push_str(file.name.as_str());
            self.report.leave_out("a file: its message has its name", || file.name.as_str().to_owned());
        }
        let mut mentions = details.mentions;
        for user in &mut mentions.users {
            if let Some(here) = self.people.get(user) {
                user.clone_from(here);
            }
        }
        Ok(ImportedMessage {
            number: message.seq.0,
            id: message.id,
            sender,
            client_id: message.client_id,
            text,
            created_at: at,
            reply_to: details.reply_to.map(|seq| seq.0),
            thread: details.thread.map(|seq| seq.0),
            mentions,
            deleted_at: details.deleted_at,
            edited_at: details.edited_at,
            pinned_at: details.pinned_at,
            edits: edits.into_iter().map(|edit| (edit.text.as_str().to_owned(), edit.replaced_at)).collect(),
            reactions: put,
        })
    }

    /// Who somebody is at the destination.
    async fn person(&mut self, user: User, at: Timestamp) -> Result<UserId, D::Error> {
        if let Some(here) = self.people.get(&user.id) {
            return Ok(here.clone());
        }
        let ImportedUser { from, user, created } = self.destination.user(user, at).await?;
        if created {
            self.report.users_new += 1;
        } else {
            self.report.users_known += 1;
        }
        self.people.insert(from, user.id.clone());
        Ok(user.id)
    }

    /// Makes the room with its members, if that was not done.
    async fn make_room(&mut self, actor: &UserId) -> Result<(), D::Error> {
        let Some(room) = &mut self.room else { return Ok(()) };
        let Some(mut line) = room.line.take() else { return Ok(()) };
        if line.kind == RoomKind::Direct && room.members.len() != 2 {
            line.kind = RoomKind::Group;
            self.report
                .leave_out("a direct room that is not of two people became a group", || line.id.to_string());
        }
        let beginning = room.beginning(&line, MAX_ITEMS);
        let actor = beginning.members.first().map_or(actor, |owner| &owner.user).clone();
        let made = self.destination.batch(room.id, &actor, beginning).await?;
        room.id = made.room.unwrap_or(room.id);
        room.actor = Some(actor.clone());
        if made.created {
            self.report.rooms_new += 1;
        } else {
            self.report.rooms_known += 1;
        }
        while !room.members.is_empty() {
            let members = room.some_members(MAX_ITEMS);
            let batch = ImportBatch { members, ..ImportBatch::default() };
            self.destination.batch(room.id, &actor, batch).await?;
        }
        Ok(())
    }

    /// Brings the messages that wait.
    async fn bring(&mut self) -> Result<(), D::Error> {
        let Some(room) = &mut self.room else { return Ok(()) };
        let batch = room.batch();
        let (Some(actor), false) = (&room.actor, batch.messages.is_empty()) else { return Ok(()) };
        let numbers: Vec<u64> = batch.messages.iter().map(|message| message.number).collect();
        let brought = self.destination.batch(room.id, actor, batch).await?;
        for (number, seq) in numbers.into_iter().zip(brought.messages) {
            match seq {
                Some((seq, is_new)) => {
                    room.note(number, seq);
                    self.report.messages_new += u64::from(is_new);
                    self.report.messages_known += u64::from(!is_new);
                }
                None => self.report.leave_out("a message of nobody", || format!("{number} of {}", room.id)),
            }
        }
        let why = "the end of a message that is longer than messages may be here";
        self.report.leave_out_many(why, brought.cut, || room.id.to_string());
        Ok(())
    }

    async fn end_room(&mut self) -> Result<(), D::Error> {
        let first =
            self.room.as_ref().and_then(|room| room.members.first()).map(|member| member.user.clone());
        if let Some(first) = first {
            self.make_room(&first).await?;
        }
        self.bring().await?;
        if let Some(mut room) = self.room.take()
            && let Some(actor) = room.actor.take()
        {
            for cursors in room.take_cursors().chunks(MAX_ITEMS) {
                let batch = ImportBatch { cursors: cursors.to_vec(), ..ImportBatch::default() };
                self.destination.batch(room.id, &actor, batch).await?;
            }
        }
        Ok(())
    }
}
