//! The export of a person: who they are, where they are signed in, their rooms, and all that they wrote.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{ExportLine, MESSAGES_AT_ONCE, Manifest, MessageLine, RoomLine, Subject, VERSION, write};
use crate::store::{OwnReaction, Records};
use crate::{ChatError, Refusal, RoomId, RoomView, Seq, Session, Store, StoreError, Timestamp, User, UserId};

/// The most sessions that are told: nobody has more.
const SESSIONS: usize = 1_000;
/// How many rooms go into one chunk.
const ROOMS_AT_ONCE: usize = 50;
/// How many reactions go into one chunk.
const REACTIONS_AT_ONCE: usize = 500;

/// The message after which an export of a person begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonPosition {
    /// Its room.
    pub room: RoomId,
    /// Its number there.
    pub seq: Seq,
}

/// An export of a person under way.
pub struct PersonExport {
    store: Arc<dyn Store>,
    user: User,
    created_at: Timestamp,
    at: Timestamp,
    stage: Stage,
}

enum Stage {
    Beginning,
    Rooms(VecDeque<RoomId>),
    RoomAfter(Option<RoomId>),
    MessagesAfter(RoomId, Seq),
    ReactionsAfter(Option<OwnReaction>),
    Done,
}

impl PersonExport {
    /// Begins an export, or goes on after a message.
    ///
    /// # Errors
    /// [`Refusal::UnknownUser`], or the store's failure.
    pub async fn begin(
        store: Arc<dyn Store>,
        user: &UserId,
        after: Option<PersonPosition>,
        at: Timestamp,
    ) -> Result<Self, ChatError> {
        let found = store.user(user).await?.ok_or(Refusal::UnknownUser)?;
        let created_at = store.account_created_at(user).await?.ok_or(Refusal::UnknownUser)?;
        let stage = after.map_or(Stage::Beginning, |after| Stage::MessagesAfter(after.room, after.seq));
        Ok(Self { store, user: found, created_at, at, stage })
    }

    /// The next lines; nothing after the last.
    ///
    /// # Errors
    /// The store's failure; asked again, it goes on where it was.
    pub async fn next(&mut self) -> Result<Option<String>, StoreError> {
        let mut lines = String::new();
        let next = match &mut self.stage {
            Stage::Beginning => {
                let rooms = self.begin_with(&mut lines).await?;
                Stage::Rooms(rooms)
            }
            Stage::Rooms(rooms) => {
                let some: Vec<RoomId> = rooms.iter().copied().take(ROOMS_AT_ONCE).collect();
                for room in &some {
                    if let Some(view) = self.store.room(*room, &self.user.id).await? {
                        write(&mut lines, &ExportLine::Room(room_line(view)))?;
                    }
                }
                let rest: VecDeque<RoomId> = rooms.iter().copied().skip(some.len()).collect();
                if rest.is_empty() { Stage::RoomAfter(None) } else { Stage::Rooms(rest) }
            }
            Stage::RoomAfter(after) => match self.store.room_written_in(&self.user.id, *after).await? {
                Some(room) => Stage::MessagesAfter(room, Seq::ZERO),
                None => Stage::ReactionsAfter(None),
            },
            Stage::MessagesAfter(room, after) => {
                let (room, sender) = (*room, Some(self.user.id.clone()));
                let which = Records { sender, after: *after, until: Seq(u64::MAX), limit: MESSAGES_AT_ONCE };
                let records = self.store.message_records(room, &which).await?;
                let last = records.last().map(|record| record.message.seq);
                for record in records {
                    let message = record.message;
                    let is_edited = message.details.edited_at.is_some();
                    let edits = if is_edited { self.store.edits(room, message.seq).await? } else { vec![] };
                    // What others put under it is theirs.
                    let line = MessageLine { message, reactions: vec![], edits };
                    write(&mut lines, &ExportLine::Message(line))?;
                }
                last.map_or(Stage::RoomAfter(Some(room)), |last| Stage::MessagesAfter(room, last))
            }
            Stage::ReactionsAfter(after) => {
                let reactions =
                    self.store.reactions_of(&self.user.id, after.as_ref(), REACTIONS_AT_ONCE).await?;
                let last = reactions.last().cloned();
                for reaction in reactions {
                    write(&mut lines, &ExportLine::Reaction(reaction))?;
                }
                if last.is_none() {
                    write(&mut lines, &ExportLine::End { head_rev: None })?;
                }
                last.map_or(Stage::Done, |last| Stage::ReactionsAfter(Some(last)))
            }
            Stage::Done => return Ok(None),
        };
        self.stage = next;
        Ok(Some(lines))
    }

    /// The first lines; and the rooms that come next.
    async fn begin_with(&self, lines: &mut String) -> Result<VecDeque<RoomId>, StoreError> {
        let of = Subject::User { user: self.user.id.clone() };
        let manifest = Manifest { version: VERSION, of, epoch: self.store.epoch(), at: self.at };
        write(lines, &ExportLine::Manifest(manifest))?;
        write(lines, &ExportLine::User { user: self.user.clone(), created_at: self.created_at })?;
        for session in self.store.sessions(Some(&self.user.id), SESSIONS).await? {
            let Session { id, device, created_at, last_seen_at, .. } = session;
            write(lines, &ExportLine::Session { id, device, created_at, last_seen_at })?;
        }
        let arrival = self.store.arrival_of(&self.user.id).await?;
        Ok(arrival.map(|arrival| arrival.rooms.into()).unwrap_or_default())
    }
}

fn room_line(view: RoomView) -> RoomLine {
    let RoomView { id, kind, name, created_at, settings, role, read_seq, .. } = view;
    RoomLine { id, kind, name, created_at, settings, role, read_seq: Some(read_seq) }
}
