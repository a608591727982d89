//! Rooms as users see them.

use chinwag_chat::{
    Change, Refusal, Rev, Role, RoomChange, RoomEvent, RoomId, RoomKind, RoomView, User, UserId,
};

use super::World;
use super::world::{add, configure, remove, rename, set_role};

fn ids(views: &[RoomView]) -> Vec<RoomId> {
    views.iter().map(|view| view.id).collect()
}

/// What was said last comes first; where nothing was said, what was made last.
pub async fn rooms_are_listed_by_activity(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let one = world.room(RoomKind::Group, &ada, &[]).await;
    let two = world.room(RoomKind::Direct, &bob, &[&ada]).await;
    let three = world.room(RoomKind::Public, &ada, &[]).await;
    world.room(RoomKind::Public, &bob, &[]).await;
    let list = world.store.rooms_of(&ada.id, None, 10).await.unwrap();
    assert_eq!(ids(&list), [three, two, one]);
    world.post(one, &ada, "text").await;
    // A new name is no conversation.
    world.ask(three, &ada, rename("Other")).await.unwrap();
    let list = world.store.rooms_of(&ada.id, None, 10).await.unwrap();
    assert_eq!(ids(&list), [one, three, two]);
    assert_eq!(ids(&world.store.rooms_of(&ada.id, None, 2).await.unwrap()), [one, three]);
    for view in list {
        assert_eq!(view, world.view(view.id, &ada).await);
    }
}

/// The line under the room's name.
pub async fn a_room_carries_its_newest_message(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    assert_eq!(world.view(room, &ada).await.last_message, None);
    world.post(room, &ada, "one").await;
    let newest = world.post(room, &bob, "two").await;
    assert_eq!(world.view(room, &ada).await.last_message, Some(newest.clone()));
    assert_eq!(world.store.rooms_of(&ada.id, None, 1).await.unwrap()[0].last_message, Some(newest));
}

/// The first line of the table "Who may do what".
pub async fn only_public_rooms_are_seen_from_outside(world: &World) {
    let (ada, bob, eve) = (world.user("ada").await, world.user("bob").await, world.user("eve").await);
    for kind in [RoomKind::Public, RoomKind::Private, RoomKind::Group, RoomKind::Direct] {
        let room = world.room(kind, &ada, &[&bob]).await;
        for (user, may_read) in [(&ada, true), (&bob, true), (&eve, kind == RoomKind::Public)] {
            assert_eq!(world.store.may_read(room, &user.id).await.unwrap(), may_read, "{kind:?}");
            assert_eq!(world.store.room(room, &user.id).await.unwrap().is_some(), may_read, "{kind:?}");
        }
    }
}

/// Nobody may read nothing.
pub async fn a_room_that_is_not_there_cannot_be_read(world: &World) {
    let ada = world.user("ada").await;
    let room = world.new_room_id();
    assert!(!world.store.may_read(room, &ada.id).await.unwrap());
    assert_eq!(world.store.room(room, &ada.id).await.unwrap(), None);
}

/// It changes the room and is told as a change.
pub async fn a_rename_is_seen_by_everybody(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    assert_eq!(world.view(room, &bob).await.name, None);
    let outcome = world.ask(room, &ada, rename("Weekend")).await.unwrap();
    assert_eq!(outcome.changes.len(), 1);
    assert_eq!(world.view(room, &bob).await.name, Some("Weekend".parse().unwrap()));
    // The same name again changes nothing.
    assert!(world.ask(room, &bob, rename("Weekend")).await.unwrap().changes.is_empty());
}

/// All of the words, anywhere in the name, and nothing is a wildcard.
pub async fn public_rooms_are_found_by_words_whatever_their_case(world: &World) {
    let ada = world.user("ada").await;
    let mut rooms = Vec::new();
    for name in ["Rust Beginners", "Русский чат", "100% rust_lang", "Cooking"] {
        rooms.push(world.named_room(RoomKind::Public, Some(name), &ada, &[]).await);
    }
    world.named_room(RoomKind::Private, Some("Rust secrets"), &ada, &[]).await;
    let cases: [(&str, &[usize]); 11] = [
        ("rust", &[2, 0]),
        ("RUST", &[2, 0]),
        ("beginners rust", &[0]),
        ("rust cooking", &[]),
        ("РУССКИЙ", &[1]),
        ("%", &[2]),
        ("t_l", &[2]),
        ("r_st", &[]),
        ("\"'", &[]),
        ("", &[3, 2, 1, 0]),
        ("  ", &[3, 2, 1, 0]),
    ];
    for (query, expected) in cases {
        let found = world.store.public_rooms(query, &ada.id, 10).await.unwrap();
        let expected: Vec<RoomId> = expected.iter().map(|n| rooms[*n]).collect();
        assert_eq!(ids(&found), expected, "{query:?}");
    }
    assert_eq!(world.store.public_rooms("rust", &ada.id, 1).await.unwrap().len(), 1);
    world.ask(rooms[3], &ada, rename("Rust and Cooking")).await.unwrap();
    assert_eq!(world.store.public_rooms("rust", &ada.id, 10).await.unwrap().len(), 3);
}

/// So that a client knows whether to offer "join".
pub async fn a_public_room_shows_whether_one_has_joined_it(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[]).await;
    let role = async || world.store.public_rooms("", &bob.id, 10).await.unwrap()[0].role;
    assert_eq!(role().await, None);
    world.ask(room, &bob, add(&bob)).await.unwrap();
    assert_eq!(role().await, Some(Role::Member));
}

/// What somebody's coming and going is told to: never a crowd.
pub async fn the_small_rooms_of_many_users_come_with_those_who_are_in_them(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let (cyd, eve) = (world.user("cyd").await, world.user("eve").await);
    let alone = world.room(RoomKind::Public, &bob, &[]).await;
    let pair = world.room(RoomKind::Direct, &bob, &[&ada]).await;
    let group = world.room(RoomKind::Group, &ada, &[&bob, &cyd]).await;
    world.room(RoomKind::Group, &eve, &[&ada, &bob, &cyd]).await;
    world.room(RoomKind::Group, &eve, &[]).await;
    let users = [cyd.id.clone(), bob.id.clone(), "nobody".parse().unwrap()];
    let bobs = || vec![bob.id.clone()];
    let mut both = vec![bob.id.clone(), cyd.id.clone()];
    both.sort();
    let mut expected = vec![(alone, bobs()), (pair, bobs()), (group, both)];
    expected.sort();
    assert_eq!(world.store.small_rooms_of(&users, 3).await.unwrap(), expected);
    assert_eq!(world.store.small_rooms_of(&users, 1).await.unwrap(), [(alone, bobs())]);
    assert!(world.store.small_rooms_of(&[], 3).await.unwrap().is_empty());
}

/// However many rooms there are, and however many ask at once.
pub async fn who_arrives_is_told_all_rooms_and_where_their_own_channel_is(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let eve = world.user("eve").await;
    let alone = world.room(RoomKind::Group, &ada, &[]).await;
    let pair = world.room(RoomKind::Direct, &bob, &[&ada]).await;
    let square = world.room(RoomKind::Public, &ada, &[]).await;
    let bobs = world.room(RoomKind::Public, &bob, &[]).await;
    world.post(alone, &ada, "the most recent").await;
    let nobody: UserId = "nobody".parse().unwrap();
    let expected = [
        (&ada.id, Some((ada.clone(), Rev(3), vec![alone, square, pair]))),
        (&bob.id, Some((bob.clone(), Rev(2), vec![bobs, pair]))),
        (&eve.id, Some((eve.clone(), Rev::ZERO, vec![]))),
        (&nobody, None),
    ];
    let asked = (0..40).map(|number| &expected[number % expected.len()]);
    let asked = asked.map(async |(user, expected)| {
        let arrival = world.store.arrival_of(user).await.unwrap();
        assert_eq!(arrival.map(|arrival| (arrival.user, arrival.head, arrival.rooms)), *expected);
    });
    futures_util::future::join_all(asked).await;
}

/// Each gets the answer to their own question.
pub async fn many_who_ask_at_once_are_told_apart(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let closed = world.room(RoomKind::Private, &ada, &[]).await;
    let open = world.room(RoomKind::Public, &ada, &[]).await;
    let nowhere = world.new_room_id();
    let questions = [
        (closed, &ada, true),
        (closed, &bob, false),
        (open, &ada, true),
        (open, &bob, true),
        (nowhere, &ada, false),
    ];
    let asked = (0..50).map(|number| questions[number % questions.len()]);
    let asked = asked.map(async |(room, user, may)| {
        assert_eq!(world.store.may_read(room, &user.id).await.unwrap(), may);
    });
    futures_util::future::join_all(asked).await;
}

/// Both must be in it: to see a public room is not enough, nor is to have been there.
pub async fn whoever_is_in_one_room_with_another_shares_it(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let (cyd, eve) = (world.user("cyd").await, world.user("eve").await);
    let group = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let square = world.room(RoomKind::Public, &bob, &[&cyd]).await;
    world.room(RoomKind::Public, &eve, &[]).await;
    let nobody = "nobody".parse().unwrap();
    let share = async |one: &User, other: &UserId| {
        let (there, back) =
            (world.store.share_a_room(&one.id, other).await, world.store.share_a_room(other, &one.id).await);
        assert_eq!(there.as_ref().unwrap(), &back.unwrap(), "whichever way round");
        there.unwrap()
    };
    assert!(share(&ada, &bob.id).await && share(&bob, &cyd.id).await);
    assert!(!share(&ada, &cyd.id).await && !share(&eve, &bob.id).await && !share(&ada, &nobody).await);
    world.ask(square, &ada, add(&ada)).await.unwrap();
    assert!(share(&ada, &cyd.id).await);
    world.ask(group, &bob, remove(&bob)).await.unwrap();
    assert!(share(&ada, &bob.id).await, "the public room is left");
    world.ask(square, &bob, remove(&bob)).await.unwrap();
    assert!(!share(&ada, &bob.id).await);
}

/// Seen by everybody, told as a change, and the same wherever the room is read.
pub async fn a_room_is_set_up_key_by_key(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[&bob]).await;
    assert!(world.view(room, &bob).await.settings.is_default());
    let first = r#"{"slow_mode_s": 30, "permissions": {"invite": "owner", "pin": "member"}}"#;
    let outcome = world.ask(room, &ada, configure(first)).await.unwrap();
    assert_eq!(outcome.changes.len(), 1);
    world.ask(room, &ada, configure(r#"{"retention_days": 7, "permissions": {"pin": null}}"#)).await.unwrap();
    let settings = world.view(room, &bob).await.settings;
    assert_eq!((settings.slow_mode_s, settings.retention_days), (Some(30), Some(7)));
    assert_eq!((settings.permissions.invite, settings.permissions.pin), (Some(Role::Owner), None));
    assert_eq!(world.store.rooms_of(&bob.id, None, 1).await.unwrap()[0].settings, settings);
    assert_eq!(world.store.public_rooms("", &bob.id, 1).await.unwrap()[0].settings, settings);
    let changes = world.changes(room).await;
    let told = changes.iter().filter_map(|change| match change {
        Change::Room(RoomChange { event: RoomEvent::RoomSettingsChanged { settings, .. }, .. }) => {
            Some(*settings)
        }
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>().last(), Some(&settings));
    // The same again changes nothing.
    assert!(world.ask(room, &ada, configure(first)).await.unwrap().changes.len() == 1, "a pin is set again");
    assert!(world.ask(room, &ada, configure(first)).await.unwrap().changes.is_empty());
    world
        .ask(room, &ada, configure(r#"{"slow_mode_s": null, "retention_days": null, "permissions": null}"#))
        .await
        .unwrap();
    assert!(world.view(room, &ada).await.settings.is_default());
}

/// By the rows that the change is written to: from the next command on.
pub async fn settings_decide_who_may_do_what(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let eve = world.user("eve").await;
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    world.post(room, &bob, "before").await;
    world
        .ask(room, &ada, configure(r#"{"permissions": {"post": "admin", "invite": "admin"}}"#))
        .await
        .unwrap();
    for action in [world.message("c", "after"), add(&eve)] {
        let refusal = world.refusal(room, &bob, action).await;
        assert!(matches!(refusal, Refusal::PermissionDenied(_)), "{refusal:?}");
    }
    world.post(room, &ada, "news").await;
    world.ask(room, &ada, set_role(&bob, Role::Admin)).await.unwrap();
    world.post(room, &bob, "from an admin").await;
    world.ask(room, &bob, add(&eve)).await.unwrap();
}

/// Whoever is in more rooms than a page holds, sees each once; what moved up meanwhile is no hole.
pub async fn rooms_come_in_pages(world: &World) {
    let (ada, eve) = (world.user("ada").await, world.user("eve").await);
    let mut rooms = Vec::new();
    for _ in 0..5 {
        rooms.push(world.room(RoomKind::Group, &ada, &[]).await);
    }
    world.post(rooms[1], &ada, "the newest").await;
    let order = [rooms[1], rooms[4], rooms[3], rooms[2], rooms[0]];
    let page = async |after, limit| {
        let views = world.store.rooms_of(&ada.id, after, limit).await.unwrap();
        views.into_iter().map(|view| view.id).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 2).await, order[..2]);
    assert_eq!(page(Some(order[1]), 2).await, order[2..4]);
    assert_eq!(page(Some(order[3]), 2).await, order[4..]);
    assert!(page(Some(order[4]), 2).await.is_empty());
    // Not the caller's, or nobody's.
    let foreign = world.room(RoomKind::Group, &eve, &[]).await;
    assert!(page(Some(foreign), 2).await.is_empty());
    assert!(page(Some(world.new_room_id()), 2).await.is_empty());
}
