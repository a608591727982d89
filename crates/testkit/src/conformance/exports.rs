//! Taking rooms and people out.

use chinwag_chat::export::{ExportLine, PersonExport, PersonPosition, RoomExport, RoomPosition};
use chinwag_chat::{Epoch, Refusal, Rev, RoomId, RoomKind, Seq, User, UserId};

use super::World;
use super::world::{delete, edit, pin, react};

/// All lines of a room's export from a position on.
pub(super) async fn room_lines(world: &World, room: RoomId, from: &RoomPosition) -> Vec<String> {
    let mut export = RoomExport::begin(world.store.clone(), room, from, world.now()).await.unwrap();
    let mut text = String::new();
    while let Some(lines) = export.next().await.unwrap() {
        text.push_str(&lines);
    }
    text.lines().map(str::to_owned).collect()
}

async fn user_lines(world: &World, user: &UserId, after: Option<PersonPosition>) -> Vec<String> {
    let mut export = PersonExport::begin(world.store.clone(), user, after, world.now()).await.unwrap();
    let mut text = String::new();
    while let Some(lines) = export.next().await.unwrap() {
        text.push_str(&lines);
    }
    text.lines().map(str::to_owned).collect()
}

/// A room in which something of every sort has happened.
pub(super) async fn eventful_room(world: &World, ada: &User, bob: &User) -> RoomId {
    let room = world.named_room(RoomKind::Private, Some("engines"), ada, &[bob]).await;
    world.post(room, ada, "first, with a worm").await;
    world.post(room, bob, "second").await;
    world.answer(room, ada, "in the thread", Some(1), Some(2)).await;
    world.post(room, bob, "to be deleted").await;
    world.ask(room, ada, edit(1, "first, mended")).await.unwrap();
    world.ask(room, ada, edit(1, "first, mended twice")).await.unwrap();
    world.ask(room, bob, delete(4)).await.unwrap();
    world.ask(room, ada, pin(2, true)).await.unwrap();
    for (user, emoji) in [(ada, "🎉"), (bob, "👍"), (ada, "👍")] {
        world.ask(room, user, react(2, emoji, true)).await.unwrap();
    }
    world.post(room, ada, "@bob, last").await;
    room
}

/// Its threads, what was deleted, what was said before, what was put under it.
pub async fn a_room_is_exported_with_all_that_belongs_to_it(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = eventful_room(world, &ada, &bob).await;
    let lines = room_lines(world, room, &RoomPosition::default()).await;
    let lines: Vec<ExportLine> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [ExportLine::Manifest(manifest), ExportLine::Room(told), rest @ ..] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert_eq!((manifest.version, &manifest.epoch, told.id), (1, &world.store.epoch(), room));
    let members = rest.iter().filter(|line| matches!(line, ExportLine::Member(_))).count();
    let messages: Vec<_> = rest
        .iter()
        .filter_map(|line| if let ExportLine::Message(line) = line { Some(line) } else { None })
        .collect();
    assert_eq!((members, messages.len()), (2, 5));
    assert!(messages.iter().map(|line| line.message.seq.0).eq(1..=5), "threads and the deleted are in it");
    let first = messages[0];
    assert_eq!(first.message.text.as_str(), "first, mended twice");
    let before: Vec<&str> = first.edits.iter().map(|edit| edit.text.as_str()).collect();
    assert_eq!(before, ["first, with a worm", "first, mended"]);
    let under: Vec<_> =
        messages[1].reactions.iter().map(|under| (under.emoji.as_str(), under.user.name.as_str())).collect();
    assert_eq!(under, [("🎉", "ada"), ("👍", "bob"), ("👍", "ada")]);
    assert!(messages[1].message.details.pinned_at.is_some());
    let answer = &messages[2].message.details;
    assert_eq!((answer.reply_to, answer.thread), (Some(Seq(1)), Some(Seq(2))));
    assert!(messages[3].message.is_deleted() && messages[3].message.text.as_str().is_empty());
    assert_eq!(messages[4].message.details.mentions.users, [bob.id]);
    assert!(matches!(rest.last(), Some(ExportLine::End { head_rev: Some(_) })));
}

/// Whoever has some of it gets the rest, and nothing that was said since.
pub async fn an_export_goes_on_after_any_message_to_where_it_was_going(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = eventful_room(world, &ada, &bob).await;
    let whole = room_lines(world, room, &RoomPosition::default()).await;
    let head = world.store.heads(&[room.into()]).await.unwrap()[0].rev;
    world.post(room, &bob, "after the export was begun").await;
    for (n, text) in whole.iter().enumerate() {
        let ExportLine::Message(line) = serde_json::from_str(text).unwrap() else { continue };
        let epoch = Some(world.store.epoch());
        let from = RoomPosition { after_rev: Some(line.message.rev), until_rev: Some(head), epoch };
        assert_eq!(room_lines(world, room, &from).await, whole[n + 1..], "after {}", line.message.seq);
    }
    for elsewhere in [
        RoomPosition { epoch: Some(Epoch("another".into())), ..RoomPosition::default() },
        RoomPosition { after_rev: Some(Rev(1_000)), ..RoomPosition::default() },
    ] {
        let begun = RoomExport::begin(world.store.clone(), room, &elsewhere, world.now()).await;
        let refused = begun.err().unwrap().to_string();
        assert_eq!(refused, Refusal::ExportNotFound.to_string());
    }
}

/// Also in rooms that they have left.
pub async fn a_person_is_exported_with_what_is_theirs_wherever_it_is(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = eventful_room(world, &ada, &bob).await;
    let other = world.room(RoomKind::Group, &bob, &[&ada]).await;
    world.post(other, &bob, "elsewhere, before leaving").await;
    world.ask(other, &bob, super::world::remove(&bob)).await.unwrap();
    let whole = user_lines(world, &bob.id, None).await;
    let lines: Vec<ExportLine> = whole.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut written = vec![];
    let mut reactions = 0;
    for (n, line) in lines.iter().enumerate() {
        match line {
            ExportLine::Message(line) => {
                let message = &line.message;
                assert_eq!(message.sender.id, bob.id);
                written.push((message.room, message.seq.0));
                let after = PersonPosition { room: message.room, seq: message.seq };
                assert_eq!(user_lines(world, &bob.id, Some(after)).await, whole[n + 1..]);
            }
            ExportLine::Reaction(_) => reactions += 1,
            ExportLine::Room(told) => assert_eq!(told.id, room, "the other was left"),
            _ => {}
        }
    }
    let mut expected = vec![(room, 2), (room, 4), (other, 1)];
    expected.sort();
    assert_eq!((written, reactions), (expected, 1));
    assert!(matches!(lines.last(), Some(ExportLine::End { head_rev: None })));
}
