//! Taking in what was said elsewhere.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use chinwag_chat::export::{ExportLine, RoomPosition};
use chinwag_chat::import::{
    Destination, ImportBatch, ImportReport, ImportedMember, ImportedMessage, Importer,
};
use chinwag_chat::{
    Chat, ChatError, Entropy, Hint, IdSource, ImportedBatch, ImportedUser, Limits, Role, RoomId, RoomKind,
    SameName, Seq, Timestamp, User, UserId,
};

use super::World;
use super::exports::{eventful_room, room_lines};

struct Here(Chat);

#[async_trait]
impl Destination for Here {
    type Error = ChatError;

    async fn user(&self, from: User, at: Timestamp) -> Result<ImportedUser, ChatError> {
        self.0.import_user(from, at, SameName::Another).await
    }

    async fn batch(
        &self,
        room: RoomId,
        actor: &UserId,
        batch: ImportBatch,
    ) -> Result<ImportedBatch, ChatError> {
        self.0.import(room, actor, batch).await
    }
}

/// Ids that are each another's.
struct Counted;

impl Entropy for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let next = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
        bytes.iter_mut().zip(next.iter().cycle()).for_each(|(byte, next)| *byte = *next);
    }
}

struct NoBus;

impl chinwag_chat::Bus for NoBus {
    fn publish(&self, _: Hint) {}
}

struct Clock(Timestamp);

impl chinwag_chat::Clock for Clock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

pub(super) fn chat(world: &World) -> Chat {
    let clock = std::sync::Arc::new(Clock(world.now()));
    let ids = IdSource::new(clock.clone(), std::sync::Arc::new(Counted));
    Chat::new(world.store.clone(), std::sync::Arc::new(NoBus), clock, ids, Limits::default())
}

pub(super) async fn bring(world: &World, lines: &[String]) -> ImportReport {
    let mut importer = Importer::new(Here(chat(world)));
    for line in lines {
        importer.take(serde_json::from_str(line).unwrap()).await.unwrap();
    }
    importer.finish().await.unwrap()
}

/// The lines without what is of the log and not of the data: numbers of changes, the time of the export.
fn data(lines: &[String], room: RoomId) -> Vec<serde_json::Value> {
    let is_data = |line: &ExportLine| !matches!(line, ExportLine::Manifest(_) | ExportLine::End { .. });
    let lines = lines.iter().map(|line| serde_json::from_str::<ExportLine>(line).unwrap()).filter(is_data);
    let same = lines.map(|mut line| {
        match &mut line {
            ExportLine::Message(line) => {
                line.message.rev = chinwag_chat::Rev::ZERO;
                line.message.room = room;
                line.edits.iter_mut().for_each(|edit| edit.rev = chinwag_chat::Rev::ZERO);
            }
            ExportLine::Room(line) => line.id = room,
            ExportLine::Member(member) => member.delivered_seq = member.read_seq,
            _ => {}
        }
        serde_json::to_value(line).unwrap()
    });
    same.collect()
}

/// Under another id, since the one it came from is here too.
pub(super) fn elsewhere(lines: &[String], from: RoomId, to: RoomId) -> Vec<String> {
    lines.iter().map(|line| line.replace(&from.to_string(), &to.to_string())).collect()
}

/// An export that is imported and exported again is the same, and the new room's log is whole.
pub async fn what_was_exported_and_imported_is_exported_again_the_same(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let from = eventful_room(world, &ada, &bob).await;
    let lines = room_lines(world, from, &RoomPosition::default()).await;
    let to = world.new_room_id();
    let report = bring(world, &elsewhere(&lines, from, to)).await;
    assert_eq!((report.rooms_new, report.messages_new, report.messages_known), (1, 5, 0));
    assert!(report.left_out.is_empty(), "{report:?}");
    let again = room_lines(world, to, &RoomPosition::default()).await;
    assert_eq!(data(&again, to), data(&lines, to));
    // From any position on, the log has no holes.
    let changes = world.changes(to).await;
    let head = world.store.heads(&[to.into()]).await.unwrap()[0];
    assert_eq!(changes.len() as u64, head.rev.0);
    for after in 0..head.rev.0 {
        let page = world.store.changes_after(&to.into(), chinwag_chat::Rev(after), 1_000).await.unwrap();
        assert_eq!(page.changes.len() as u64, head.rev.0 - after);
    }
    let (there, here) = (world.view(from, &bob).await, world.view(to, &bob).await);
    assert_eq!((here.unread, here.mentions, here.member_count), (there.unread, there.mentions, 2));
}

/// However often and from wherever it is repeated.
pub async fn what_is_imported_again_is_there_once(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let from = eventful_room(world, &ada, &bob).await;
    let lines = room_lines(world, from, &RoomPosition::default()).await;
    let to = world.new_room_id();
    let lines = elsewhere(&lines, from, to);
    // The import is killed in the middle, somebody writes, and it is run again, twice.
    let middle = lines.len() - 3;
    bring(world, &lines[..middle]).await;
    world.post(to, &ada, "meanwhile").await;
    let report = bring(world, &lines).await;
    assert_eq!((report.rooms_known, report.messages_new + report.messages_known), (1, 5));
    assert!(report.messages_known > 0 && report.messages_new > 0);
    let head = world.store.heads(&[to.into()]).await.unwrap();
    let report = bring(world, &lines).await;
    assert_eq!((report.users_new, report.messages_new, report.messages_known), (0, 0, 5));
    assert_eq!(world.store.heads(&[to.into()]).await.unwrap(), head);
    assert_eq!(head[0].seq, Seq(6));
}

/// Answers find what they answer although it has another number here.
pub async fn what_is_imported_into_a_room_that_has_messages_keeps_its_threads(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    world.post(room, &ada, "here already").await;
    let message = |number: u64, thread, reply_to| ImportedMessage {
        number,
        id: chinwag_chat::MessageId::from_parts(1, number.into()),
        sender: bob.id.clone(),
        client_id: format!("old-{number}").parse().unwrap(),
        text: format!("old {number}"),
        created_at: Timestamp::from_unix_ms(1_000 * i64::try_from(number).unwrap()),
        reply_to,
        thread,
        mentions: chinwag_chat::Mentions::default(),
        deleted_at: None,
        edited_at: None,
        pinned_at: None,
        edits: vec![],
        reactions: vec![],
    };
    let chat = chat(world);
    let messages = vec![message(70, None, None), message(71, Some(70), None)];
    let batch = ImportBatch { messages, ..ImportBatch::default() };
    let brought = chat.import(room, &ada.id, batch).await.unwrap();
    assert_eq!(brought.messages, [Some((Seq(2), true)), Some((Seq(3), true))]);
    let messages = vec![message(72, Some(70), Some(71))];
    let known = BTreeMap::from([(70, Seq(2)), (71, Seq(3))]);
    let batch = ImportBatch { messages, known, ..ImportBatch::default() };
    chat.import(room, &ada.id, batch).await.unwrap();
    let last = world.store.message(room, &ada.id, Seq(4)).await.unwrap().unwrap().message;
    assert_eq!((last.details.thread, last.details.reply_to), (Some(Seq(2)), Some(Seq(3))));
    assert_eq!(last.created_at, Timestamp::from_unix_ms(72_000));
    // A room with news is not put back by what is old.
    let view = world.view(room, &ada).await;
    assert_eq!(view.head_seq, Seq(4));
    // Somebody who has not been heard of says nothing.
    let mut of_nobody = message(73, None, None);
    of_nobody.sender = "nobody-at-all".parse().unwrap();
    let members = vec![ImportedMember { user: ada.id.clone(), role: Role::Member, joined_at: world.now() }];
    let batch = ImportBatch { messages: vec![of_nobody], members, ..ImportBatch::default() };
    assert_eq!(chat.import(room, &ada.id, batch).await.unwrap().messages, [None]);
    assert_eq!(world.roles(room).await[0].1, Role::Owner, "who is a member stays what they are");
}

/// Two who talk already talk in the same room.
pub async fn a_direct_room_that_is_here_already_takes_what_was_said_elsewhere(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let here = world.room(RoomKind::Direct, &ada, &[&bob]).await;
    world.post(here, &ada, "hello").await;
    let lines = room_lines(world, here, &RoomPosition::default()).await;
    let there: Vec<String> = elsewhere(&lines, here, world.new_room_id());
    let renamed: Vec<String> =
        there.iter().map(|line| line.replace("\"client_id\":\"", "\"client_id\":\"x")).collect();
    let report = bring(world, &renamed).await;
    assert_eq!((report.rooms_known, report.messages_new), (1, 1));
    assert_eq!(world.store.heads(&[here.into()]).await.unwrap()[0].seq, Seq(2));
}
