//! Bringing history from elsewhere into a room. The operator asks for it, so nobody's permission counts; but the log that
//! it makes is one like any other: every message, edit, reaction and pin is a change of its own, in the order of numbers.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{CommandResult, Decision, Draft, Write};
use crate::import::{ImportBatch, ImportedMember, ImportedMessage, ImportedRoom};
use crate::{
    ClientId, Details, DirectKey, Edit, Facts, FieldError, Head, Mentions, Message, MessageText, Refusal,
    Room, RoomEvent, RoomId, RoomKind, Seq, Timestamp, User, UserId, erased,
};

pub(super) fn decide(
    id: RoomId,
    batch: &ImportBatch,
    facts: &Facts,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    if let Some(existing) = facts.direct.as_ref().filter(|existing| existing.id != id) {
        return Ok(super::nothing(CommandResult::Room { id: existing.id, created: false }));
    }
    let (room, is_new) = match (&facts.room, &batch.room) {
        (Some(room), _) => (room.clone(), false),
        (None, Some(new)) => (room_of(id, new, batch.direct())?, true),
        (None, None) => return Err(Refusal::UnknownRoom),
    };
    let mut import = Import {
        draft: Draft::new(&room, at),
        people: facts.subjects.iter().map(|subject| (&subject.user.id, &subject.user)).collect(),
        known: batch.known.clone(),
        by: &facts.actor,
        seqs: Vec::with_capacity(batch.messages.len()),
    };
    if is_new {
        import.create(&room);
    }
    for member in &batch.members {
        let is_no_news =
            |subject: &crate::Subject| subject.member.is_some() || erased::is_nobody(&subject.user);
        if !facts.subject(&member.user).is_none_or(is_no_news) {
            import.join(&room, member, &facts.subjects);
        }
    }
    let mut sent: HashMap<(&UserId, &ClientId), Seq> =
        facts.sent.iter().map(|message| ((&message.sender.id, &message.client_id), message.seq)).collect();
    let mut active_at = room.active_at;
    for message in &batch.messages {
        let seq = match sent.get(&(&message.sender, &message.client_id)) {
            Some(seq) => Some((*seq, false)),
            None => import.say(&room, message).map(|seq| (seq, true)),
        };
        if let Some((seq, is_new)) = seq {
            import.known.insert(message.number, seq);
            sent.insert((&message.sender, &message.client_id), seq);
            if is_new && message.thread.is_none() {
                active_at = active_at.max(message.created_at);
            }
        }
        import.seqs.push(seq);
    }
    for (user, seq) in &batch.cursors {
        import.draft.write(Write::AdvanceReadCursor(user.clone(), *seq));
    }
    let Import { mut draft, seqs, .. } = import;
    if !draft.decision.changes.is_empty() || !batch.cursors.is_empty() {
        draft.decision.writes.push(Write::SetHead(draft.head, Some(active_at)));
    }
    draft.decision.result = if is_new || batch.room.is_some() {
        CommandResult::Room { id, created: is_new }
    } else {
        CommandResult::Imported(seqs)
    };
    Ok(draft.decision)
}

fn room_of(id: RoomId, new: &ImportedRoom, direct: Option<DirectKey>) -> Result<Room, Refusal> {
    match (new.kind, &new.name, &direct) {
        (RoomKind::Public | RoomKind::Private, None, _) => {
            return Err(FieldError::new("name", "missing", "a public or private room needs a name").into());
        }
        (RoomKind::Direct, _, None) => {
            return Err(FieldError::new("members", "count", "a direct room is of two people").into());
        }
        _ => {}
    }
    let ImportedRoom { kind, name, settings, created_at } = new.clone();
    let name = name.filter(|_| kind != RoomKind::Direct);
    let (head, member_count, active_at) = (Head::default(), 0, created_at);
    Ok(Room { id, kind, name, direct, head, member_count, created_at, active_at, settings })
}

struct Import<'a> {
    draft: Draft,
    people: HashMap<&'a UserId, &'a User>,
    /// The room's own numbers of messages, by those of the other side.
    known: BTreeMap<u64, Seq>,
    by: &'a User,
    seqs: Vec<Option<(Seq, bool)>>,
}

impl Import<'_> {
    fn create(&mut self, room: &Room) {
        self.draft.at = room.created_at;
        // As everybody else makes it: how it is set up is a change of its own.
        let settings = room.settings;
        self.draft
            .write(Write::InsertRoom(Room { settings: crate::RoomSettings::default(), ..room.clone() }));
        let (kind, name, by) = (room.kind, room.name.clone(), self.by.clone());
        self.draft.change(RoomEvent::RoomCreated { kind, name, by: by.clone() });
        if !settings.is_default() {
            self.draft.write(Write::SetRoomSettings(settings));
            self.draft.change(RoomEvent::RoomSettingsChanged { settings, by });
        }
    }

    fn join(&mut self, room: &Room, member: &ImportedMember, subjects: &[crate::Subject]) {
        let Some(user) = self.people.get(&member.user).copied() else { return };
        self.draft.at = member.joined_at;
        let is_peer = |other: &&crate::Subject| other.user.id != member.user;
        let peer = subjects.iter().find(is_peer).filter(|_| room.kind == RoomKind::Direct);
        self.draft.join(room, user, member.role, self.by, peer.map(|subject| &subject.user));
    }

    /// Says what was said; nothing where nobody knows who did.
    fn say(&mut self, room: &Room, said: &ImportedMessage) -> Option<Seq> {
        let sender = self.people.get(&said.sender).copied()?.clone();
        let draft = &mut self.draft;
        draft.at = said.created_at;
        draft.head.seq = draft.head.seq.next();
        let seq = draft.head.seq;
        let users = said.mentions.users.iter().filter(|user| self.people.contains_key(user));
        let mut named = HashSet::new();
        let users = users.filter(|user| named.insert((*user).clone())).cloned().collect();
        // What somebody said who was erased here does not come back by the way of an older export.
        let deleted_at = said.deleted_at.or_else(|| erased::is_nobody(&sender).then_some(draft.at));
        let is_deleted = deleted_at.is_some();
        let thread = said.thread.and_then(|number| self.known.get(&number)).copied();
        let details = Details {
            reply_to: said.reply_to.and_then(|number| self.known.get(&number)).copied(),
            thread,
            mentions: if is_deleted {
                Mentions::default()
            } else {
                Mentions { users, ..said.mentions.clone() }
            },
            edited_at: said.edited_at.filter(|_| !is_deleted),
            deleted_at,
            pinned_at: said.pinned_at.filter(|_| !is_deleted),
            ..Details::default()
        };
        let text = if is_deleted { MessageText::nothing() } else { MessageText::from_stored(&said.text) };
        let message = Message {
            id: said.id,
            room: room.id,
            seq,
            rev: draft.next_rev(),
            sender: sender.clone(),
            client_id: said.client_id.clone(),
            text,
            created_at: said.created_at,
            details,
        };
        draft.write(Write::InsertMessage(message.clone()));
        if is_deleted || message.details.pinned_at.is_some() {
            draft.write(Write::ReviseMessage(message.clone()));
        }
        if let Some(root) = thread {
            draft.write(Write::FollowThread { root, user: sender.id.clone(), read_seq: seq });
        }
        draft.change(RoomEvent::MessageCreated { message: message.clone() });
        if !is_deleted {
            self.what_became_of_it(said, &message, &sender);
        }
        Some(seq)
    }

    fn what_became_of_it(&mut self, said: &ImportedMessage, message: &Message, sender: &User) {
        let seq = message.seq;
        let too_many = said.edits.len().saturating_sub(Edit::MAX_KEPT);
        for (text, replaced_at) in said.edits.iter().skip(too_many) {
            self.draft.at = *replaced_at;
            let (rev, text) = (self.draft.next_rev(), MessageText::from_stored(text));
            self.draft.write(Write::KeepEdit(seq, Edit { rev, text, replaced_at: *replaced_at }));
            self.draft.change(RoomEvent::MessageEdited { message: message.clone(), by: sender.clone() });
        }
        if let Some(pinned_at) = message.details.pinned_at {
            self.draft.at = pinned_at;
            self.draft.change(RoomEvent::MessagePinned { message: message.clone(), by: self.by.clone() });
        }
        self.draft.at = said.created_at;
        let mut put = HashSet::new();
        for (emoji, user) in &said.reactions {
            let Some(user) = self.people.get(user).copied().filter(|user| !erased::is_nobody(user)) else {
                continue;
            };
            if !put.insert((emoji, &user.id)) {
                continue;
            }
            let count = put.iter().filter(|(other, _)| *other == emoji).count() as u64;
            let rev = self.draft.next_rev();
            self.draft.write(Write::InsertReaction(seq, emoji.clone(), user.id.clone(), rev));
            self.draft.change(RoomEvent::ReactionAdded {
                seq,
                emoji: emoji.clone(),
                user: user.clone(),
                count,
            });
        }
    }
}
