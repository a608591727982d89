//! Posting: numbers, idempotency, and permission in the transaction that writes.

use chinwag_chat::{Channel, Head, Refusal, Rev, RoomKind, Seq};

use super::World;
use super::world::{remove, rename};
use crate::conformance::world::create;

/// Every change counts in `rev`, messages alone in `seq`, both without holes.
pub async fn changes_and_messages_count_from_one(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Private, &ada, &[&bob]).await;
    // Created, Ada joined, Bob joined.
    assert_eq!(world.view(room, &ada).await.head_rev, Rev(3));
    let first = world.post(room, &ada, "one").await;
    assert_eq!((first.seq, first.rev), (Seq(1), Rev(4)));
    world.ask(room, &ada, rename("Other")).await.unwrap();
    let second = world.post(room, &bob, "two").await;
    assert_eq!((second.seq, second.rev), (Seq(2), Rev(6)));
    let head = world.store.heads(&[room.into()]).await.unwrap();
    assert_eq!(head, [Head { seq: Seq(2), rev: Rev(6) }]);
    let revs: Vec<u64> = world.changes(room).await.iter().map(|change| change.rev().0).collect();
    assert_eq!(revs, [1, 2, 3, 4, 5, 6]);
}

/// A repeat is answered like the first time, however much happened in between.
pub async fn the_same_client_id_again_gets_the_first_answer(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    let (first, created) = world.post_as(room, &ada, "x", "hello").await.unwrap();
    assert!(created);
    world.post(room, &ada, "something else").await;
    let (again, created) = world.post_as(room, &ada, "x", "hello").await.unwrap();
    assert!(!created);
    assert_eq!(again, first);
    assert_eq!(world.messages(room).await.len(), 2);
    assert_eq!(world.view(room, &ada).await.head_rev, Rev(4));
}

/// One key, two messages: one of them must have another key.
pub async fn the_same_client_id_with_another_text_is_a_conflict(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    world.post_as(room, &ada, "x", "hello").await.unwrap();
    let refusal = world.refusal(room, &ada, world.message("x", "goodbye")).await;
    assert_eq!(refusal, Refusal::ClientIdConflict);
    assert_eq!(world.messages(room).await.len(), 1);
}

/// The key is unique per room and sender, no further.
pub async fn a_client_id_counts_for_one_sender_in_one_room(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let other = world.room(RoomKind::Group, &ada, &[]).await;
    assert!(world.post_as(room, &ada, "x", "a").await.unwrap().1);
    assert!(world.post_as(room, &bob, "x", "b").await.unwrap().1);
    assert!(world.post_as(other, &ada, "x", "c").await.unwrap().1);
    // Client ids are compared as they are written.
    assert!(world.post_as(room, &ada, "X", "d").await.unwrap().1);
}

/// Everybody reads a public room, its members write.
pub async fn a_public_room_must_be_joined_before_posting(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[]).await;
    let refusal = world.refusal(room, &bob, world.message("x", "hello")).await;
    assert!(matches!(refusal, Refusal::PermissionDenied(_)), "{refusal:?}");
    world.ask(room, &bob, super::world::add(&bob)).await.unwrap();
    world.post_as(room, &bob, "x", "hello").await.unwrap();
}

/// A room that one may not see answers like one that is not there.
pub async fn an_outsider_learns_nothing_of_a_private_room(world: &World) {
    let (ada, bob, eve) = (world.user("ada").await, world.user("bob").await, world.user("eve").await);
    let rooms = [
        world.room(RoomKind::Private, &ada, &[]).await,
        world.room(RoomKind::Group, &ada, &[&bob]).await,
        world.room(RoomKind::Direct, &ada, &[&bob]).await,
        world.new_room_id(),
    ];
    for room in rooms {
        for action in [world.message("x", "hello"), rename("Mine"), remove(&ada), super::world::add(&eve)] {
            assert_eq!(world.refusal(room, &eve, action).await, Refusal::UnknownRoom);
        }
    }
}

/// Membership is looked up in the transaction that writes.
pub async fn a_removed_member_posts_no_more(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Private, &ada, &[&bob]).await;
    world.post_as(room, &bob, "x", "hello").await.unwrap();
    world.ask(room, &ada, remove(&bob)).await.unwrap();
    assert_eq!(world.refusal(room, &bob, world.message("y", "still here")).await, Refusal::UnknownRoom);
    // Not even to repeat what was accepted: it could be used to read.
    assert_eq!(world.refusal(room, &bob, world.message("x", "hello")).await, Refusal::UnknownRoom);
}

/// A token may name somebody whom the store does not know.
pub async fn somebody_unknown_does_nothing(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Public, &ada, &[]).await;
    let mut nobody = ada.clone();
    nobody.id = "nobody".parse().unwrap();
    for action in [world.message("x", "hello"), create(RoomKind::Group, None, &[])] {
        assert_eq!(world.refusal(room, &nobody, action).await, Refusal::UnknownUser);
    }
}

/// Refused means that nothing was changed.
pub async fn a_refused_command_leaves_no_trace(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Private, &ada, &[&bob]).await;
    world.post_as(room, &ada, "x", "hello").await.unwrap();
    let channels: [Channel; 3] = [room.into(), ada.id.clone().into(), bob.id.clone().into()];
    let before = (world.store.heads(&channels).await.unwrap(), world.view(room, &ada).await);
    world.refusal(room, &bob, rename("Bob's")).await;
    world.refusal(room, &bob, remove(&ada)).await;
    world.refusal(room, &ada, world.message("x", "other")).await;
    let mut nobody = ada.clone();
    nobody.id = "nobody".parse().unwrap();
    let id = world.new_room_id();
    world.refusal(id, &ada, create(RoomKind::Private, Some("Half"), &[&bob, &nobody])).await;
    assert_eq!((world.store.heads(&channels).await.unwrap(), world.view(room, &ada).await), before);
    assert_eq!(world.store.room(id, &ada.id).await.unwrap(), None);
}

/// No normalisation, no escaping, no cutting off.
pub async fn any_text_comes_back_byte_for_byte(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    let texts = [
        "👩‍👩‍👧‍👦 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \u{10FFFF}".to_owned(),
        "e\u{301} and é are two spellings".to_owned(),
        "\u{202E}right to left\u{202C} \u{FEFF}\u{200B}".to_owned(),
        " leading, trailing \r\n\t ".to_owned(),
        r#"'; DROP TABLE messages; -- "quoted" \u0041 \ % _"#.to_owned(),
        "\u{1}\u{7F}\u{85} control".to_owned(),
        "x".repeat(64 * 1024),
        "𝕏".repeat(16 * 1024),
    ];
    for text in &texts {
        assert_eq!(world.post(room, &ada, text).await.text.as_str(), text);
    }
    let stored: Vec<String> =
        world.messages(room).await.iter().map(|message| message.text.as_str().to_owned()).collect();
    assert_eq!(stored, texts);
}
