//! Posts that come together are written together, and some of them are about each other.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test is a panic")]

mod fixture;

use chinwag_chat::rules::CommandResult;
use chinwag_chat::{RoomAction, RoomKind, Seq};
use chinwag_store_postgres::Options;
use futures_util::future::join_all;

/// How many are handed in before any of them is decided: more than go into one transaction.
const ANSWERS: u64 = 600;

#[tokio::test]
async fn an_answer_finds_a_message_that_is_written_by_the_same_transaction() {
    let world = fixture::world(&fixture::fresh_url().await, Options::default()).await;
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let root = world.post(room, &ada, "root").await.seq;
    let answers = (1..=ANSWERS).map(|n| {
        let (sender, text) = if n % 2 == 0 { (&ada, "@bob @room") } else { (&bob, "@nobody") };
        let mut action = world.message(&format!("{n}"), text);
        if let RoomAction::Post(post) = &mut action {
            // Each in the thread of the one before it, which is that of the root.
            (post.reply_to, post.thread) = (Some(Seq(n)), Some(Seq(n)));
        }
        world.ask(room, sender, action)
    });
    for (outcome, seq) in join_all(answers).await.into_iter().zip(2..) {
        let CommandResult::Posted { message, created: true } = outcome.unwrap().result else {
            panic!("not a new message")
        };
        let details = &message.details;
        assert_eq!(
            (message.seq, details.reply_to, details.thread),
            (Seq(seq), Some(Seq(seq - 1)), Some(root))
        );
        assert_eq!(world.message_view(room, &ada, seq).await.message, message);
    }

    let replies = world.message_view(room, &ada, 1).await.replies.unwrap();
    assert_eq!((replies.count, replies.last_seq), (ANSWERS, Seq(ANSWERS + 1)));
    // Each has read up to their own last answer.
    for (user, read_seq, unread) in [(&ada, ANSWERS + 1, 0), (&bob, ANSWERS, 1)] {
        let threads = world.store.threads_of(&user.id, 10).await.unwrap();
        assert_eq!((threads.len(), threads[0].read_seq, threads[0].unread), (1, Seq(read_seq), unread));
    }
    // A message that calls somebody by name and with everybody calls them once.
    let told = world.store.move_thread_cursor(room, root, &bob.id, Seq(ANSWERS + 1)).await.unwrap().unwrap();
    assert_eq!((told.read_seq, told.unread), (Seq(ANSWERS + 1), 0));
    let view = world.view(room, &bob).await;
    assert_eq!((view.unread, view.mentions), (1, 100));
    let kind = chinwag_chat::CursorKind::Read;
    let moved = world.store.move_cursor(room, &bob.id, kind, Seq(ANSWERS - 9)).await.unwrap().unwrap();
    let cursor = moved.cursor.unwrap();
    assert_eq!((cursor.unread, cursor.mentions), (0, 5));
}
