//! Messages that are edited, deleted and pinned.

use chinwag_chat::{Change, Edit, Refusal, Role, RoomEvent, RoomKind, Seq};

use super::World;
use super::world::{delete, edit, pin, react, set_role};

/// What it said is kept for those who may know.
pub async fn an_edit_replaces_the_text_and_keeps_the_old_one_apart(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    let before = world.post(room, &ada, "one").await;
    let edited = world.change(room, &ada, edit(1, "two")).await;
    world.change(room, &ada, edit(1, "three")).await;
    let now = world.messages(room).await.pop().unwrap();
    assert_eq!((now.text.as_str(), now.seq, now.rev), ("three", before.seq, before.rev));
    assert!(edited.details.edited_at.is_some() && now.details.edited_at > edited.details.edited_at);
    let edits = world.store.edits(room, Seq(1)).await.unwrap();
    let texts: Vec<&str> = edits.iter().map(|edit| edit.text.as_str()).collect();
    assert_eq!(texts, ["one", "two"]);
    assert!(edits[0].rev < edits[1].rev);
    assert!(world.store.edits(room, Seq(2)).await.unwrap().is_empty());
}

/// Whoever edits for hours fills no disk.
pub async fn only_the_newest_edits_are_kept(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    world.post(room, &ada, "text 0").await;
    for n in 1..=Edit::MAX_KEPT + 2 {
        world.change(room, &ada, edit(1, &format!("text {n}"))).await;
    }
    let edits = world.store.edits(room, Seq(1)).await.unwrap();
    assert_eq!(edits.len(), Edit::MAX_KEPT);
    let last = format!("text {}", Edit::MAX_KEPT + 1);
    assert_eq!((edits[0].text.as_str(), edits.last().unwrap().text.as_str()), ("text 2", &*last));
}

/// Saying it once more changes nothing, so that it may be said twice.
pub async fn an_edit_to_the_same_text_is_no_change(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    world.post(room, &ada, "one").await;
    let changes = world.changes(room).await.len();
    world.change(room, &ada, edit(1, "one")).await;
    assert_eq!(world.changes(room).await.len(), changes);
}

/// Not even by who resumes from before.
pub async fn what_was_deleted_is_found_nowhere(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    world.post(room, &ada, "first secret").await;
    world.change(room, &ada, edit(1, "second secret")).await;
    world.change(room, &ada, react(1, "👍", true)).await;
    world.change(room, &ada, pin(1, true)).await;
    let left = world.change(room, &ada, delete(1)).await;
    assert_eq!((left.text.as_str(), left.is_deleted()), ("", true));
    let view = world.message_view(room, &ada, 1).await;
    assert_eq!(view.message, left);
    assert!(view.reactions.is_empty() && view.message.details.pinned_at.is_none());
    assert!(world.store.edits(room, Seq(1)).await.unwrap().is_empty());
    assert!(world.store.pins(room, &ada.id).await.unwrap().is_empty());
    let log = serde_json::to_string(&world.changes(room).await).unwrap();
    assert!(!log.contains("secret"), "{log}");
}

/// The numbers stay dense, and nothing comes of asking again.
pub async fn a_deleted_message_keeps_its_number_and_takes_no_more(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    world.post(room, &ada, "one").await;
    world.change(room, &ada, delete(1)).await;
    assert_eq!(world.post(room, &ada, "two").await.seq, Seq(2));
    for action in [delete(1), edit(1, "again"), pin(1, true), react(1, "👍", true), delete(7)] {
        assert_eq!(world.refusal(room, &ada, action).await, Refusal::UnknownMessage);
    }
}

/// A retry that comes late is answered as ever.
pub async fn a_repeated_message_is_known_whatever_became_of_it(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    world.post_as(room, &ada, "x", "one").await.unwrap();
    world.change(room, &ada, edit(1, "two")).await;
    let (again, created) = world.post_as(room, &ada, "x", "one").await.unwrap();
    assert_eq!((again.seq, created), (Seq(1), false));
    world.change(room, &ada, delete(1)).await;
    let (again, created) = world.post_as(room, &ada, "x", "one").await.unwrap();
    assert_eq!((again.seq, created), (Seq(1), false));
}

/// One's words are one's own; to clear up is an admin's.
pub async fn others_edit_nothing_and_admins_delete(world: &World) {
    let (ada, bob, eve) = (world.user("ada").await, world.user("bob").await, world.user("eve").await);
    let room = world.room(RoomKind::Private, &ada, &[&bob, &eve]).await;
    world.post(room, &bob, "one").await;
    for action in [edit(1, "mine"), delete(1), pin(1, true)] {
        assert!(matches!(world.refusal(room, &eve, action).await, Refusal::PermissionDenied(_)));
    }
    assert!(matches!(world.refusal(room, &ada, edit(1, "mine")).await, Refusal::PermissionDenied(_)));
    world.ask(room, &ada, set_role(&eve, Role::Admin)).await.unwrap();
    world.change(room, &eve, pin(1, true)).await;
    world.change(room, &eve, delete(1)).await;
}

/// The last one that was pinned is what one looks for.
pub async fn pins_come_newest_first_and_go_again(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    for n in 1..=3 {
        world.post(room, &ada, &format!("message {n}")).await;
    }
    for seq in [3, 1, 2] {
        world.change(room, &ada, pin(seq, true)).await;
    }
    world.change(room, &ada, pin(1, false)).await;
    let pins = world.store.pins(room, &ada.id).await.unwrap();
    let seqs: Vec<u64> = pins.iter().map(|view| view.message.seq.0).collect();
    assert_eq!(seqs, [2, 3]);
    let types: Vec<&str> = world.changes(room).await.iter().rev().take(4).map(type_of).collect();
    assert_eq!(types, ["message.unpinned", "message.pinned", "message.pinned", "message.pinned"]);
}

/// Whoever was away gets all of it, in order, and ends with what is there.
pub async fn changes_tell_of_messages_as_they_are_now(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    world.post(room, &ada, "one").await;
    world.change(room, &ada, pin(1, true)).await;
    world.change(room, &ada, edit(1, "two")).await;
    let now = world.messages(room).await.pop().unwrap();
    let told = world.changes(room).await;
    let told: Vec<_> = told.iter().filter_map(|change| event(change)?.message()).collect();
    assert_eq!(told, [&now, &now, &now]);
}

fn event(change: &Change) -> Option<&RoomEvent> {
    match change {
        Change::Room(change) => Some(&change.event),
        Change::User(_) => None,
    }
}

fn type_of(change: &Change) -> &'static str {
    event(change).map_or("", RoomEvent::type_name)
}
