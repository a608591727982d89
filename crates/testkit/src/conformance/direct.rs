//! Direct rooms: two people, the same room every time.

use chinwag_chat::rules::CommandResult;
use chinwag_chat::{Refusal, Role, RoomKind};

use super::World;
use super::world::{add, create, remove, rename, set_role};

/// Whoever opens it.
pub async fn a_direct_room_is_the_same_whichever_way_round(world: &World) {
    let (ada, bob, eve) = (world.user("ada").await, world.user("bob").await, world.user("eve").await);
    let room = world.room(RoomKind::Direct, &ada, &[&bob]).await;
    // Named twice, or oneself too, is no other room either.
    for (actor, others) in
        [(&ada, vec![&bob]), (&bob, vec![&ada]), (&ada, vec![&bob, &bob]), (&ada, vec![&ada, &bob])]
    {
        let action = create(RoomKind::Direct, None, &others);
        let outcome = world.ask(world.new_room_id(), actor, action).await.unwrap();
        assert_eq!(outcome.result, CommandResult::Room { id: room, created: false });
        assert!(outcome.changes.is_empty() && outcome.user_changes.is_empty());
    }
    assert_ne!(world.room(RoomKind::Direct, &ada, &[&eve]).await, room);
}

/// It has no name of its own.
pub async fn a_direct_room_shows_each_the_other(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Direct, &ada, &[&bob]).await;
    let group = world.room(RoomKind::Group, &ada, &[&bob]).await;
    for (user, peer) in [(&ada, &bob), (&bob, &ada)] {
        let view = world.view(room, user).await;
        assert_eq!((view.peer.as_ref(), &view.name, view.role), (Some(peer), &None, Some(Role::Member)));
        let list = world.store.rooms_of(&user.id, None, 10).await.unwrap();
        assert_eq!(list.into_iter().find(|other| other.id == room), Some(view));
        assert_eq!(world.view(group, user).await.peer, None);
    }
}

/// Nobody comes, nobody goes.
pub async fn a_direct_room_keeps_its_two_people_and_has_no_name(world: &World) {
    let (ada, bob, eve) = (world.user("ada").await, world.user("bob").await, world.user("eve").await);
    let room = world.room(RoomKind::Direct, &ada, &[&bob]).await;
    let actions = [add(&eve), remove(&bob), remove(&ada), rename("Us"), set_role(&bob, Role::Admin)];
    for action in actions {
        assert_eq!(world.refusal(room, &ada, action).await, Refusal::RoomFixed);
    }
    assert_eq!(world.roles(room).await, [(ada.id, Role::Member), (bob.id, Role::Member)]);
}

/// Not with oneself, not with two.
pub async fn a_direct_room_needs_exactly_one_other_person(world: &World) {
    let (ada, bob, eve) = (world.user("ada").await, world.user("bob").await, world.user("eve").await);
    for members in [vec![], vec![&ada], vec![&bob, &eve]] {
        let refusal =
            world.refusal(world.new_room_id(), &ada, create(RoomKind::Direct, None, &members)).await;
        assert!(matches!(refusal, Refusal::Invalid(_)), "{refusal:?}");
    }
    assert!(world.store.rooms_of(&ada.id, None, 10).await.unwrap().is_empty());
}
