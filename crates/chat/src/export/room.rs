//! The export of a room: its line, its members, then its messages in their order.

use std::collections::HashMap;
use std::sync::Arc;

use super::{ExportLine, MESSAGES_AT_ONCE, Manifest, MessageLine, ReactionLine, Subject, VERSION, write};
use crate::store::{MessageRecord, Records};
use crate::{
    ChatError, Epoch, Head, Refusal, Rev, Room, RoomId, Seq, Store, StoreError, Timestamp, User, UserId,
};

/// How many members go into one chunk.
const MEMBERS_AT_ONCE: usize = 200;
/// How many people are remembered, to be named under messages.
const PEOPLE_KEPT: usize = 10_000;

/// Where an export of a room begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomPosition {
    /// Only the messages after this change, and nothing before them; without it, all of the room.
    pub after_rev: Option<Rev>,
    /// Only messages up to this change; without it, up to where the room is now.
    pub until_rev: Option<Rev>,
    /// The incarnation of the logs that these are numbers of.
    pub epoch: Option<Epoch>,
}

/// An export of a room under way.
pub struct RoomExport {
    store: Arc<dyn Store>,
    room: Room,
    head: Head,
    at: Timestamp,
    stage: Stage,
    people: HashMap<UserId, User>,
}

enum Stage {
    Beginning,
    MembersAfter(Option<UserId>),
    MessagesAfter(Seq),
    Done,
}

impl RoomExport {
    /// Begins an export. Who asks was checked before.
    ///
    /// # Errors
    /// [`Refusal::UnknownRoom`]; [`Refusal::ExportNotFound`] where the position is of another log; the store's failure.
    pub async fn begin(
        store: Arc<dyn Store>,
        room: RoomId,
        from: &RoomPosition,
        at: Timestamp,
    ) -> Result<Self, ChatError> {
        let room = store.room_record(room).await?.ok_or(Refusal::UnknownRoom)?;
        let is_of_another = from.epoch.as_ref().is_some_and(|epoch| *epoch != store.epoch());
        let is_ahead = [from.after_rev, from.until_rev].into_iter().flatten().any(|rev| rev > room.head.rev);
        if is_of_another || is_ahead {
            return Err(Refusal::ExportNotFound.into());
        }
        let head = match from.until_rev {
            None => room.head,
            Some(rev) => Head { seq: newest_at(&*store, &room, rev).await?, rev },
        };
        let stage = match from.after_rev {
            None => Stage::Beginning,
            Some(rev) => Stage::MessagesAfter(newest_at(&*store, &room, rev).await?),
        };
        Ok(Self { store, room, head, at, stage, people: HashMap::new() })
    }

    /// The room.
    #[must_use]
    pub fn room(&self) -> RoomId {
        self.room.id
    }

    /// The next lines; nothing after the last.
    ///
    /// # Errors
    /// The store's failure; asked again, it goes on where it was.
    pub async fn next(&mut self) -> Result<Option<String>, StoreError> {
        let mut lines = String::new();
        match &self.stage {
            Stage::Beginning => {
                write(&mut lines, &ExportLine::Manifest(self.manifest()))?;
                write(&mut lines, &ExportLine::Room(self.room.clone().into()))?;
                self.stage = Stage::MembersAfter(None);
            }
            Stage::MembersAfter(after) => {
                let page = self.store.members(self.room.id, after.as_ref(), MEMBERS_AT_ONCE).await?;
                let last = page.items.last().map(|member| member.user.id.clone());
                for member in page.items {
                    write(&mut lines, &ExportLine::Member(member))?;
                }
                self.stage =
                    if page.has_more { Stage::MembersAfter(last) } else { Stage::MessagesAfter(Seq::ZERO) };
            }
            Stage::MessagesAfter(after) => {
                let which =
                    Records { sender: None, after: *after, until: self.head.seq, limit: MESSAGES_AT_ONCE };
                let records = self.store.message_records(self.room.id, &which).await?;
                let last = records.last().map(|record| record.message.seq);
                for record in records {
                    write(&mut lines, &ExportLine::Message(self.line(record).await?))?;
                }
                self.stage = match last {
                    Some(last) => Stage::MessagesAfter(last),
                    None => {
                        write(&mut lines, &ExportLine::End { head_rev: Some(self.head.rev) })?;
                        Stage::Done
                    }
                };
            }
            Stage::Done => return Ok(None),
        }
        Ok(Some(lines))
    }

    fn manifest(&self) -> Manifest {
        let Head { seq: head_seq, rev: head_rev } = self.head;
        let of = Subject::Room { room: self.room.id, head_seq, head_rev };
        Manifest { version: VERSION, of, epoch: self.store.epoch(), at: self.at }
    }

    async fn line(&mut self, record: MessageRecord) -> Result<MessageLine, StoreError> {
        let MessageRecord { message, reactions } = record;
        let mut told = Vec::with_capacity(reactions.len());
        for (emoji, user) in reactions {
            if let Some(user) = self.person(&user).await? {
                told.push(ReactionLine { emoji, user });
            }
        }
        let is_edited = message.details.edited_at.is_some();
        let edits = if is_edited { self.store.edits(message.room, message.seq).await? } else { vec![] };
        Ok(MessageLine { message, reactions: told, edits })
    }

    async fn person(&mut self, id: &UserId) -> Result<Option<User>, StoreError> {
        if let Some(user) = self.people.get(id) {
            return Ok(Some(user.clone()));
        }
        let user = self.store.user(id).await?;
        if let Some(user) = &user {
            if self.people.len() >= PEOPLE_KEPT {
                self.people.clear();
            }
            self.people.insert(id.clone(), user.clone());
        }
        Ok(user)
    }
}

/// The room's newest message at a change. Messages have their changes' order, so it is found by halving.
async fn newest_at(store: &dyn Store, room: &Room, rev: Rev) -> Result<Seq, StoreError> {
    let (mut at_most, mut before) = (Seq::ZERO, room.head.seq.next());
    while at_most.next() < before {
        let middle = Seq(u64::midpoint(at_most.0, before.0));
        let which = Records { sender: None, after: Seq(middle.0 - 1), until: middle, limit: 1 };
        let found = store.message_records(room.id, &which).await?;
        // One that is gone has outlived its time, with all before it.
        if found.first().is_none_or(|record| record.message.rev <= rev) {
            at_most = middle;
        } else {
            before = middle;
        }
    }
    Ok(at_most)
}
