//! Files: who is charged with them, what shows them, and when they are collected.

use chinwag_chat::rules::CommandResult;
use chinwag_chat::store::CommitError;
use chinwag_chat::{
    FileId, FileName, FilePurpose, MediaType, Message, NewFile, Picture, Preview, Refusal, RoomAction,
    RoomId, RoomKind, Seq, Timestamp, User,
};

use super::World;
use super::world::{delete, edit};

const PLENTY: u64 = 1 << 40;
/// Far from the times that the world goes through.
const SOME_DAY: Timestamp = Timestamp::from_unix_ms(4_000_000_000_000);

fn new_file(world: &World, owner: &User, purpose: FilePurpose, reserved: u64) -> NewFile {
    NewFile {
        id: world.new_file_id(),
        owner: owner.id.clone(),
        purpose,
        name: FileName::cleaned("Zeichnung 1.png"),
        media_type: MediaType::new("image/png"),
        reserved,
        created_at: world.now(),
        due_at: SOME_DAY,
    }
}

async fn upload(world: &World, owner: &User, purpose: FilePurpose, size: u64) -> FileId {
    let file = new_file(world, owner, purpose, size);
    let id = file.id;
    world.store.begin_file(file, PLENTY).await.unwrap();
    assert!(world.store.finish_file(id, size, None, SOME_DAY).await.unwrap());
    id
}

/// An upload to be attached.
pub(super) async fn attachment(world: &World, owner: &User, size: u64) -> FileId {
    upload(world, owner, FilePurpose::Attachment, size).await
}

/// An upload to be shown beside a name.
pub(super) async fn avatar(world: &World, owner: &User) -> FileId {
    upload(world, owner, FilePurpose::Avatar, 1).await
}

fn with_files(world: &World, client_id: &str, text: &str, files: &[FileId]) -> RoomAction {
    let mut action = world.message(client_id, "-");
    if let RoomAction::Post(post) = &mut action {
        post.text = chinwag_chat::MessageText::that_may_be_blank(text.to_owned(), 100).unwrap();
        post.attachments = files.to_vec();
    }
    action
}

pub(super) async fn send(
    world: &World,
    room: RoomId,
    sender: &User,
    client_id: &str,
    files: &[FileId],
) -> Message {
    let action = with_files(world, client_id, "", files);
    match world.ask(room, sender, action).await.unwrap().result {
        CommandResult::Posted { message, .. } => message,
        other => panic!("expected a message, got {other:?}"),
    }
}

/// And no sooner than it is all there.
pub async fn a_file_reads_back_as_it_was_finished(world: &World) {
    let ada = world.user("ada").await;
    let begun = new_file(world, &ada, FilePurpose::Attachment, 100);
    let (id, name) = (begun.id, begun.name.clone());
    world.store.begin_file(begun, PLENTY).await.unwrap();
    assert_eq!(world.store.file(id).await.unwrap(), None);
    assert_eq!(world.store.bytes_of(&ada.id).await.unwrap(), 100);
    let preview = Preview { width: 4, height: 3, media_type: MediaType::new("image/jpeg"), size: 9 };
    let picture = Some(Picture { width: 40, height: 30, preview });
    assert!(world.store.finish_file(id, 70, picture.clone(), SOME_DAY).await.unwrap());
    assert!(!world.store.finish_file(id, 71, None, SOME_DAY).await.unwrap(), "it is finished once");
    let kept = world.store.file(id).await.unwrap().unwrap();
    assert_eq!((kept.file.name, kept.file.size, kept.file.picture), (name, 70, picture));
    assert_eq!((kept.owner, kept.purpose, kept.message), (ada.id.clone(), FilePurpose::Attachment, None));
    assert!(!kept.is_shown);
    assert_eq!(world.store.bytes_of(&ada.id).await.unwrap(), 70);
}

/// Also those that are still coming in.
pub async fn nobody_has_more_than_their_share(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let begin =
        |owner, size| world.store.begin_file(new_file(world, owner, FilePurpose::Attachment, size), 100);
    let coming_in = new_file(world, &ada, FilePurpose::Attachment, 60);
    let id = coming_in.id;
    world.store.begin_file(coming_in, 100).await.unwrap();
    let refused = begin(&ada, 41).await;
    let full = |result: &Result<(), CommitError>| {
        matches!(result, Err(CommitError::Refused(Refusal::StorageFull { max_bytes: 100 })))
    };
    assert!(full(&refused), "{refused:?}");
    begin(&bob, 41).await.unwrap();
    world.store.give_up_file(id).await.unwrap();
    assert!(!world.store.finish_file(id, 1, None, SOME_DAY).await.unwrap());
    let at_once = (0..8).map(|_| {
        let (store, file) = (world.store.clone(), new_file(world, &ada, FilePurpose::Attachment, 40));
        tokio::spawn(async move { store.begin_file(file, 100).await.is_ok() })
    });
    let mut taken = 0;
    for task in at_once.collect::<Vec<_>>() {
        taken += u64::from(task.await.unwrap());
    }
    assert!(taken <= 2, "{taken}");
    assert_eq!(world.store.bytes_of(&ada.id).await.unwrap(), taken * 40);
}

/// In pages, in replayed changes and in the room's list alike.
pub async fn files_come_with_a_message_wherever_it_is_read(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Private, &ada, &[&bob]).await;
    let files = [attachment(world, &ada, 1).await, attachment(world, &ada, 2).await];
    let message = send(world, room, &ada, "c", &files).await;
    let ids: Vec<FileId> = message.details.attachments.iter().map(|file| file.id).collect();
    assert_eq!(ids, files, "in the order in which they were named");
    assert_eq!(world.message_view(room, &bob, 1).await.message, message);
    assert_eq!(world.messages(room).await, std::slice::from_ref(&message));
    assert_eq!(world.view(room, &bob).await.last_message, Some(message.clone()));
    let changes = serde_json::to_string(&world.changes(room).await).unwrap();
    assert!(changes.contains(&files[1].to_string()), "{changes}");
    for id in files {
        let kept = world.store.file(id).await.unwrap().unwrap();
        assert_eq!((kept.message, kept.is_shown), (Some((room, Seq(1))), true));
    }
    let again = world.ask(room, &ada, with_files(world, "c", "", &files)).await.unwrap().result;
    assert_eq!(again, CommandResult::Posted { message: message.clone(), created: false });
    for other in [&files[..1], &[]] {
        let action = with_files(world, "c", "", other);
        assert_eq!(world.refusal(room, &ada, action).await, Refusal::ClientIdConflict);
    }
    let edited = world.change(room, &ada, edit(1, "Look!")).await;
    assert_eq!(edited.details.attachments, message.details.attachments);
}

/// Nor one's own a second time.
pub async fn nobody_attaches_what_is_not_theirs_to_show(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Private, &ada, &[&bob]).await;
    let elsewhere = world.room(RoomKind::Public, &ada, &[]).await;
    let file = attachment(world, &ada, 1).await;
    let coming_in = new_file(world, &ada, FilePurpose::Attachment, 1);
    let unfinished = coming_in.id;
    world.store.begin_file(coming_in, PLENTY).await.unwrap();
    let picture = avatar(world, &ada).await;
    for (who, wrong) in [(&bob, file), (&ada, unfinished), (&ada, picture), (&ada, world.new_file_id())] {
        let action = with_files(world, "c", "text", &[wrong]);
        assert_eq!(world.refusal(room, who, action).await, Refusal::UnknownFile);
    }
    let twice = with_files(world, "c", "text", &[file, file]);
    assert!(matches!(world.refusal(room, &ada, twice).await, Refusal::Invalid(_)));
    assert!(!world.store.file(file).await.unwrap().unwrap().is_shown, "a refusal leaves no trace");
    send(world, room, &ada, "c1", &[file]).await;
    for room in [room, elsewhere] {
        let action = with_files(world, "c2", "text", &[file]);
        assert_eq!(world.refusal(room, &ada, action).await, Refusal::UnknownFile);
    }
    let many: Vec<FileId> = (0..11).map(|_| world.new_file_id()).collect();
    let refused = world.refusal(room, &ada, with_files(world, "c3", "text", &many)).await;
    assert_eq!(refused, Refusal::LimitExceeded { what: "attachments", max: 10 });
}

/// Of two rooms at the same time, one gets it.
pub async fn a_file_comes_with_one_message(world: &World) {
    let ada = world.user("ada").await;
    let mut rooms = vec![];
    for _ in 0..6 {
        rooms.push(world.room(RoomKind::Private, &ada, &[]).await);
    }
    let file = attachment(world, &ada, 1).await;
    let posts = rooms.iter().map(|room| {
        let action = with_files(world, "c", "", &[file]);
        let (store, command, at) =
            (world.store.clone(), super::world::command(*room, &ada, action), world.now());
        tokio::spawn(async move { store.commit(command, at).await.is_ok() })
    });
    let mut sent = 0;
    for post in posts.collect::<Vec<_>>() {
        sent += u32::from(post.await.unwrap());
    }
    assert_eq!(sent, 1);
}

/// Files say enough, but somebody must.
pub async fn a_message_without_files_says_something(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Private, &ada, &[]).await;
    let blank = with_files(world, "c", " \n", &[]);
    assert!(matches!(world.refusal(room, &ada, blank).await, Refusal::Invalid(_)));
    let file = attachment(world, &ada, 1).await;
    send(world, room, &ada, "c1", &[file]).await;
    world.post(room, &ada, "hello").await;
    let nothing = || chinwag_chat::MessageText::that_may_be_blank(String::new(), 1).unwrap();
    let blank = |seq| RoomAction::Edit(chinwag_chat::EditMessage { seq: Seq(seq), text: nothing() });
    world.change(room, &ada, edit(1, "Look!")).await;
    assert!(world.change(room, &ada, blank(1)).await.text.is_blank());
    assert!(matches!(world.refusal(room, &ada, blank(2)).await, Refusal::Invalid(_)));
}

/// At once, and the owner's share is theirs again.
pub async fn files_go_with_their_message(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Private, &ada, &[]).await;
    let (gone, stays) = (attachment(world, &ada, 30).await, attachment(world, &ada, 12).await);
    send(world, room, &ada, "c1", &[gone]).await;
    send(world, room, &ada, "c2", &[stays]).await;
    let left = world.change(room, &ada, delete(1)).await;
    assert!(left.details.attachments.is_empty());
    assert_eq!(world.store.file(gone).await.unwrap(), None);
    assert_eq!(world.store.bytes_of(&ada.id).await.unwrap(), 12);
    let changes = serde_json::to_string(&world.changes(room).await).unwrap();
    assert!(!changes.contains(&gone.to_string()), "it is found nowhere");
    assert_eq!(world.store.take_due_files(world.now(), 5).await.unwrap(), [gone]);
    assert!(world.store.file(stays).await.unwrap().is_some());
}

/// And what is shown never is.
pub async fn what_nothing_shows_is_collected_when_it_is_due(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Private, &ada, &[]).await;
    let due_at = world.now();
    let mut files = vec![];
    for _ in 0..4 {
        let file = new_file(world, &ada, FilePurpose::Attachment, 1);
        files.push(file.id);
        world.store.begin_file(file, PLENTY).await.unwrap();
        world.store.finish_file(files[files.len() - 1], 1, None, due_at).await.unwrap();
    }
    let shown = files.pop().unwrap();
    send(world, room, &ada, "c", &[shown]).await;
    let before = Timestamp::from_unix_ms(due_at.unix_ms() - 1);
    assert!(world.store.take_due_files(before, 5).await.unwrap().is_empty());
    assert_eq!(world.store.take_due_files(due_at, 2).await.unwrap().len(), 2);
    let mut taken = world.store.take_due_files(due_at, 5).await.unwrap();
    taken.sort_unstable();
    assert_eq!(taken, files, "what was taken and not forgotten comes again");
    for id in &files {
        assert_eq!(world.store.file(*id).await.unwrap(), None);
        let action = with_files(world, "late", "text", &[*id]);
        assert_eq!(world.refusal(room, &ada, action).await, Refusal::UnknownFile);
    }
    files.push(shown);
    world.store.forget_files(&files).await.unwrap();
    assert!(world.store.take_due_files(due_at, 5).await.unwrap().is_empty());
    world.store.give_up_file(shown).await.unwrap();
    assert!(
        world.store.file(shown).await.unwrap().is_some(),
        "what is shown is neither given up nor forgotten"
    );
    assert_eq!(world.store.bytes_of(&ada.id).await.unwrap(), 1);
}
