//! Cursors, and what is left to read.

use chinwag_chat::{Cursor, CursorKind, RoomId, RoomKind, Seq, User};

use super::World;

/// Moves the read cursor.
async fn read(world: &World, room: RoomId, user: &User, seq: u64) -> Option<Cursor> {
    let moved = world.store.move_cursor(room, &user.id, CursorKind::Read, Seq(seq)).await.unwrap();
    moved.map(|moved| moved.cursor.expect("what is left was counted"))
}

/// Counted in the log, never counted up.
pub async fn unread_is_what_came_after_the_cursor(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    for _ in 0..5 {
        world.post(room, &ada, "text").await;
    }
    let view = world.view(room, &bob).await;
    assert_eq!((view.read_seq, view.unread), (Seq(0), 5));
    let cursor = read(world, room, &bob, 3).await;
    assert_eq!(cursor, Some(Cursor { read_seq: Seq(3), unread: 2, mentions: 0 }));
    let listed = world.store.rooms_of(&bob.id, None, 1).await.unwrap().pop().unwrap();
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
        let cursor = read(world, room, &bob, seq).await;
        assert_eq!(cursor, Some(Cursor { read_seq: Seq(expected), unread: 5 - expected, mentions: 0 }));
    }
}

/// What is not there yet cannot have been read.
pub async fn a_cursor_never_passes_the_head(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    world.post(room, &ada, "text").await;
    let cursor = read(world, room, &bob, u64::MAX).await;
    assert_eq!(cursor, Some(Cursor { read_seq: Seq(1), unread: 0, mentions: 0 }));
    world.post(room, &ada, "text").await;
    assert_eq!(world.view(room, &bob).await.unread, 1);
}

/// Nor where there is no room.
pub async fn without_membership_there_is_no_cursor(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[]).await;
    assert_eq!(read(world, room, &bob, 1).await, None);
    assert_eq!(read(world, world.new_room_id(), &ada, 1).await, None);
}

/// A passer-by owes it nothing.
pub async fn in_a_public_room_not_joined_nothing_is_unread(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[]).await;
    world.post(room, &ada, "text").await;
    let view = world.view(room, &bob).await;
    assert_eq!((view.role, view.read_seq, view.unread), (None, Seq(1), 0));
}

/// Whoever has read a message has got it; whoever has got it need not have read it.
pub async fn what_was_read_was_delivered(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    for _ in 0..3 {
        world.post(room, &ada, "text").await;
    }
    let deliver = |seq| world.store.move_cursor(room, &bob.id, CursorKind::Delivered, Seq(seq));
    let moved = deliver(2).await.unwrap().unwrap();
    assert_eq!((moved.read_seq, moved.delivered_seq, moved.is_further), (Seq(0), Seq(2), true));
    assert_eq!((moved.cursor, moved.member_count), (None, 2));
    read(world, room, &bob, 3).await;
    let moved = deliver(1).await.unwrap().unwrap();
    assert_eq!((moved.read_seq, moved.delivered_seq, moved.is_further), (Seq(3), Seq(3), false));
    let member = world.store.members(room, None, 10).await.unwrap().items.pop().unwrap();
    assert_eq!((member.user, member.read_seq, member.delivered_seq), (bob, Seq(3), Seq(3)));
}

/// Nobody looks for a message that is not there.
pub async fn deleted_messages_are_not_unread(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    for _ in 0..3 {
        world.post(room, &ada, "text @bob").await;
    }
    world.change(room, &ada, super::world::delete(2)).await;
    let view = world.view(room, &bob).await;
    assert_eq!((view.unread, view.mentions), (2, 2));
    assert_eq!(view.last_message.unwrap().seq, Seq(3));
    world.change(room, &ada, super::world::delete(3)).await;
    assert_eq!(world.view(room, &bob).await.last_message.unwrap().seq, Seq(1));
    world.change(room, &ada, super::world::delete(1)).await;
    let view = world.view(room, &bob).await;
    assert_eq!((view.unread, view.mentions, view.last_message), (0, 0, None));
}

/// A list of many rooms must not cost as much as all that was said in them.
pub async fn unread_is_counted_up_to_a_limit(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    for _ in 0..Cursor::MAX_UNREAD + 5 {
        world.post(room, &ada, "@bob").await;
    }
    let view = world.view(room, &bob).await;
    assert_eq!((view.unread, view.mentions), (Cursor::MAX_UNREAD, Cursor::MAX_UNREAD));
    let cursor = read(world, room, &bob, 3).await.unwrap();
    assert_eq!((cursor.unread, cursor.mentions), (Cursor::MAX_UNREAD, Cursor::MAX_UNREAD));
    let cursor = read(world, room, &bob, 100).await.unwrap();
    assert_eq!((cursor.unread, cursor.mentions), (5, 5));
}
