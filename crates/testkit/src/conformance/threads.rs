//! Messages that answer messages.

use chinwag_chat::store::MessagePage;
use chinwag_chat::{Refusal, RoomAction, RoomKind, Seq};

use super::World;
use super::world::delete;

/// The room's own conversation goes on undisturbed.
pub async fn a_thread_is_read_apart_from_the_room(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    world.post(room, &ada, "one").await;
    world.answer(room, &bob, "two", None, Some(1)).await;
    world.post(room, &ada, "three").await;
    // Whoever answers an answer answers in the same thread.
    let last = world.answer(room, &ada, "four", Some(2), Some(2)).await;
    assert_eq!((last.details.thread, last.details.reply_to), (Some(Seq(1)), Some(Seq(2))));
    let seqs = |messages: &[chinwag_chat::Message]| messages.iter().map(|m| m.seq.0).collect::<Vec<_>>();
    assert_eq!(seqs(&world.messages(room).await), [1, 3]);
    let page = MessagePage { thread: Some(Seq(1)), limit: 10, ..MessagePage::default() };
    let thread = world.store.messages(room, &ada.id, page).await.unwrap().items;
    assert_eq!(thread.iter().map(|view| view.message.seq.0).collect::<Vec<_>>(), [2, 4]);
    let newest = MessagePage { limit: 1, ..page };
    let newest = world.store.messages(room, &ada.id, newest).await.unwrap();
    assert_eq!((newest.items[0].message.seq, newest.has_more), (Seq(4), true));
    let root = world.message_view(room, &ada, 1).await;
    let replies = root.replies.unwrap();
    assert_eq!((replies.count, replies.last_seq, replies.last_at), (2, Seq(4), last.created_at));
    assert_eq!(world.view(room, &bob).await.last_message.unwrap().seq, Seq(3));
}

/// What is not among the room's messages cannot be read there.
pub async fn a_thread_has_its_own_unread(world: &World) {
    let (ada, bob, eve) = (world.user("ada").await, world.user("bob").await, world.user("eve").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob, &eve]).await;
    world.post(room, &ada, "one").await;
    world.answer(room, &bob, "two", None, Some(1)).await;
    world.answer(room, &bob, "three", None, Some(1)).await;
    assert_eq!(world.view(room, &eve).await.unread, 1);
    // Whoever began it, whoever answered and whoever is called there take part; the others do not.
    let threads = world.store.threads_of(&ada.id, 10).await.unwrap();
    assert_eq!((threads.len(), threads[0].read_seq, threads[0].unread), (1, Seq(1), 2));
    assert_eq!(threads[0].root, world.message_view(room, &ada, 1).await);
    let threads = world.store.threads_of(&bob.id, 10).await.unwrap();
    assert_eq!((threads[0].read_seq, threads[0].unread), (Seq(3), 0));
    assert!(world.store.threads_of(&eve.id, 10).await.unwrap().is_empty());
    world.change(room, &bob, delete(3)).await;
    assert_eq!(world.store.threads_of(&ada.id, 10).await.unwrap()[0].unread, 1);
    world.answer(room, &bob, "@eve and @ada", None, Some(1)).await;
    let threads = world.store.threads_of(&eve.id, 10).await.unwrap();
    assert_eq!((threads.len(), threads[0].unread), (1, 2));
}

/// A late packet makes nothing unread again.
pub async fn a_threads_cursor_moves_only_forward(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    world.post(room, &ada, "one").await;
    for _ in 0..3 {
        world.answer(room, &bob, "text", None, Some(1)).await;
    }
    for (seq, expected) in [(3, (3, 1)), (2, (3, 1)), (99, (4, 0))] {
        let view = world.store.move_thread_cursor(room, Seq(1), &ada.id, Seq(seq)).await.unwrap().unwrap();
        assert_eq!((view.read_seq.0, view.unread), expected);
    }
    // An answer is not the beginning of a thread, and an outsider takes part in none.
    assert_eq!(world.store.move_thread_cursor(room, Seq(2), &ada.id, Seq(3)).await.unwrap(), None);
    let eve = world.user("eve").await;
    assert_eq!(world.store.move_thread_cursor(room, Seq(1), &eve.id, Seq(3)).await.unwrap(), None);
}

/// The one where something happened is the one to look at.
pub async fn threads_come_with_the_newest_first(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let rooms =
        [world.room(RoomKind::Group, &ada, &[&bob]).await, world.room(RoomKind::Group, &ada, &[&bob]).await];
    for room in rooms {
        world.post(room, &ada, "one").await;
        world.post(room, &ada, "two").await;
        world.answer(room, &bob, "three", None, Some(1)).await;
    }
    world.answer(rooms[0], &bob, "four", None, Some(2)).await;
    let threads = world.store.threads_of(&ada.id, 2).await.unwrap();
    let found: Vec<_> = threads.iter().map(|t| (t.root.message.room, t.root.message.seq.0)).collect();
    assert_eq!(found, [(rooms[0], 2), (rooms[1], 1)]);
}

/// Those who talk there go on talking.
pub async fn a_thread_outlives_the_message_that_it_began_with(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    world.post(room, &ada, "one").await;
    world.answer(room, &bob, "two", None, Some(1)).await;
    world.change(room, &ada, delete(1)).await;
    for thread in [1, 2] {
        assert_eq!(world.answer(room, &ada, "on", None, Some(thread)).await.details.thread, Some(Seq(1)));
    }
    let root = world.message_view(room, &ada, 1).await;
    assert_eq!((root.message.is_deleted(), root.replies.unwrap().count), (true, 3));
}

/// There is nothing to answer.
pub async fn what_is_not_there_is_not_answered(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    world.post(room, &ada, "one").await;
    world.change(room, &ada, delete(1)).await;
    for (reply_to, thread) in [(Some(1), None), (Some(9), None), (None, Some(9))] {
        let mut action = world.message("x", "two");
        if let RoomAction::Post(post) = &mut action {
            (post.reply_to, post.thread) = (reply_to.map(Seq), thread.map(Seq));
        }
        assert_eq!(world.refusal(room, &ada, action).await, Refusal::UnknownMessage);
    }
}
