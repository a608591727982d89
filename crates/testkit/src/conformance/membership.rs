//! Coming, going, and who inherits.

use chinwag_chat::rules::CommandResult;
use chinwag_chat::{Channel, Refusal, Role, RoomKind, Seq, User};

use super::World;
use super::world::{add, create, remove, set_role};

/// A double click is no second membership.
pub async fn joining_twice_changes_nothing(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[]).await;
    let first = world.ask(room, &bob, add(&bob)).await.unwrap();
    assert_eq!(first.result, CommandResult::Membership { changed: true });
    let heads = world.store.heads(&[room.into(), bob.id.clone().into()]).await.unwrap();
    let again = world.ask(room, &bob, add(&bob)).await.unwrap();
    assert_eq!(again.result, CommandResult::Membership { changed: false });
    assert!(again.changes.is_empty() && again.user_changes.is_empty());
    assert_eq!(world.store.heads(&[room.into(), bob.id.into()]).await.unwrap(), heads);
}

/// In the same transaction as they come and go.
pub async fn members_are_counted(world: &World) {
    let (ada, bob, eve) = (world.user("ada").await, world.user("bob").await, world.user("eve").await);
    // Named twice and oneself among them: each counts once.
    let room = world.room(RoomKind::Public, &ada, &[&bob, &bob, &ada]).await;
    assert_eq!(world.view(room, &eve).await.member_count, 2);
    world.ask(room, &eve, add(&eve)).await.unwrap();
    assert_eq!(world.view(room, &ada).await.member_count, 3);
    world.ask(room, &bob, remove(&bob)).await.unwrap();
    world.ask(room, &ada, remove(&eve)).await.unwrap();
    assert_eq!(world.view(room, &ada).await.member_count, 1);
    assert_eq!(world.roles(room).await, [(ada.id, Role::Owner)]);
}

async fn four(world: &World) -> [User; 4] {
    [world.user("ada").await, world.user("bob").await, world.user("eve").await, world.user("dan").await]
}

/// An admin before members who came earlier.
pub async fn an_owner_who_leaves_makes_the_longest_serving_admin_the_owner(world: &World) {
    let [ada, bob, eve, dan] = four(world).await;
    let room = world.room(RoomKind::Private, &ada, &[]).await;
    // In an order that is not that of their ids.
    for user in [&bob, &dan, &eve] {
        world.ask(room, &ada, add(user)).await.unwrap();
    }
    for user in [&eve, &dan] {
        world.ask(room, &ada, set_role(user, Role::Admin)).await.unwrap();
    }
    world.ask(room, &ada, remove(&ada)).await.unwrap();
    assert_eq!(
        world.roles(room).await,
        [(bob.id.clone(), Role::Member), (eve.id.clone(), Role::Admin), (dan.id.clone(), Role::Owner)]
    );
    world.ask(room, &dan, remove(&dan)).await.unwrap();
    assert_eq!(world.roles(room).await, [(bob.id.clone(), Role::Member), (eve.id.clone(), Role::Owner)]);
    // Members who leave leave no inheritance.
    world.ask(room, &bob, remove(&bob)).await.unwrap();
    assert_eq!(world.roles(room).await, [(eve.id, Role::Owner)]);
}

/// Of those who came at the same moment, the one whose id comes first.
pub async fn without_an_admin_the_longest_serving_member_becomes_the_owner(world: &World) {
    let [ada, bob, eve, dan] = four(world).await;
    let room = world.room(RoomKind::Group, &dan, &[]).await;
    for user in [&eve, &ada, &bob] {
        world.ask(room, &dan, add(user)).await.unwrap();
    }
    world.ask(room, &dan, remove(&dan)).await.unwrap();
    assert!(world.roles(room).await.contains(&(eve.id.clone(), Role::Owner)));
    // Created with all at once.
    let room = world.room(RoomKind::Group, &ada, &[&dan, &eve, &bob]).await;
    world.ask(room, &ada, remove(&ada)).await.unwrap();
    assert!(world.roles(room).await.contains(&(bob.id, Role::Owner)));
}

/// A room has one owner.
pub async fn handing_a_room_over_makes_the_old_owner_an_admin(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Private, &ada, &[&bob]).await;
    world.ask(room, &ada, set_role(&bob, Role::Owner)).await.unwrap();
    assert_eq!(world.roles(room).await, [(ada.id.clone(), Role::Admin), (bob.id, Role::Owner)]);
    assert_eq!(world.view(room, &ada).await.role, Some(Role::Admin));
}

/// A public room outlives its last member.
pub async fn whoever_comes_into_an_empty_public_room_owns_it(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[]).await;
    world.ask(room, &ada, remove(&ada)).await.unwrap();
    assert_eq!(world.view(room, &bob).await.member_count, 0);
    world.ask(room, &bob, add(&bob)).await.unwrap();
    assert_eq!(world.roles(room).await, [(bob.id, Role::Owner)]);
}

/// In the order of ids, so that nobody is skipped who was there all the time.
pub async fn members_come_in_pages_by_id(world: &World) {
    let mut users = Vec::new();
    for n in 0..7 {
        users.push(world.user(&format!("user{n}")).await);
    }
    let members: Vec<&User> = users[1..].iter().rev().collect();
    let room = world.room(RoomKind::Group, &users[0], &members).await;
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let after = seen.last().map(|user: &User| &user.id);
        let page = world.store.members(room, after, 3).await.unwrap();
        seen.extend(page.items.into_iter().map(|member| member.user));
        pages += 1;
        if !page.has_more {
            break;
        }
    }
    assert_eq!((pages, seen), (3, users));
    assert!(world.store.members(world.new_room_id(), None, 3).await.unwrap().items.is_empty());
}

/// Their cursor begins at the head.
pub async fn whoever_comes_back_need_not_read_what_was_said_before(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Public, &ada, &[&bob]).await;
    world.post(room, &ada, "one").await;
    world.ask(room, &bob, remove(&bob)).await.unwrap();
    world.post(room, &ada, "two").await;
    world.ask(room, &bob, add(&bob)).await.unwrap();
    let view = world.view(room, &bob).await;
    assert_eq!((view.read_seq, view.unread), (Seq(2), 0));
    let member = world.store.members(room, None, 10).await.unwrap().items.pop().unwrap();
    assert_eq!((member.user, member.read_seq), (bob, Seq(2)));
}

/// Neither into a room that is there nor into a new one.
pub async fn nobody_adds_a_user_who_does_not_exist(world: &World) {
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    let mut nobody = ada.clone();
    nobody.id = "nobody".parse().unwrap();
    for action in
        [add(&nobody), create(RoomKind::Group, None, &[&nobody]), create(RoomKind::Direct, None, &[&nobody])]
    {
        assert_eq!(world.refusal(room, &ada, action).await, Refusal::UnknownUser);
    }
    for action in [remove(&nobody), set_role(&nobody, Role::Admin)] {
        assert_eq!(world.refusal(room, &ada, action).await, Refusal::UnknownMember);
    }
}

/// On their own channel, for the room's is closed to them.
pub async fn somebody_removed_is_told_and_sees_the_room_no_more(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let room = world.room(RoomKind::Private, &ada, &[&bob]).await;
    let outcome = world.ask(room, &ada, remove(&bob)).await.unwrap();
    assert_eq!(outcome.user_changes.len(), 1);
    assert_eq!(outcome.user_changes[0].user, bob.id);
    let last = world.changes(Channel::User(bob.id.clone())).await.pop().unwrap();
    assert_eq!(last, chinwag_chat::Change::User(outcome.user_changes[0].clone()));
    assert!(!world.store.may_read(room, &bob.id).await.unwrap());
    assert!(world.store.rooms_of(&bob.id, None, 10).await.unwrap().is_empty());
    let arrival = world.store.arrival_of(&bob.id).await.unwrap().unwrap();
    assert_eq!((arrival.head, arrival.rooms), (last.rev(), vec![]));
}
