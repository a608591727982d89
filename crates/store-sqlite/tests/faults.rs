//! What goes wrong while the store is open.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test is a panic")]

mod fixture;

use std::fs;
use std::os::unix::fs::FileExt as _;

use chinwag_chat::store::{CommitError, MessagePage};
use chinwag_chat::{
    Channel, Rev, RoomId, RoomKind, Seq, Session, SessionId, StoreError, Timestamp, TokenHash, User,
};
use chinwag_store_sqlite::Options;
use chinwag_testkit::conformance::World;
use futures_util::future::join_all;

use fixture::Place;

/// Room for the schema and a few dozen pages.
const SMALL: Options = Options {
    max_batch: 256,
    max_queue: 1024,
    max_readers: 2,
    max_file_bytes: Some(120 * 4096),
    max_check_time: std::time::Duration::from_secs(5),
};

fn session(n: u64, user: &User) -> (Session, TokenHash) {
    let at = Timestamp::from_unix_ms(0);
    let (id, user, device) = (SessionId::from_parts(n, 0), user.clone(), "d".repeat(2000));
    let mut token = [0; 32];
    token[..8].copy_from_slice(&n.to_be_bytes());
    (Session { id, user, device, created_at: at, last_seen_at: at, expires_at: at }, TokenHash(token))
}

/// Sessions until there is no space.
async fn fill(world: &World, user: &User) -> Vec<SessionId> {
    let mut kept = Vec::new();
    for n in 0..1000 {
        let (session, token) = session(n, user);
        match world.store.create_session(&session, token).await {
            Ok(()) => kept.push(session.id),
            Err(error) => {
                assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
                assert!(error.to_string().contains("chinwag.db"), "{error}");
                assert!(error.to_string().contains("space"), "{error}");
                return kept;
            }
        }
    }
    panic!("the file does not fill up");
}

async fn room_with_one_message(world: &World) -> (User, RoomId) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    world.post_as(room, &ada, "first", "hello").await.unwrap();
    (ada, room)
}

#[tokio::test]
async fn a_full_disk_refuses_writes_keeps_reads_and_is_over_when_there_is_space() {
    let place = Place::new();
    let world = place.world(SMALL).await;
    let (ada, room) = room_with_one_message(&world).await;
    let kept = fill(&world, &ada).await;
    let long = "x".repeat(64 * 1024);
    let refused = world.post_as(room, &ada, "second", &long).await.unwrap_err();
    assert!(matches!(refused, CommitError::Store(StoreError::Unavailable(_))), "{refused:?}");
    // Nothing of it is there, and what was there is.
    assert_eq!(world.messages(room).await.len(), 1);
    assert_eq!(world.view(room, &ada).await.head_seq, Seq(1));
    // A repeat of what was accepted needs no space.
    assert!(!world.post_as(room, &ada, "first", "hello").await.unwrap().1);
    for id in kept {
        assert!(world.store.delete_session(id).await.unwrap());
    }
    let (message, created) = world.post_as(room, &ada, "second", &long).await.unwrap();
    assert_eq!((message.seq, message.rev, created), (Seq(2), Rev(4), true));
}

#[tokio::test]
async fn a_job_that_fails_does_not_take_its_batch_along() {
    let place = Place::new();
    let world = place.world(SMALL).await;
    let (ada, room) = room_with_one_message(&world).await;
    let kept = fill(&world, &ada).await;
    world.store.delete_session(kept[0]).await.unwrap();
    // All wait at once, so they share a transaction; the long one has no space.
    let long = "x".repeat(64 * 1024);
    let texts: Vec<&str> = (0..20).map(|n| if n == 10 { long.as_str() } else { "short" }).collect();
    let posts =
        texts.iter().enumerate().map(|(n, text)| world.ask(room, &ada, world.message(&format!("{n}"), text)));
    let answers = join_all(posts).await;
    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(answer.is_err(), n == 10, "{n}: {answer:?}");
    }
    let messages = world.messages(room).await;
    assert_eq!(messages.len(), 20);
    assert!(messages.iter().zip(1..).all(|(message, seq)| message.seq == Seq(seq)));
}

#[tokio::test]
async fn a_session_of_nobody_is_refused_alone() {
    let place = Place::new();
    let world = place.world(Options::default()).await;
    let ada = world.user("ada").await;
    let mut nobody = ada.clone();
    nobody.id = "nobody".parse().unwrap();
    let sessions = [session(1, &ada), session(2, &nobody), session(3, &ada)];
    let answers =
        join_all(sessions.iter().map(|(session, token)| world.store.create_session(session, *token))).await;
    assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
}

#[tokio::test]
async fn a_hole_in_a_log_is_reported_and_not_passed_over() {
    let place = Place::new();
    let room = {
        let world = place.world(Options::default()).await;
        let (ada, room) = room_with_one_message(&world).await;
        for _ in 0..3 {
            world.post(room, &ada, "text").await;
        }
        room
    };
    // Somebody tidied up by hand, past what keeps the index of words.
    let by_hand = "DROP TRIGGER message_words_removed; DELETE FROM messages WHERE seq = 2";
    place.sqlite().execute_batch(by_hand).unwrap();
    let store = place.open().unwrap();
    let channel = Channel::from(room);
    let error = chinwag_chat::store::Log::changes_after(&store, &channel, Rev::ZERO, 100).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    // From a position after it nothing is missing.
    let page = chinwag_chat::store::Log::changes_after(&store, &channel, Rev(4), 100).await.unwrap();
    assert_eq!(page.changes.len(), 2);
}

#[tokio::test]
async fn damage_that_is_met_while_running_is_an_error_and_not_an_answer() {
    let place = Place::new();
    let room = {
        let world = place.world(Options::default()).await;
        let (ada, room) = room_with_one_message(&world).await;
        for _ in 0..200 {
            world.post(room, &ada, &"text ".repeat(100)).await;
        }
        room
    };
    let store = place.open().unwrap();
    // Every page but the first, behind the store's back.
    let size = fs::metadata(place.database()).unwrap().len();
    let file = fs::OpenOptions::new().write(true).open(place.database()).unwrap();
    for page in 1..size / 4096 {
        file.write_all_at(&[0xFF; 64], page * 4096).unwrap();
    }
    let wanted = MessagePage { limit: 1000, ..MessagePage::default() };
    let error = chinwag_chat::store::Messages::messages(&store, room, &"ada".parse().unwrap(), wanted)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert!(error.to_string().contains("chinwag.db"), "{error}");
}
