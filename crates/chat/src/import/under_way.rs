//! A room whose history is being brought.

use std::collections::BTreeMap;

use super::{ImportBatch, ImportedMember, ImportedMessage, ImportedRoom};
use crate::export::RoomLine;
use crate::{Role, RoomId, RoomKind, Seq, UserId};

/// How many messages go into one batch, and how much of them.
const MESSAGES_AT_ONCE: usize = 500;
const BYTES_AT_ONCE: usize = 512 * 1024;

/// A room whose history is being brought.
pub(super) struct UnderWay {
    /// The room here; the line's own until it is known better.
    pub(super) id: RoomId,
    /// The room, as long as it was not asked for.
    pub(super) line: Option<RoomLine>,
    /// Who is to be a member and has not been brought.
    pub(super) members: Vec<ImportedMember>,
    /// How far people have read, by the numbers of the other side.
    pub(super) cursors: Vec<(UserId, u64)>,
    /// In whose name it is brought.
    pub(super) actor: Option<UserId>,
    messages: Vec<ImportedMessage>,
    bytes: usize,
    /// The numbers there and here, in the order of those there.
    numbers: Vec<(u64, Seq)>,
}

impl UnderWay {
    pub(super) fn new(line: RoomLine) -> Self {
        Self {
            id: line.id,
            line: Some(line),
            members: vec![],
            cursors: vec![],
            actor: None,
            messages: vec![],
            bytes: 0,
            numbers: vec![],
        }
    }

    /// Takes a message; true where a batch is full.
    pub(super) fn take(&mut self, message: ImportedMessage) -> bool {
        self.bytes += message.text.len() + message.edits.iter().map(|(text, _)| text.len()).sum::<usize>();
        self.messages.push(message);
        self.messages.len() >= MESSAGES_AT_ONCE || self.bytes >= BYTES_AT_ONCE
    }

    /// The room itself with its first members: whoever owns it comes first. Their number fits one batch.
    pub(super) fn beginning(&mut self, line: &RoomLine, most: usize) -> ImportBatch {
        self.members.sort_by_key(|member| std::cmp::Reverse(member.role));
        if line.kind != RoomKind::Direct
            && let Some(first) = self.members.first_mut()
        {
            // A room with members has an owner.
            first.role = Role::Owner;
        }
        let (kind, name) = (line.kind, line.name.clone());
        let room = ImportedRoom { kind, name, settings: line.settings, created_at: line.created_at };
        ImportBatch { room: Some(room), members: self.some_members(most), ..ImportBatch::default() }
    }

    pub(super) fn some_members(&mut self, most: usize) -> Vec<ImportedMember> {
        let count = self.members.len().min(most);
        self.members.drain(..count).collect()
    }

    /// The messages that wait, with what they refer to.
    pub(super) fn batch(&mut self) -> ImportBatch {
        self.bytes = 0;
        let messages = std::mem::take(&mut self.messages);
        let named = messages.iter().flat_map(|message| message.reply_to.into_iter().chain(message.thread));
        let known: BTreeMap<u64, Seq> =
            named.filter_map(|number| Some((number, self.here(number)?))).collect();
        ImportBatch { messages, known, ..ImportBatch::default() }
    }

    pub(super) fn note(&mut self, number: u64, seq: Seq) {
        self.numbers.push((number, seq));
    }

    /// The cursors, by the numbers here: each at the last message that was read there.
    pub(super) fn take_cursors(&mut self) -> Vec<(UserId, Seq)> {
        let cursors = std::mem::take(&mut self.cursors);
        let here = |number: u64| {
            let read = self.numbers.partition_point(|(there, _)| *there <= number);
            self.numbers.get(read.checked_sub(1)?).map(|(_, seq)| *seq)
        };
        cursors.into_iter().filter_map(|(user, number)| Some((user, here(number)?))).collect()
    }

    fn here(&self, number: u64) -> Option<Seq> {
        let at = self.numbers.binary_search_by_key(&number, |(there, _)| *there).ok()?;
        self.numbers.get(at).map(|(_, seq)| *seq)
    }
}
