//! What members want to be told of.

use chinwag_chat::{
    NotificationChange, NotificationSettings, NotifyLevel, RoomId, RoomKind, Timestamp, User,
};

use super::World;
use super::world::{add, remove};

async fn set(
    world: &World,
    room: RoomId,
    user: &User,
    change: NotificationChange,
) -> Option<NotificationSettings> {
    world.store.set_notifications(room, &user.id, change).await.unwrap()
}

fn level(level: NotifyLevel) -> NotificationChange {
    NotificationChange { level: Some(level), ..NotificationChange::default() }
}

fn muted_until(until: Option<Timestamp>) -> NotificationChange {
    NotificationChange { muted_until: Some(until), ..NotificationChange::default() }
}

/// Everything among few, only what is meant for oneself in public; to who has not joined, nothing applies.
pub async fn what_notifies_depends_on_the_room_until_its_member_says(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let public = world.room(RoomKind::Public, &ada, &[]).await;
    for (kind, usual) in [
        (RoomKind::Private, NotifyLevel::All),
        (RoomKind::Group, NotifyLevel::All),
        (RoomKind::Direct, NotifyLevel::All),
        (RoomKind::Public, NotifyLevel::Mentions),
    ] {
        let room = if kind == RoomKind::Public { public } else { world.room(kind, &ada, &[&bob]).await };
        let expected = NotificationSettings { level: usual, muted_until: None };
        assert_eq!(world.view(room, &ada).await.notifications, Some(expected), "{kind:?}");
    }
    assert_eq!(world.view(public, &bob).await.notifications, None);
}

/// One wish does not take the other with it, nor do those of others.
pub async fn wishes_are_each_members_own_and_change_one_by_one(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let until = Timestamp::from_unix_ms(1_900_000_000_000);
    set(world, room, &ada, level(NotifyLevel::None)).await;
    let both = set(world, room, &ada, muted_until(Some(until))).await;
    let expected = NotificationSettings { level: NotifyLevel::None, muted_until: Some(until) };
    assert_eq!(both, Some(expected));
    assert_eq!(set(world, room, &ada, NotificationChange::default()).await, Some(expected));
    assert_eq!(world.view(room, &ada).await.notifications, Some(expected));
    assert_eq!(
        world.store.rooms_of(&ada.id, None, 1).await.unwrap().pop().unwrap().notifications,
        Some(expected)
    );
    let ended = set(world, room, &ada, muted_until(None)).await;
    assert_eq!(ended, Some(NotificationSettings { muted_until: None, ..expected }));
    let others = NotificationSettings { level: NotifyLevel::All, muted_until: None };
    assert_eq!(world.view(room, &bob).await.notifications, Some(others));
}

/// Who comes back begins anew.
pub async fn wishes_end_with_the_membership(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[&bob]).await;
    set(world, room, &bob, level(NotifyLevel::None)).await;
    world.ask(room, &bob, remove(&bob)).await.unwrap();
    assert_eq!(set(world, room, &bob, level(NotifyLevel::All)).await, None);
    assert_eq!(set(world, world.new_room_id(), &bob, level(NotifyLevel::All)).await, None);
    world.ask(room, &bob, add(&bob)).await.unwrap();
    let usual = NotificationSettings { level: NotifyLevel::Mentions, muted_until: None };
    assert_eq!(world.view(room, &bob).await.notifications, Some(usual));
}
