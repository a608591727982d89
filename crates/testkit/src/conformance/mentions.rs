//! Whom messages call.

use chinwag_chat::{Mentions, Role, RoomKind};

use super::World;
use super::world::{edit, set_role};

/// Nobody is called who is not there to hear it.
pub async fn members_are_mentioned_and_nobody_else(world: &World) {
    let (ada, bob, eve) = (world.user("ada").await, world.user("bob").await, world.user("eve").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let message = world.post(room, &ada, "@bob, @eve, @nobody and @ada").await;
    assert_eq!(message.details.mentions, Mentions { users: vec![bob.id.clone()], room: false });
    assert_eq!(world.messages(room).await[0], message);
    assert_eq!(world.view(room, &bob).await.mentions, 1);
    assert_eq!(world.view(room, &ada).await.mentions, 0);
    let other = world.room(RoomKind::Group, &bob, &[&eve]).await;
    assert_eq!(world.view(other, &bob).await.mentions, 0);
}

/// What it says now is what counts.
pub async fn an_edit_mentions_anew(world: &World) {
    let (ada, bob, eve) = (world.user("ada").await, world.user("bob").await, world.user("eve").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob, &eve]).await;
    world.post(room, &ada, "@bob").await;
    let edited = world.change(room, &ada, edit(1, "@eve")).await;
    assert_eq!(edited.details.mentions.users, std::slice::from_ref(&eve.id));
    assert_eq!((world.view(room, &bob).await.mentions, world.view(room, &eve).await.mentions), (0, 1));
}

/// To call hundreds is not for everybody.
pub async fn everybody_is_called_by_those_who_may(world: &World) {
    let (ada, bob, eve) = (world.user("ada").await, world.user("bob").await, world.user("eve").await);
    let room = world.room(RoomKind::Private, &ada, &[&bob, &eve]).await;
    assert!(!world.post(room, &bob, "hello @room").await.details.mentions.room);
    assert_eq!(world.view(room, &eve).await.mentions, 0);
    world.ask(room, &ada, set_role(&bob, Role::Admin)).await.unwrap();
    assert!(world.post(room, &bob, "hello @room").await.details.mentions.room);
    assert_eq!((world.view(room, &eve).await.mentions, world.view(room, &bob).await.mentions), (1, 0));
    // Whoever is called twice by one message has one message to read.
    world.post(room, &bob, "@room and @eve").await;
    assert_eq!(world.view(room, &eve).await.mentions, 2);
}
