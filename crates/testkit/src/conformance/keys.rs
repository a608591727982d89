//! Bots, and the keys of bots, back ends and hooks.

use std::time::Duration;

use chinwag_chat::store::CommitError;
use chinwag_chat::{
    AccountChange, Key, KeyHolder, KeyId, KeysOf, NewHolder, NewKey, NewUser, Refusal, Role, RoomId,
    RoomKind, TokenHash, User, UserId,
};

use super::World;
use super::world::set_role;

const ADMIN: AccountChange = AccountChange { is_admin: Some(true), is_disabled: None };

async fn admin(world: &World, name: &str) -> User {
    let user = world.user(name).await;
    world.store.change_account(&user.id, ADMIN, None, world.now()).await.unwrap();
    user
}

/// A key's secret, told apart by its id.
fn hash(id: KeyId) -> TokenHash {
    let mut hash = [0xA5; 32];
    hash[..16].copy_from_slice(&id.to_bytes());
    TokenHash(hash)
}

fn new_bot(world: &World, name: &str) -> NewUser {
    let id = format!("b-{name}").parse().unwrap();
    let user = User { bot: true, ..User::new(id, name.parse().unwrap(), name.parse().unwrap()) };
    NewUser { user, password: None, created_at: world.now() }
}

async fn make(
    world: &World,
    holder: NewHolder,
    name: Option<&str>,
    by: Option<&User>,
) -> Result<KeyId, CommitError> {
    let id = KeyId::from_bytes(world.new_session_id().to_bytes());
    let name = name.map(|name| name.parse().unwrap());
    let key = NewKey { id, hash: hash(id), holder, name, created_at: world.now() };
    world.store.create_key(key, by.map(|by| &by.id)).await?;
    Ok(id)
}

async fn make_bot(world: &World, name: &str, by: &User) -> (User, KeyId) {
    let bot = new_bot(world, name);
    let user = bot.user.clone();
    (user, make(world, NewHolder::NewBot(bot), None, Some(by)).await.unwrap())
}

async fn make_hook(world: &World, room: RoomId, name: &str, by: &User) -> Result<KeyId, CommitError> {
    let holder = NewHolder::Hook { bot: new_bot(world, name), room };
    make(world, holder, Some(name), Some(by)).await
}

async fn refused(made: impl Future<Output = Result<KeyId, CommitError>>) -> Refusal {
    match made.await {
        Err(CommitError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

async fn delete(world: &World, id: KeyId, of: &KeysOf, by: Option<&User>) -> Result<Key, CommitError> {
    world.store.delete_key(id, of, by.map(|by| &by.id), world.now()).await
}

async fn delete_refused(world: &World, id: KeyId, of: &KeysOf, by: &User) -> Refusal {
    match delete(world, id, of, Some(by)).await {
        Err(CommitError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

async fn by_secret(world: &World, id: KeyId) -> Option<Key> {
    world.store.key_by_secret(hash(id)).await.unwrap()
}

async fn ids(world: &World, of: &KeysOf) -> Vec<KeyId> {
    world.store.keys(of).await.unwrap().into_iter().map(|key| key.id).collect()
}

/// What was done, the first first, but for the making of admins.
async fn deeds(world: &World) -> Vec<String> {
    let page = world.store.audit(None, 100).await.unwrap();
    let actions = page.items.into_iter().rev().map(|entry| entry.action);
    actions.filter(|action| !action.starts_with("user.")).collect()
}

/// A user like others, who says that it is a program.
pub async fn a_bot_is_a_user_whom_its_key_speaks_for(world: &World) {
    let ada = admin(world, "ada").await;
    let (bot, id) = make_bot(world, "release_bot", &ada).await;
    let key = by_secret(world, id).await.unwrap();
    assert_eq!((key.id, key.holder, key.name), (id, KeyHolder::Bot(bot.clone()), None));
    assert_eq!(key.last_used_at, None);
    assert_eq!(world.store.user(&bot.id).await.unwrap(), Some(bot.clone()));
    let (known, password) = world.store.user_by_name(&bot.name).await.unwrap().unwrap();
    assert_eq!((known, password), (bot.clone(), None));
    assert!(world.store.is_bot(&bot.id).await.unwrap() && !world.store.is_bot(&ada.id).await.unwrap());
    assert_eq!(world.store.key_by_secret(TokenHash([0; 32])).await.unwrap(), None);
    let entry = world.store.audit(None, 1).await.unwrap().items.remove(0);
    assert_eq!((entry.action.as_str(), entry.by, entry.user), ("bot.created", Some(ada), Some(bot)));
    assert_eq!(entry.details.unwrap()["key"], id.to_string());
}

/// Nothing is left of a bot that was refused.
pub async fn a_name_that_is_taken_makes_no_bot(world: &World) {
    let ada = admin(world, "ada").await;
    let bot = NewUser {
        user: User { name: ada.name.clone(), ..new_bot(world, "x1").user },
        ..new_bot(world, "x1")
    };
    let id = bot.user.id.clone();
    assert_eq!(refused(make(world, NewHolder::NewBot(bot), None, Some(&ada))).await, Refusal::NameTaken);
    assert!(world.store.bots(None, 10).await.unwrap().items.is_empty());
    assert_eq!(world.store.user(&id).await.unwrap(), None);
    assert!(ids(world, &KeysOf::Bot(id)).await.is_empty() && deeds(world).await.is_empty());
}

/// So that one replaces the other without a gap.
pub async fn a_bot_has_two_keys_at_most(world: &World) {
    let ada = admin(world, "ada").await;
    let (bot, first) = make_bot(world, "bot", &ada).await;
    let of = KeysOf::Bot(bot.id.clone());
    let holder = || NewHolder::Bot(bot.id.clone());
    let second = make(world, holder(), None, Some(&ada)).await.unwrap();
    assert_eq!(ids(world, &of).await, [first, second]);
    let full = refused(make(world, holder(), None, Some(&ada))).await;
    assert_eq!(full, of.full());
    assert_eq!(delete(world, first, &of, Some(&ada)).await.unwrap().id, first);
    assert!(by_secret(world, first).await.is_none() && by_secret(world, second).await.is_some());
    let third = make(world, holder(), None, Some(&ada)).await.unwrap();
    assert_eq!(ids(world, &of).await, [second, third]);
    let expected = ["bot.created", "bot.key_created", "bot.key_deleted", "bot.key_created"];
    assert_eq!(deeds(world).await, expected);
}

/// Nobody gets one key too many by asking twice at once.
pub async fn keys_made_at_once_are_not_too_many(world: &World) {
    let ada = admin(world, "ada").await;
    let (bot, _) = make_bot(world, "bot", &ada).await;
    let holder = || NewHolder::Bot(bot.id.clone());
    let (one, other, third) = tokio::join!(
        make(world, holder(), None, Some(&ada)),
        make(world, holder(), None, Some(&ada)),
        make(world, holder(), None, Some(&ada)),
    );
    assert_eq!([one, other, third].iter().filter(|made| made.is_ok()).count(), 1);
    assert_eq!(ids(world, &KeysOf::Bot(bot.id.clone())).await.len(), 2);
}

/// Nor does the operator make keys for whoever is none.
pub async fn only_admins_and_the_operator_look_after_keys(world: &World) {
    let (ada, bob) = (admin(world, "ada").await, world.user("bob").await);
    let (bot, key) = make_bot(world, "bot", &ada).await;
    let denied = |refusal: Refusal| assert!(matches!(refusal, Refusal::PermissionDenied(_)), "{refusal:?}");
    denied(refused(make(world, NewHolder::NewBot(new_bot(world, "mine")), None, Some(&bob))).await);
    denied(refused(make(world, NewHolder::Bot(bot.id.clone()), None, Some(&bob))).await);
    denied(refused(make(world, NewHolder::Server, Some("mine"), Some(&bob))).await);
    denied(delete_refused(world, key, &KeysOf::Bot(bot.id.clone()), &bob).await);
    let unknown = refused(make(world, NewHolder::Bot(bob.id.clone()), None, Some(&ada))).await;
    assert_eq!(unknown, Refusal::UnknownBot);
    let server = make(world, NewHolder::Server, Some("shop back end"), None).await.unwrap();
    denied(delete_refused(world, server, &KeysOf::Servers, &bob).await);
    let found = by_secret(world, server).await.unwrap();
    assert_eq!((found.holder, found.name.unwrap().as_str()), (KeyHolder::Server, "shop back end"));
    assert_eq!(delete_refused(world, server, &KeysOf::Bot(bot.id.clone()), &ada).await, Refusal::UnknownKey);
    assert_eq!(delete_refused(world, key, &KeysOf::Servers, &ada).await, Refusal::UnknownKey);
    delete(world, server, &KeysOf::Servers, None).await.unwrap();
    assert_eq!(delete_refused(world, server, &KeysOf::Servers, &ada).await, Refusal::UnknownKey);
    assert_eq!(deeds(world).await, ["bot.created", "key.created", "key.deleted"]);
}

/// In pages, without those who speak by hooks.
pub async fn bots_are_listed_by_id(world: &World) {
    let ada = admin(world, "ada").await;
    let room = world.room(RoomKind::Public, &ada, &[]).await;
    let (one, _) = make_bot(world, "bot-1", &ada).await;
    make_hook(world, room, "bot-2", &ada).await.unwrap();
    let (three, _) = make_bot(world, "bot-3", &ada).await;
    let first = world.store.bots(None, 1).await.unwrap();
    assert_eq!((first.items.as_slice(), first.has_more), ([one.clone()].as_slice(), true));
    let rest = world.store.bots(Some(&one.id), 10).await.unwrap();
    assert_eq!((rest.items.as_slice(), rest.has_more), ([three].as_slice(), false));
}

/// Whoever looks after a room looks after its hooks.
pub async fn a_rooms_admins_look_after_its_hooks(world: &World) {
    let (ada, bob, eve) = (world.user("ada").await, world.user("bob").await, world.user("eve").await);
    let room = world.room(RoomKind::Private, &ada, &[&bob]).await;
    let of = KeysOf::Room(room);
    let refusal = refused(make_hook(world, room, "builds", &bob)).await;
    assert!(matches!(refusal, Refusal::PermissionDenied(_)), "{refusal:?}");
    assert_eq!(refused(make_hook(world, room, "builds", &eve)).await, Refusal::UnknownRoom);
    let nowhere = world.new_room_id();
    assert_eq!(refused(make_hook(world, nowhere, "builds", &ada)).await, Refusal::UnknownRoom);
    let direct = world.room(RoomKind::Direct, &ada, &[&bob]).await;
    assert_eq!(refused(make_hook(world, direct, "builds", &ada)).await, Refusal::RoomFixed);
    let public = world.room(RoomKind::Public, &ada, &[]).await;
    let refusal = refused(make_hook(world, public, "builds", &eve)).await;
    assert!(matches!(refusal, Refusal::PermissionDenied(_)), "{refusal:?}");
    world.ask(room, &ada, set_role(&bob, Role::Admin)).await.unwrap();
    let hook = make_hook(world, room, "builds", &bob).await.unwrap();
    let found = by_secret(world, hook).await.unwrap();
    assert!(
        matches!(&found.holder, KeyHolder::Hook { bot, room: at } if *at == room && bot.name.as_str() == "builds")
    );
    assert_eq!(world.store.keys(&of).await.unwrap(), [found]);
    assert_eq!(delete_refused(world, hook, &KeysOf::Room(public), &ada).await, Refusal::UnknownHook);
    assert_eq!(delete_refused(world, hook, &of, &eve).await, Refusal::UnknownRoom);
    delete(world, hook, &of, Some(&ada)).await.unwrap();
    assert!(by_secret(world, hook).await.is_none() && ids(world, &of).await.is_empty());
    assert_eq!(delete_refused(world, hook, &of, &ada).await, Refusal::UnknownHook);
    let entries = world.store.audit(None, 2).await.unwrap().items;
    let told: Vec<_> = entries.iter().map(|entry| (entry.action.as_str(), entry.room)).collect();
    assert_eq!(told, [("hook.deleted", Some(room)), ("hook.created", Some(room))]);
    assert_eq!(entries[0].details.as_ref().unwrap()["name"], "builds");
}

/// And each room has its own.
pub async fn a_room_has_so_many_hooks_at_most(world: &World) {
    let ada = world.user("ada").await;
    let (room, other) = (
        world.named_room(RoomKind::Public, Some("one"), &ada, &[]).await,
        world.named_room(RoomKind::Public, Some("two"), &ada, &[]).await,
    );
    let of = KeysOf::Room(room);
    for n in 0..of.most() {
        make_hook(world, room, &format!("hook-{n}"), &ada).await.unwrap();
    }
    assert_eq!(refused(make_hook(world, room, "one-more", &ada)).await, of.full());
    assert_eq!(world.store.user(&"b-one-more".parse().unwrap()).await.unwrap(), None);
    make_hook(world, other, "elsewhere", &ada).await.unwrap();
}

/// However it is looked for; a server key is of nobody who could be disabled.
pub async fn a_key_of_who_is_disabled_opens_nothing(world: &World) {
    let ada = admin(world, "ada").await;
    let (bot, id) = make_bot(world, "bot", &ada).await;
    let server = make(world, NewHolder::Server, Some("shop"), None).await.unwrap();
    assert_eq!(world.store.keys_by_id(&[id, server]).await.unwrap().len(), 2);
    let disabled = AccountChange { is_admin: None, is_disabled: Some(true) };
    world.store.change_account(&bot.id, disabled, None, world.now()).await.unwrap();
    assert!(by_secret(world, id).await.is_none());
    let left = world.store.keys_by_id(&[id, server]).await.unwrap();
    assert_eq!(left.iter().map(|key| key.id).collect::<Vec<_>>(), [server]);
    assert_eq!(ids(world, &KeysOf::Bot(bot.id.clone())).await, [id], "it is there to be withdrawn");
    let enabled = AccountChange { is_admin: None, is_disabled: Some(false) };
    world.store.change_account(&bot.id, enabled, None, world.now()).await.unwrap();
    assert!(by_secret(world, id).await.is_some());
}

/// Nodes do not agree about the time to the millisecond.
pub async fn using_a_key_moves_its_last_use_forward(world: &World) {
    let id = make(world, NewHolder::Server, Some("shop"), None).await.unwrap();
    let now = world.now();
    let later = now.plus(Duration::from_secs(60));
    for at in [now, later, now] {
        world.store.touch_key(id, at).await.unwrap();
    }
    assert_eq!(by_secret(world, id).await.unwrap().last_used_at, Some(later));
    world.store.touch_key(KeyId::from_parts(9, 9), now).await.unwrap();
}

/// Whoever made one is erased without it: it is the server's.
pub async fn who_is_erased_has_no_key(world: &World) {
    let ada = admin(world, "ada").await;
    let room = world.room(RoomKind::Public, &ada, &[]).await;
    let (bot, key) = make_bot(world, "bot", &ada).await;
    let hook = make_hook(world, room, "builds", &ada).await.unwrap();
    let server = make(world, NewHolder::Server, Some("shop"), Some(&ada)).await.unwrap();
    let speaker: UserId = "b-builds".parse().unwrap();
    for (id, name) in [(&bot.id, "erased-1"), (&speaker, "erased-2"), (&ada.id, "erased-3")] {
        let begun = world.store.begin_erasure(id, &name.parse().unwrap(), None, world.now()).await.unwrap();
        assert!(begun.is_some());
    }
    assert!(by_secret(world, key).await.is_none() && by_secret(world, hook).await.is_none());
    assert!(ids(world, &KeysOf::Bot(bot.id.clone())).await.is_empty());
    assert!(ids(world, &KeysOf::Room(room)).await.is_empty());
    assert!(!world.store.is_bot(&bot.id).await.unwrap());
    assert!(by_secret(world, server).await.is_some());
}
