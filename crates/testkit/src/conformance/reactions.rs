//! What people put under messages.

use chinwag_chat::{Change, Reaction, Refusal, RoomEvent, RoomKind};

use super::World;
use super::world::{add, react};

/// Each once, in the order in which they came.
pub async fn reactions_are_counted_once_a_person(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    world.post(room, &ada, "one").await;
    for (user, emoji) in [(&bob, "🎉"), (&ada, "👍"), (&bob, "👍"), (&bob, "👍")] {
        world.change(room, user, react(1, emoji, true)).await;
    }
    let reaction = |emoji: &str, users: &[&chinwag_chat::User]| Reaction {
        emoji: emoji.parse().unwrap(),
        count: users.len() as u64,
        users: users.iter().map(|user| user.id.clone()).collect(),
    };
    let view = world.message_view(room, &ada, 1).await;
    assert_eq!(view.reactions, [reaction("🎉", &[&bob]), reaction("👍", &[&ada, &bob])]);
    world.change(room, &bob, react(1, "🎉", false)).await;
    world.change(room, &bob, react(1, "🎉", false)).await;
    let view = world.message_view(room, &ada, 1).await;
    assert_eq!(view.reactions, [reaction("👍", &[&ada, &bob])]);
    assert_eq!(counts(world, room).await, [1, 1, 2, 0]);
}

/// The `count` of every change.
async fn counts(world: &World, room: chinwag_chat::RoomId) -> Vec<u64> {
    let count = |change: Change| match change {
        Change::Room(change) => match change.event {
            RoomEvent::ReactionAdded { count, .. } | RoomEvent::ReactionRemoved { count, .. } => Some(count),
            _ => None,
        },
        Change::User(_) => None,
    };
    world.changes(room).await.into_iter().filter_map(count).collect()
}

/// Not every one of ten thousand is named, but oneself is.
pub async fn many_reactions_name_the_first_and_the_viewer(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Public, &ada, &[]).await;
    world.post(room, &ada, "one").await;
    let mut last = ada.clone();
    for n in 0..Reaction::MAX_USERS + 3 {
        last = world.user(&format!("user{n}")).await;
        world.ask(room, &last, add(&last)).await.unwrap();
        world.change(room, &last, react(1, "👍", true)).await;
    }
    let of = |view: chinwag_chat::MessageView| view.reactions.into_iter().next().unwrap();
    let seen = of(world.message_view(room, &ada, 1).await);
    assert_eq!((seen.count, seen.users.len()), ((Reaction::MAX_USERS + 3) as u64, Reaction::MAX_USERS));
    let seen = of(world.message_view(room, &last, 1).await);
    assert_eq!((seen.users.len(), seen.users.last()), (Reaction::MAX_USERS + 1, Some(&last.id)));
}

/// A wall of them says nothing.
pub async fn there_is_an_end_to_different_reactions(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    world.post(room, &ada, "one").await;
    let emoji = |n: u64| char::from_u32(0x1F600 + u32::try_from(n).unwrap()).unwrap().to_string();
    for n in 0..Reaction::MAX_KINDS {
        world.change(room, &ada, react(1, &emoji(n), true)).await;
    }
    let refusal = world.refusal(room, &ada, react(1, &emoji(Reaction::MAX_KINDS), true)).await;
    assert!(matches!(refusal, Refusal::LimitExceeded { .. }), "{refusal:?}");
}
