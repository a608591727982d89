//! What stands in the way of opening is told apart, named, and left as it is.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test is a panic")]

mod fixture;

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};

use chinwag_chat::store::{Log as _, Users as _};
use chinwag_chat::{DeleteMessage, EditMessage, MessageText, RoomAction, RoomKind, Seq};
use chinwag_store_sqlite::{OpenError, Options};

use fixture::Place;

#[tokio::test]
async fn what_was_written_is_there_after_reopening() {
    let place = Place::new();
    let (ada, room, epoch) = {
        let world = place.world(Options::default()).await;
        let ada = world.user("ada").await;
        let room = world.room(RoomKind::Group, &ada, &[]).await;
        world.post(room, &ada, "hello").await;
        (ada, room, world.store.epoch())
    };
    // Closed: nothing is left in the log, and the lock is free.
    assert!(!place.beside("-wal").exists());
    let store = place.open().unwrap();
    assert_eq!(store.epoch(), epoch);
    assert_eq!(store.user(&ada.id).await.unwrap(), Some(ada));
    let page = store.changes_after(&room.into(), chinwag_chat::Rev(2), 10).await.unwrap();
    assert_eq!(page.changes.len(), 1);
}

#[tokio::test]
async fn what_was_deleted_is_nowhere_in_the_file() {
    let place = Place::new();
    let secrets =
        ["the-key-is-under-the-mat".to_owned(), "long-secret-".repeat(1000), "an-earlier-secret".to_owned()];
    {
        let world = place.world(Options::default()).await;
        let ada = world.user("ada").await;
        let room = world.room(RoomKind::Group, &ada, &[]).await;
        let (first, second) =
            (world.post(room, &ada, &secrets[0]).await, world.post(room, &ada, &secrets[1]).await);
        let third = world.post(room, &ada, &secrets[2]).await;
        world.change(room, &ada, edit(third.seq, "a harmless text")).await;
        for seq in [first.seq, second.seq, third.seq] {
            world.change(room, &ada, RoomAction::Delete(DeleteMessage { seq, as_server_admin: false })).await;
        }
    }
    assert!(!place.beside("-wal").exists());
    let file = fs::read(place.database()).unwrap();
    for secret in secrets {
        let start = &secret.as_bytes()[..secret.len().min(24)];
        assert!(!file.windows(start.len()).any(|bytes| bytes == start), "{start:?}");
    }
}

fn edit(seq: Seq, text: &str) -> RoomAction {
    RoomAction::Edit(EditMessage { seq, text: MessageText::new(text.to_owned(), 1024).unwrap() })
}

#[test]
fn every_new_file_has_an_epoch_of_its_own() {
    let place = Place::new();
    let first = place.open().unwrap().epoch();
    fs::remove_file(place.database()).unwrap();
    assert_ne!(place.open().unwrap().epoch(), first);
}

#[test]
fn a_second_opener_is_told_who_was_first() {
    let place = Place::new();
    let store = place.open().unwrap();
    let error = place.open().unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }), "{error:?}");
    let message = error.to_string();
    assert!(message.contains("chinwag.db"), "{message}");
    assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
    drop(store);
    place.open().unwrap();
}

#[test]
fn a_directory_is_made_and_closed_to_others() {
    let place = Place::new();
    let directory = place.directory().join("data/of/chinwag");
    place.open_at(&directory.join("chinwag.db"), Options::default()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(directory).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let place = Place::new();
    let file = place.directory().join("file");
    fs::write(&file, "x").unwrap();
    // Even root cannot make a directory in a file.
    let error = place.open_at(&file.join("chinwag.db"), Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::NotWritable { .. }), "{error:?}");
    // Nor a file where a directory is.
    fs::create_dir(place.database()).unwrap();
    let error = place.open().unwrap_err();
    assert!(error.to_string().contains("chinwag.db"), "{error}");
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let place = Place::new();
    for content in [&b"short"[..], &[b'x'; 5000], &[0; 8192]] {
        fs::write(place.database(), content).unwrap();
        let error = place.open().unwrap_err();
        assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
        assert_eq!(fs::read(place.database()).unwrap(), content);
    }
}

#[test]
fn another_applications_database_is_left_alone() {
    let place = Place::new();
    place.sqlite().execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    let before = fs::read(place.database()).unwrap();
    let error = place.open().unwrap_err();
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
    assert_eq!(fs::read(place.database()).unwrap(), before);
}

#[test]
fn a_newer_versions_file_is_left_alone() {
    let place = Place::new();
    drop(place.open().unwrap());
    place.sqlite().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(place.database()).unwrap();
    let error = place.open().unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error:?}");
    assert_eq!(fs::read(place.database()).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_page_is_found_at_the_start() {
    let place = Place::new();
    {
        let world = place.world(Options::default()).await;
        let ada = world.user("ada").await;
        let room = world.room(RoomKind::Group, &ada, &[]).await;
        for _ in 0..50 {
            world.post(room, &ada, &"text ".repeat(100)).await;
        }
    }
    let size = fs::metadata(place.database()).unwrap().len();
    let mut file = fs::OpenOptions::new().write(true).open(place.database()).unwrap();
    // The head of a page in the middle.
    file.seek(SeekFrom::Start(size / 2 / 4096 * 4096)).unwrap();
    file.write_all(&[0xFF; 64]).unwrap();
    drop(file);
    let before = fs::read(place.database()).unwrap();
    let error = place.open().unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("backup"), "{error}");
    assert_eq!(fs::read(place.database()).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_was_cut_short_is_found_at_the_start() {
    let place = Place::new();
    {
        let world = place.world(Options::default()).await;
        let ada = world.user("ada").await;
        let room = world.room(RoomKind::Group, &ada, &[]).await;
        for _ in 0..50 {
            world.post(room, &ada, &"text ".repeat(100)).await;
        }
    }
    let size = fs::metadata(place.database()).unwrap().len();
    let file = fs::OpenOptions::new().write(true).open(place.database()).unwrap();
    file.set_len(size / 2).unwrap();
    let error = place.open().unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
}

#[test]
fn a_log_whose_database_is_missing_is_not_thrown_away() {
    let place = Place::new();
    fs::write(place.beside("-wal"), [7; 5000]).unwrap();
    let error = place.open().unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    assert_eq!(fs::read(place.beside("-wal")).unwrap(), [7; 5000]);
}

/// The files of a store that was killed after 20 posts, one transaction each, none of them in the database file yet.
async fn killed() -> Place {
    let place = Place::new();
    let world = place.world(Options::default()).await;
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    for n in 0..20 {
        world.post(room, &ada, &format!("message {n}")).await;
    }
    let image = Place::new();
    for suffix in ["", "-wal"] {
        fs::copy(place.beside(suffix), image.beside(suffix)).unwrap();
    }
    image
}

fn messages(place: &Place) -> i64 {
    drop(place.open().unwrap());
    place.sqlite().query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_log_that_a_crash_cut_off_is_read_up_to_there() {
    let place = killed().await;
    assert_eq!(messages(&place), 20);
    for cut in [1, 100, 4096] {
        let place = killed().await;
        let log = fs::OpenOptions::new().write(true).open(place.beside("-wal")).unwrap();
        log.set_len(log.metadata().unwrap().len() - cut).unwrap();
        assert_eq!(messages(&place), 19);
    }
    // The last transaction was being written when the power went: all of it may be wrong.
    let place = killed().await;
    let mut log = fs::read(place.beside("-wal")).unwrap();
    let end = log.len();
    log[end - 4096..].fill(0);
    fs::write(place.beside("-wal"), log).unwrap();
    assert_eq!(messages(&place), 19);
}

#[tokio::test]
async fn a_log_that_was_damaged_before_its_last_commit_is_not_cut_off() {
    let frame = 4096 + 24;
    // In the header; in a page, its checksum and its salts, early and late.
    for at in [1, 20, 32 + 24 + 100, 32 + 17, 32 + 9, 32 + 20 * frame + 2000] {
        let place = killed().await;
        let mut log = fs::read(place.beside("-wal")).unwrap();
        log[at] ^= 0x10;
        fs::write(place.beside("-wal"), &log).unwrap();
        let error = place.open().unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "{at}: {error:?}");
        assert!(error.to_string().contains("write-ahead log"), "{error}");
        assert_eq!(fs::read(place.beside("-wal")).unwrap(), log);
    }
}

#[test]
fn too_little_space_for_a_new_file_is_told() {
    let place = Place::new();
    let options = Options { max_file_bytes: Some(8 * 4096), ..Options::default() };
    let error = place.open_with(options).unwrap_err();
    assert!(matches!(error, OpenError::Full { .. }), "{error:?}");
    // And when there is more, it opens.
    place.open().unwrap();
}
