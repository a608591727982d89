//! The store announces what it commits.

use std::sync::Arc;

use chinwag_chat::{Change, Channel, RoomKind};

use super::World;
use super::world::remove;

/// Every change, exactly once, and those of a channel in its order.
pub async fn what_is_committed_is_announced_in_order(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Private, &ada, &[&bob]).await;
    world.post(room, &ada, "hello").await;
    world.ask(room, &ada, remove(&bob)).await.unwrap();
    let announced = world.announced.changes();
    for channel in [Channel::Room(room), ada.id.into(), bob.id.into()] {
        let of_channel: Vec<Arc<Change>> =
            announced.iter().filter(|change| change.channel() == channel).cloned().collect();
        let stored: Vec<Arc<Change>> = world.changes(channel).await.into_iter().map(Arc::new).collect();
        assert!(!stored.is_empty());
        assert_eq!(of_channel, stored);
    }
}

/// Nothing changed, so there is nothing to say.
pub async fn what_is_refused_or_repeated_is_not_announced(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Private, &ada, &[]).await;
    world.post_as(room, &ada, "x", "hello").await.unwrap();
    let before = world.announced.changes().len();
    world.post_as(room, &ada, "x", "hello").await.unwrap();
    world.refusal(room, &ada, world.message("x", "other")).await;
    world.refusal(room, &bob, world.message("x", "hello")).await;
    assert_eq!(world.announced.changes().len(), before);
}
