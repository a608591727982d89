//! Many at once: one order, no holes.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::task::{Context, Waker};

use chinwag_chat::rules::CommandResult;
use chinwag_chat::store::CommitError;
use chinwag_chat::{Change, NewUser, Refusal, RoomEvent, RoomId, RoomKind, Seq, User};
use futures_util::future::join_all;

use super::World;
use super::world::{add, command, create, remove};

/// Two tabs, a proxy's replay: whoever is second gets the first one's answer.
pub async fn the_same_client_id_at_once_gives_one_message(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    let posts = (0..32).map(|_| spawn(world, room, &ada, world.message("x", "hello")));
    let mut created_count = 0;
    let mut messages = Vec::new();
    for result in join_all(posts).await {
        let CommandResult::Posted { message, created } = result.unwrap() else { panic!("not a message") };
        created_count += usize::from(created);
        messages.push(message);
    }
    assert_eq!(created_count, 1);
    assert!(messages.iter().all(|message| *message == messages[0]));
    assert_eq!(world.messages(room).await.len(), 1);
}

/// Counters are taken in the transaction that uses them.
pub async fn many_writers_over_several_rooms_leave_no_holes(world: &World) {
    const WRITERS: usize = 64;
    const EACH: usize = 12;
    let mut users = Vec::new();
    for n in 0..8 {
        users.push(world.user(&format!("user{n}")).await);
    }
    let members: Vec<&User> = users[1..].iter().collect();
    let mut rooms = Vec::new();
    for _ in 0..4 {
        rooms.push(world.room(RoomKind::Group, &users[0], &members).await);
    }
    let writers = (0..WRITERS).map(|writer| {
        let (users, rooms) = (&users, &rooms);
        async move {
            for n in 0..EACH {
                let (user, room) = (&users[writer % users.len()], rooms[(writer + n) % rooms.len()]);
                let action = world.message(&format!("{writer}-{n}"), "text");
                spawn(world, room, user, action).await.unwrap();
            }
        }
    });
    join_all(writers).await;
    let mut client_ids = BTreeSet::new();
    for room in rooms {
        let messages = world.messages(room).await;
        let seqs: Vec<u64> = messages.iter().map(|message| message.seq.0).collect();
        assert_eq!(seqs, (1..=messages.len() as u64).collect::<Vec<_>>());
        let changes = world.changes(room).await;
        let revs: Vec<u64> = changes.iter().map(|change| change.rev().0).collect();
        assert_eq!(revs, (1..=changes.len() as u64).collect::<Vec<_>>());
        assert_eq!(world.view(room, &users[0]).await.head_seq, Seq(messages.len() as u64));
        client_ids.extend(messages.into_iter().map(|message| message.client_id));
    }
    assert_eq!(client_ids.len(), WRITERS * EACH);
}

/// One connection's commands are not overtaken by its own.
pub async fn commands_handed_in_in_order_are_decided_in_order(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    let posts = (0..200).map(|n| world.ask(room, &ada, world.message(&format!("{n}"), "text")));
    // Polled in this order, before any is done.
    for (n, outcome) in join_all(posts).await.into_iter().enumerate() {
        let CommandResult::Posted { message, .. } = outcome.unwrap().result else { panic!("not a message") };
        assert_eq!(message.seq, Seq(n as u64 + 1));
    }
}

/// Both open the conversation at the same moment.
pub async fn the_same_direct_room_at_once_is_one_room(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let attempts = (0..16).map(|n| {
        let (actor, other) = if n % 2 == 0 { (&ada, &bob) } else { (&bob, &ada) };
        spawn(world, world.new_room_id(), actor, create(RoomKind::Direct, None, &[other]))
    });
    let mut rooms = BTreeMap::new();
    for result in join_all(attempts).await {
        let CommandResult::Room { id, created } = result.unwrap() else { panic!("not a room") };
        *rooms.entry(id).or_insert(0) += u32::from(created);
    }
    assert_eq!(rooms.into_values().collect::<Vec<_>>(), [1]);
    assert_eq!(world.store.rooms_of(&ada.id, None, 10).await.unwrap().len(), 1);
}

/// The second to sign up under a name hears that it is taken.
pub async fn the_same_name_at_once_is_one_account(world: &World) {
    let sign_ups = (0..16).map(|n| {
        let user =
            User::new(format!("id{n}").parse().unwrap(), "ada".parse().unwrap(), "Ada".parse().unwrap());
        let (store, created_at) = (world.store.clone(), world.now());
        tokio::spawn(async move { store.create_user(NewUser { user, password: None, created_at }).await })
    });
    let mut created = 0;
    for result in join_all(sign_ups).await {
        match result.unwrap() {
            Ok(()) => created += 1,
            Err(error) => assert!(matches!(error, CommitError::Refused(Refusal::NameTaken)), "{error}"),
        }
    }
    assert_eq!(created, 1);
}

/// A removal cuts through a stream of posts at one point of the log.
pub async fn no_message_follows_its_senders_removal(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Private, &ada, &[&bob]).await;
    let posts = (0..64).map(|n| spawn(world, room, &bob, world.message(&format!("{n}"), "text")));
    let first_half: Vec<_> = posts.collect();
    let removal = spawn(world, room, &ada, remove(&bob));
    let accepted = join_all(first_half).await.into_iter().filter(Result::is_ok).count();
    removal.await.unwrap();
    let changes = world.changes(room).await;
    let is_removal = |change: &Change| matches!(change, Change::Room(change) if matches!(change.event, RoomEvent::MemberLeft { .. }));
    let is_message = |change: &Change| matches!(change, Change::Room(change) if matches!(change.event, RoomEvent::MessageCreated { .. }));
    let removal_at = changes.iter().position(is_removal).unwrap();
    assert_eq!(removal_at, changes.len() - 1);
    assert_eq!(changes.iter().filter(|change| is_message(change)).count(), accepted);
}

/// A connection may break while its message is on the way: written or not, but never half.
pub async fn a_caller_who_goes_away_leaves_no_hole(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[]).await;
    for n in 0..20 {
        let mut post = Box::pin(world.ask(room, &ada, world.message(&format!("{n}"), "text")));
        // Handed in, and then forgotten.
        let _ = post.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        drop(post);
    }
    world.ask(room, &bob, add(&bob)).await.unwrap();
    world.post(room, &bob, "and on it goes").await;
    let messages = world.messages(room).await;
    let changes = world.changes(room).await;
    assert_eq!(world.view(room, &bob).await.head_seq, Seq(messages.len() as u64));
    // Created, Ada joined, Bob joined; and each message that is there was announced.
    assert_eq!(changes.len(), messages.len() + 3);
    let announced = world.announced.changes();
    assert!(changes.iter().all(|change| announced.iter().any(|other| **other == *change)));
}

/// Asks on a task of its own, so that many ask at once.
async fn spawn(
    world: &World,
    room: RoomId,
    actor: &User,
    action: chinwag_chat::RoomAction,
) -> Result<CommandResult, CommitError> {
    let (store, command, at) = (world.store.clone(), command(room, actor, action), world.now());
    let outcome = tokio::spawn(async move { store.commit(command, at).await });
    outcome.await.unwrap().map(|outcome| outcome.result)
}
