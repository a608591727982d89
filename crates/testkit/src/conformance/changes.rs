//! The channels' logs, as resume reads them.

use chinwag_chat::{Change, Channel, Head, Rev, Role, RoomKind, Seq, UserEvent};

use super::World;
use super::world::{add, remove, rename, set_role};

/// Resume by pages of any size sees everything once.
pub async fn changes_come_in_pages_without_holes_and_with_the_head(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Private, &ada, &[]).await;
    // Messages and other changes in turns and in runs.
    for n in 0..12 {
        world.post(room, &ada, "text").await;
        if n % 3 == 0 {
            world.ask(room, &ada, rename(&format!("Name {n}"))).await.unwrap();
            world.ask(room, &ada, add(&bob)).await.unwrap();
            world.ask(room, &ada, remove(&bob)).await.unwrap();
        }
    }
    let all = world.changes(room).await;
    let head = Head { seq: Seq(12), rev: Rev(2 + 12 + 4 * 3) };
    assert_eq!(all.len() as u64, head.rev.0);
    for limit in [1, 2, 3, 7, 100] {
        let mut seen: Vec<Change> = Vec::new();
        loop {
            let after = Rev(seen.len() as u64);
            let page = world.store.changes_after(&room.into(), after, limit).await.unwrap();
            assert_eq!(page.head, head);
            assert!(page.changes.len() <= limit);
            if page.changes.is_empty() {
                break;
            }
            seen.extend(page.changes);
        }
        assert_eq!(seen, all, "by {limit}");
    }
    // From every position.
    for after in 0..=head.rev.0 {
        let page = world.store.changes_after(&room.into(), Rev(after), 5).await.unwrap();
        let end = all.len().min(after as usize + 5);
        assert_eq!(page.changes, all[after as usize..end]);
    }
}

/// What a member missed is what the others saw.
pub async fn changes_read_back_as_they_were_answered(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user_shown_as("bob", "Bob 🦀 \"B\"").await);
    let room = world.new_room_id();
    let actions = [
        super::world::create(RoomKind::Private, Some("Ünïcode"), &[&bob]),
        world.message("x", "hello"),
        rename("Other \"name\""),
        set_role(&bob, Role::Admin),
        remove(&bob),
        add(&bob),
    ];
    let (mut of_room, mut of_bob) = (Vec::new(), Vec::new());
    for action in actions {
        let outcome = world.ask(room, &ada, action).await.unwrap();
        of_room.extend(outcome.changes.into_iter().map(Change::Room));
        let of_users = outcome.user_changes.into_iter();
        of_bob.extend(of_users.filter(|change| change.user == bob.id).map(Change::User));
    }
    assert_eq!(world.changes(room).await, of_room);
    assert_eq!(world.changes(bob.id).await, of_bob);
}

/// A position at the head or, after a restore, beyond it.
pub async fn nothing_comes_after_the_head(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    for after in [2, 3, 1000, u64::MAX] {
        let page = world.store.changes_after(&room.into(), Rev(after), 10).await.unwrap();
        assert!(page.changes.is_empty());
        assert_eq!(page.head.rev, Rev(2));
    }
}

/// To know a channel's name is not to know that it is there.
pub async fn an_unknown_channel_is_empty_and_its_head_is_zero(world: &World) {
    let channels: [Channel; 2] = [world.new_room_id().into(), Channel::User("nobody".parse().unwrap())];
    for channel in &channels {
        for after in [Rev::ZERO, Rev(7)] {
            let page = world.store.changes_after(channel, after, 10).await.unwrap();
            assert!(page.changes.is_empty());
            assert_eq!(page.head, Head::default());
        }
    }
    assert_eq!(world.store.heads(&channels).await.unwrap(), [Head::default(); 2]);
    assert_eq!(world.store.heads(&[]).await.unwrap(), []);
}

/// One read for many channels, each answer in its place.
pub async fn heads_come_in_the_order_asked(world: &World) {
    let ada = world.user("ada").await;
    let mut channels: Vec<Channel> = vec![ada.id.clone().into(), world.new_room_id().into()];
    let mut expected = vec![Head { seq: Seq::ZERO, rev: Rev(5) }, Head::default()];
    for posts in 0..5 {
        let room = world.room(RoomKind::Group, &ada, &[]).await;
        for _ in 0..posts {
            world.post(room, &ada, "text").await;
        }
        channels.push(room.into());
        expected.push(Head { seq: Seq(posts), rev: Rev(2 + posts) });
    }
    channels.push(channels[2].clone());
    expected.push(expected[2]);
    channels.reverse();
    expected.reverse();
    assert_eq!(world.store.heads(&channels).await.unwrap(), expected);
}

/// What concerns one user, from all rooms, in one count.
pub async fn a_users_own_log_counts_by_itself(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let first = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let second = world.room(RoomKind::Direct, &bob, &[&ada]).await;
    world.ask(first, &bob, remove(&bob)).await.unwrap();
    let of_user = |changes: Vec<Change>| -> Vec<(u64, UserEvent)> {
        let event = |change| match change {
            Change::User(change) => (change.rev.0, change.event),
            Change::Room(change) => panic!("not the user's: {change:?}"),
        };
        changes.into_iter().map(event).collect()
    };
    let joined =
        |room, rev, kind, peer| UserEvent::RoomJoined { room, room_rev: Rev(rev), kind, name: None, peer };
    assert_eq!(
        of_user(world.changes(bob.id.clone()).await),
        [
            (1, joined(first, 3, RoomKind::Group, None)),
            (2, joined(second, 2, RoomKind::Direct, Some(ada.clone()))),
            (3, UserEvent::RoomLeft { room: first }),
        ]
    );
    assert_eq!(
        of_user(world.changes(ada.id).await),
        [(1, joined(first, 2, RoomKind::Group, None)), (2, joined(second, 3, RoomKind::Direct, Some(bob)))]
    );
}

/// An epoch is not made anew by looking at it or by writing.
pub async fn the_epoch_stays(world: &World) {
    let epoch = world.store.epoch();
    assert!(!epoch.as_str().is_empty());
    let ada = world.user("ada").await;
    world.room(RoomKind::Group, &ada, &[]).await;
    assert_eq!(world.store.epoch(), epoch);
}
