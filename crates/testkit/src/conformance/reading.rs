//! Cursors, and what is left to read.

use chinwag_chat::{Cursor, RoomKind, Seq};

use super::World;

/// Derived from two numbers, never counted up.
pub async fn unread_is_what_came_after_the_cursor(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    for _ in 0..5 {
        world.post(room, &ada, "text").await;
    }
    let view = world.view(room, &bob).await;
    assert_eq!((view.read_seq, view.unread), (Seq(0), 5));
    let cursor = world.store.mark_read(room, &bob.id, Seq(3)).await.unwrap();
    assert_eq!(cursor, Some(Cursor { read_seq: Seq(3), unread: 2 }));
    let listed = world.store.rooms_of(&bob.id, 1).await.unwrap().pop().unwrap();
    assert_eq!((listed.read_seq, listed.unread), (Seq(3), 2));
    assert_eq!(listed, world.view(room, &bob).await);
}

/// Whoever answers has read.
pub async fn ones_own_message_is_never_unread(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    world.post(room, &ada, "one").await;
    world.post(room, &bob, "two").await;
    let view = world.view(room, &bob).await;
    assert_eq!((view.read_seq, view.unread), (Seq(2), 0));
    let view = world.view(room, &ada).await;
    assert_eq!((view.read_seq, view.unread), (Seq(1), 1));
}

/// A late packet does not make read messages unread.
pub async fn a_cursor_moves_only_forward(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    for _ in 0..5 {
        world.post(room, &ada, "text").await;
    }
    for (seq, expected) in [(4, 4), (2, 4), (0, 4), (5, 5)] {
        let cursor = world.store.mark_read(room, &bob.id, Seq(seq)).await.unwrap();
        assert_eq!(cursor, Some(Cursor::at(Seq(expected), Seq(5))));
    }
}

/// What is not there yet cannot have been read.
pub async fn a_cursor_never_passes_the_head(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    world.post(room, &ada, "text").await;
    let cursor = world.store.mark_read(room, &bob.id, Seq(u64::MAX)).await.unwrap();
    assert_eq!(cursor, Some(Cursor { read_seq: Seq(1), unread: 0 }));
    world.post(room, &ada, "text").await;
    assert_eq!(world.view(room, &bob).await.unread, 1);
}

/// Nor where there is no room.
pub async fn without_membership_there_is_no_cursor(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[]).await;
    assert_eq!(world.store.mark_read(room, &bob.id, Seq(1)).await.unwrap(), None);
    assert_eq!(world.store.mark_read(world.new_room_id(), &ada.id, Seq(1)).await.unwrap(), None);
}

/// A passer-by owes it nothing.
pub async fn in_a_public_room_not_joined_nothing_is_unread(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[]).await;
    world.post(room, &ada, "text").await;
    let view = world.view(room, &bob).await;
    assert_eq!((view.role, view.read_seq, view.unread), (None, Seq(1), 0));
}
