//! Devices that take notifications, and who is to get one.

use chinwag_chat::{
    CursorKind, Endpoint, NotificationChange, NotifyLevel, Notifying, PresenceWish, PushKey, PushKeys,
    PushSubscription, RoomId, RoomKind, Seq, Session, SessionId, Status, SubscriptionId, Timestamp,
    TokenHash, User, UserId,
};
use futures_util::future::join_all;

use super::World;
use super::world::{delete, remove};

const SMALL: u64 = 3;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms)
}

/// A device of that user at that endpoint.
async fn device(world: &World, user: &User, endpoint: &str, session: Option<SessionId>) -> SubscriptionId {
    let subscription = PushSubscription {
        id: SubscriptionId::from_parts(1, u128::from(world.new_room_id().to_bytes()[15])),
        user: user.id.clone(),
        session,
        endpoint: Endpoint::new(format!("https://push.example/{endpoint}")).unwrap(),
        keys: PushKeys { p256dh: [4; 65], auth: [9; 16] },
        device: "phone".to_owned(),
        created_at: world.now(),
    };
    world.store.subscribe(&subscription).await.unwrap()
}

fn notifying(room: RoomId, up_to: u64) -> Notifying {
    Notifying { room, up_to: Seq(up_to), max_small_room_members: SMALL, now: at(1_000) }
}

/// Who is to be notified in a room up to that message.
async fn whom(world: &World, room: RoomId, up_to: u64) -> Vec<UserId> {
    let found = world.store.to_notify(notifying(room, up_to), None, 100).await.unwrap();
    found.devices.into_iter().map(|(user, _)| user).collect()
}

/// What a device is to be told of in a room up to that message.
async fn what(world: &World, device: SubscriptionId, room: RoomId, up_to: u64) -> Option<u64> {
    let notice = world.store.notice(device, notifying(room, up_to)).await.unwrap();
    notice.map(|notice| notice.message.seq.0)
}

async fn wish(world: &World, room: RoomId, user: &User, level: NotifyLevel) {
    let change = NotificationChange { level: Some(level), ..NotificationChange::default() };
    world.store.set_notifications(room, &user.id, change).await.unwrap().unwrap();
}

/// What others say in the same room still counts.
pub async fn nobody_is_notified_of_those_whom_they_block(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let eve = world.user("eve").await;
    let room = world.room(RoomKind::Group, &ada, &[&bob, &eve]).await;
    let phone = device(world, &bob, "phone", None).await;
    world.post(room, &ada, "hello").await;
    assert_eq!(what(world, phone, room, 1).await, Some(1));
    world.store.set_block(&bob.id, &ada.id, true, world.now()).await.unwrap();
    assert_eq!(what(world, phone, room, 1).await, None);
    assert_eq!(whom(world, room, 1).await, []);
    world.post(room, &eve, "hello").await;
    world.post(room, &ada, "hello again").await;
    assert_eq!(what(world, phone, room, 3).await, Some(2));
    world.store.set_block(&bob.id, &ada.id, false, world.now()).await.unwrap();
    assert_eq!(what(world, phone, room, 3).await, Some(3));
}

/// Whoever proposes another later, or at the same moment, as the nodes of a new cluster do.
pub async fn the_push_key_is_made_once(world: &World) {
    let proposed = join_all((0..16).map(|n| world.store.push_key(PushKey([n; 32])))).await;
    let later = world.store.push_key(PushKey([99; 32])).await.unwrap();
    assert!(later != PushKey([99; 32]));
    assert!(proposed.into_iter().all(|key| key.unwrap() == later));
}

/// A browser has one endpoint, whoever signs in there; its notifications must not go to who was there before.
pub async fn an_endpoint_is_one_device_and_belongs_to_who_came_last(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let first = device(world, &bob, "laptop", None).await;
    world.post(room, &ada, "hello").await;
    assert_eq!(whom(world, room, 1).await, std::slice::from_ref(&bob.id));
    assert_eq!(device(world, &ada, "laptop", None).await, first);
    assert_eq!(whom(world, room, 1).await, []);
    assert!(!world.store.unsubscribe(first, Some(&bob.id)).await.unwrap());
    assert!(world.store.unsubscribe(first, Some(&ada.id)).await.unwrap());
    assert!(!world.store.unsubscribe(first, None).await.unwrap());
}

/// Nobody has so many; those that were forgotten somewhere must not stay for ever.
pub async fn of_many_devices_the_newest_are_kept(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let mut devices = vec![];
    for n in 0..PushSubscription::MAX_PER_USER + 2 {
        devices.push(device(world, &bob, &format!("d{n}"), None).await);
    }
    world.post(room, &ada, "hello").await;
    let found = world.store.to_notify(notifying(room, 1), None, 100).await.unwrap().devices;
    let mut found: Vec<_> = found.into_iter().map(|(_, id)| id).collect();
    let mut newest = devices.split_off(2);
    found.sort();
    newest.sort();
    assert_eq!(found, newest);
}

/// Signing out ends the notifications, and so does the session's end.
pub async fn a_device_goes_with_its_session(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let mut sessions = vec![];
    for (n, expires_at) in [(1, 1_001), (2, 1_000), (3, 2_000)] {
        let session = Session {
            id: world.new_session_id(),
            user: bob.clone(),
            device: "phone".to_owned(),
            created_at: at(1),
            last_seen_at: at(900),
            expires_at: at(expires_at),
        };
        world.store.create_session(&session, TokenHash([n; 32])).await.unwrap();
        sessions.push((session.id, device(world, &bob, &format!("d{n}"), Some(session.id)).await));
    }
    world.post(room, &ada, "hello").await;
    assert_eq!(whom(world, room, 1).await.len(), 2, "one session has expired");
    assert_eq!(what(world, sessions[1].1, room, 1).await, None);
    world.store.delete_session(sessions[0].0).await.unwrap();
    assert_eq!(what(world, sessions[0].1, room, 1).await, None);
    world.store.note_pushed(sessions[0].1, room, Seq(1)).await.unwrap();
    assert_eq!(what(world, sessions[2].1, room, 1).await, Some(1));
    world.store.delete_expired_sessions(at(2_000), at(0)).await.unwrap();
    assert_eq!(whom(world, room, 1).await, []);
}

/// Not its sender, not who has it, not who was told.
pub async fn a_message_notifies_those_who_do_not_have_it(world: &World) {
    let (ada, bob, cleo) = (world.user("ada").await, world.user("bob").await, world.user("cleo").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob, &cleo]).await;
    let mut devices = vec![];
    for user in [&ada, &bob, &cleo] {
        devices.push(device(world, user, user.name.as_str(), None).await);
    }
    for text in ["one", "two", "three"] {
        world.post(room, &ada, text).await;
    }
    assert_eq!(whom(world, room, 2).await, [bob.id.clone(), cleo.id.clone()]);
    assert_eq!(what(world, devices[1], room, 2).await, Some(2), "the newest that had its time");
    world.store.move_cursor(room, &bob.id, CursorKind::Delivered, Seq(2)).await.unwrap();
    assert_eq!(whom(world, room, 2).await, std::slice::from_ref(&cleo.id));
    assert_eq!(what(world, devices[1], room, 2).await, None);
    assert_eq!(what(world, devices[1], room, 3).await, Some(3));
    world.store.note_pushed(devices[2], room, Seq(2)).await.unwrap();
    assert_eq!(whom(world, room, 2).await, []);
    assert_eq!(whom(world, room, 3).await, [bob.id.clone(), cleo.id.clone()]);
    world.store.note_pushed(devices[2], room, Seq(1)).await.unwrap();
    assert_eq!(whom(world, room, 2).await, [], "that moves only forward");
    world.change(room, &ada, delete(3)).await;
    assert_eq!(whom(world, room, 3).await, [], "what was deleted notifies nobody");
    world.post(room, &ada, "four").await;
    world.ask(room, &bob, remove(&bob)).await.unwrap();
    assert_eq!(whom(world, room, 4).await, std::slice::from_ref(&cleo.id));
    assert_eq!(what(world, devices[1], room, 4).await, None);
}

/// What they want for the room, and what they want for themselves.
pub async fn wishes_decide_who_is_notified(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let phone = device(world, &bob, "phone", None).await;
    world.post(room, &ada, "hello @bob").await;
    world.post(room, &ada, "hello").await;
    assert_eq!(what(world, phone, room, 2).await, Some(2));
    wish(world, room, &bob, NotifyLevel::Mentions).await;
    assert_eq!(what(world, phone, room, 2).await, Some(1));
    wish(world, room, &bob, NotifyLevel::None).await;
    assert_eq!((what(world, phone, room, 2).await, whom(world, room, 2).await), (None, vec![]));
    wish(world, room, &bob, NotifyLevel::All).await;
    for (until, expected) in [(1_001, None), (1_000, Some(2))] {
        let change =
            NotificationChange { muted_until: Some(Some(at(until))), ..NotificationChange::default() };
        world.store.set_notifications(room, &bob.id, change).await.unwrap();
        assert_eq!(what(world, phone, room, 2).await, expected, "silent until {until}");
    }
    for (presence, until, expected) in [
        (PresenceWish::Dnd, None, None),
        (PresenceWish::Dnd, Some(1_001), None),
        (PresenceWish::Dnd, Some(1_000), Some(2)),
        (PresenceWish::Away, None, Some(2)),
    ] {
        let status = Status { presence, text: None, until: until.map(at) };
        world.store.set_status(&bob.id, &status).await.unwrap();
        assert_eq!(what(world, phone, room, 2).await, expected, "{status:?}");
        assert_eq!(whom(world, room, 2).await.is_empty(), expected.is_none(), "{status:?}");
    }
}

/// However much is said there, and whatever its members want to be told of.
pub async fn in_a_large_room_only_mentions_notify(world: &World) {
    let (ada, bob, cleo, dan) =
        (world.user("ada").await, world.user("bob").await, world.user("cleo").await, world.user("dan").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob, &cleo, &dan]).await;
    let phone = device(world, &bob, "phone", None).await;
    device(world, &cleo, "tablet", None).await;
    world.post(room, &ada, "hello @bob").await;
    for _ in 0..120 {
        world.post(room, &ada, "hello").await;
    }
    assert_eq!(whom(world, room, 121).await, std::slice::from_ref(&bob.id));
    assert_eq!(what(world, phone, room, 121).await, Some(1), "however long ago");
    world.post(room, &dan, "hello @room").await;
    assert_eq!(whom(world, room, 122).await, [bob.id.clone(), cleo.id.clone()]);
    assert_eq!(what(world, phone, room, 122).await, Some(122));
    let later = async |up_to| world.store.to_notify(notifying(room, up_to), None, 9).await.unwrap().later;
    assert_eq!((later(1).await, later(122).await), (Some(Seq(122)), None));
    world.post(room, &ada, "hello").await;
    assert_eq!(later(122).await, None, "what notifies nobody need not be looked at");
}

/// Who takes part in it hears of it.
pub async fn threads_notify_those_who_take_part(world: &World) {
    let (ada, bob, cleo) = (world.user("ada").await, world.user("bob").await, world.user("cleo").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob, &cleo]).await;
    let phone = device(world, &bob, "phone", None).await;
    device(world, &cleo, "tablet", None).await;
    world.post(room, &bob, "root").await;
    world.store.move_cursor(room, &cleo.id, CursorKind::Delivered, Seq(1)).await.unwrap();
    world.answer(room, &ada, "reply", None, Some(1)).await;
    assert_eq!(whom(world, room, 2).await, std::slice::from_ref(&bob.id));
    assert_eq!(what(world, phone, room, 2).await, Some(2));
    world.store.move_thread_cursor(room, Seq(1), &bob.id, Seq(2)).await.unwrap();
    assert_eq!(what(world, phone, room, 2).await, None, "it was read");
}

/// Pages end between devices, and only the last says whether there is more to come.
pub async fn those_to_be_notified_come_in_pages(world: &World) {
    let (ada, bob, cleo) = (world.user("ada").await, world.user("bob").await, world.user("cleo").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob, &cleo]).await;
    for (user, endpoint) in [(&bob, "b1"), (&bob, "b2"), (&cleo, "c1"), (&cleo, "c2"), (&cleo, "c3")] {
        device(world, user, endpoint, None).await;
    }
    world.post(room, &ada, "one").await;
    world.post(room, &ada, "two").await;
    let mut all = vec![];
    for (length, later) in [(2, None), (2, None), (1, Some(Seq(2)))] {
        let page = world.store.to_notify(notifying(room, 1), all.last(), 2).await.unwrap();
        assert_eq!((page.devices.len(), page.later), (length, later));
        all.extend(page.devices);
    }
    let mut sorted = all.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((all.len(), all), (5, sorted));
}

/// What waits in all rooms is counted where the user looks at the number of it.
pub async fn a_notice_tells_what_else_waits(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let group = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let public = world.room(RoomKind::Public, &ada, &[&bob]).await;
    let quiet = world.room(RoomKind::Direct, &ada, &[&bob]).await;
    let phone = device(world, &bob, "phone", None).await;
    for room in [group, group, public] {
        world.post(room, &ada, "hello").await;
    }
    world.post(public, &ada, "hello @bob").await;
    world.post(quiet, &bob, "mine").await;
    let notice = world.store.notice(phone, notifying(group, 2)).await.unwrap().unwrap();
    assert_eq!((notice.kind, notice.name, notice.message.seq), (RoomKind::Group, None, Seq(2)));
    assert_eq!((notice.message.sender, notice.message.text.as_str()), (ada.clone(), "hello"));
    assert_eq!(notice.subscription.user, bob.id);
    assert_eq!(notice.subscription.keys, PushKeys { p256dh: [4; 65], auth: [9; 16] });
    let mut waiting = notice.waiting;
    waiting.sort_by_key(|room| room.mentions);
    let found: Vec<_> = waiting
        .into_iter()
        .map(|room| (room.notifications.level, room.member_count, room.unread, room.mentions))
        .collect();
    assert_eq!(found, [(NotifyLevel::All, 2, 2, 0), (NotifyLevel::Mentions, 2, 2, 1)]);
}
