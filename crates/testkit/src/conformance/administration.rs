//! Looking after the server.

use chinwag_chat::store::{CommitError, Totals};
use chinwag_chat::{AccountChange, Refusal, RoomKind, Seq, Session, TokenHash, User};

use super::World;

const ADMIN: AccountChange = AccountChange { is_admin: Some(true), is_disabled: None };
const NO_ADMIN: AccountChange = AccountChange { is_admin: Some(false), is_disabled: None };
const DISABLED: AccountChange = AccountChange { is_admin: None, is_disabled: Some(true) };
const ENABLED: AccountChange = AccountChange { is_admin: None, is_disabled: Some(false) };

/// Changes an account on behalf of somebody, or of the operator.
async fn change(
    world: &World,
    whom: &User,
    change: AccountChange,
    by: Option<&User>,
) -> Result<(), CommitError> {
    world.store.change_account(&whom.id, change, by.map(|by| &by.id), world.now()).await
}

async fn refusal(world: &World, whom: &User, wanted: AccountChange, by: &User) -> Refusal {
    match change(world, whom, wanted, Some(by)).await {
        Err(CommitError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// What was done, the first first: by whom, what and to whom.
async fn deeds(world: &World) -> Vec<(Option<String>, String, Option<String>)> {
    let name = |user: Option<User>| user.map(|user| user.name.to_string());
    let page = world.store.audit(None, 100).await.unwrap();
    let entries = page.items.into_iter().rev();
    entries.map(|entry| (name(entry.by), entry.action, name(entry.user))).collect()
}

async fn is_admin(world: &World, user: &User) -> bool {
    world.store.standing(&user.id).await.unwrap().unwrap().may_administer()
}

/// However often it is tried.
pub async fn the_first_account_is_claimed_and_no_other(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    assert!(!world.store.claim(&bob.id, world.now()).await.unwrap());
    assert!(world.store.claim(&ada.id, world.now()).await.unwrap());
    assert!(!world.store.claim(&"nobody".parse().unwrap(), world.now()).await.unwrap());
    assert!(is_admin(world, &ada).await && !is_admin(world, &bob).await);
    assert_eq!(deeds(world).await, [(None, "user.admin_granted".to_owned(), Some("ada".to_owned()))]);
    assert_eq!(world.store.standing(&"nobody".parse().unwrap()).await.unwrap(), None);
}

/// Once for what changed, and not for what was so already.
pub async fn what_admins_do_with_accounts_is_noted(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    change(world, &ada, ADMIN, None).await.unwrap();
    change(world, &ada, ADMIN, None).await.unwrap();
    let both = AccountChange { is_admin: Some(true), is_disabled: Some(true) };
    change(world, &bob, both, Some(&ada)).await.unwrap();
    assert!(!is_admin(world, &bob).await, "an admin who is disabled administers nothing");
    change(world, &bob, ENABLED, Some(&ada)).await.unwrap();
    change(world, &ada, NO_ADMIN, Some(&bob)).await.unwrap();
    change(world, &ada, AccountChange::default(), Some(&bob)).await.unwrap();
    let deed = |by: Option<&str>, action: &str, whom: &str| {
        (by.map(str::to_owned), action.to_owned(), Some(whom.to_owned()))
    };
    let expected = [
        deed(None, "user.admin_granted", "ada"),
        deed(Some("ada"), "user.admin_granted", "bob"),
        deed(Some("ada"), "user.disabled", "bob"),
        deed(Some("ada"), "user.enabled", "bob"),
        deed(Some("bob"), "user.admin_revoked", "ada"),
    ];
    assert_eq!(deeds(world).await, expected);
}

/// So an admin is always left.
pub async fn only_admins_change_accounts_and_nobody_locks_themselves_out(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    change(world, &ada, ADMIN, None).await.unwrap();
    for wanted in [ADMIN, DISABLED] {
        let refused = refusal(world, &ada, wanted, &bob).await;
        assert!(matches!(refused, Refusal::PermissionDenied(_)), "{refused:?}");
    }
    for wanted in [NO_ADMIN, DISABLED] {
        let refused = refusal(world, &ada, wanted, &ada).await;
        assert!(matches!(refused, Refusal::Invalid(_)), "{refused:?}");
    }
    let nobody = User::new("nobody".parse().unwrap(), "nobody".parse().unwrap(), "Nobody".parse().unwrap());
    assert_eq!(refusal(world, &nobody, DISABLED, &ada).await, Refusal::UnknownUser);
    change(world, &bob, ADMIN, Some(&ada)).await.unwrap();
    change(world, &bob, DISABLED, Some(&ada)).await.unwrap();
    let refused = refusal(world, &ada, NO_ADMIN, &bob).await;
    assert!(matches!(refused, Refusal::PermissionDenied(_)), "{refused:?}");
    assert_eq!(deeds(world).await.len(), 3, "what was refused is not noted");
}

/// However it is looked for; and it is there to be ended.
pub async fn who_is_disabled_has_no_session_that_counts(world: &World) {
    let ada = world.user("ada").await;
    let (id, token) = (world.new_session_id(), TokenHash([7; 32]));
    let now = world.now();
    let (created_at, last_seen_at, expires_at) = (now, now, now);
    let device = "phone".to_owned();
    let session = Session { id, user: ada.clone(), device, created_at, last_seen_at, expires_at };
    world.store.create_session(&session, token).await.unwrap();
    change(world, &ada, DISABLED, None).await.unwrap();
    assert_eq!(world.store.session_by_token(token).await.unwrap(), None);
    assert_eq!(world.store.session(id).await.unwrap(), None);
    assert!(world.store.sessions_by_id(&[id]).await.unwrap().is_empty());
    assert!(world.store.arrival_of(&ada.id).await.unwrap().unwrap().is_disabled);
    assert_eq!(world.store.sessions(Some(&ada.id), 10).await.unwrap().len(), 1);
    change(world, &ada, ENABLED, None).await.unwrap();
    assert_eq!(world.store.session(id).await.unwrap(), Some(session));
    assert!(!world.store.arrival_of(&ada.id).await.unwrap().unwrap().is_disabled);
}

/// With what an admin wants to know of each.
pub async fn accounts_come_in_pages_and_are_found_by_name(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let eve = world.user_shown_as("eve", "Ädchen").await;
    world.room(RoomKind::Group, &ada, &[&bob]).await;
    world.room(RoomKind::Group, &ada, &[]).await;
    let id = world.new_session_id();
    let now = world.now();
    let (created_at, last_seen_at, expires_at) = (now, now, now);
    let device = String::new();
    let session = Session { id, user: bob.clone(), device, created_at, last_seen_at, expires_at };
    world.store.create_session(&session, TokenHash([7; 32])).await.unwrap();
    change(world, &bob, ADMIN, None).await.unwrap();

    let page = world.store.accounts("", None, 2).await.unwrap();
    let ids: Vec<_> = page.items.iter().map(|account| &account.user).collect();
    assert_eq!((ids, page.has_more), (vec![&ada, &bob], true));
    let rest = world.store.accounts("", Some(&bob.id), 2).await.unwrap();
    assert_eq!((rest.items.len(), &rest.items[0].user, rest.has_more), (1, &eve, false));
    let known = world.store.account(&bob.id).await.unwrap().unwrap();
    assert_eq!(known, page.items[1]);
    assert_eq!((known.rooms, known.is_admin, known.is_disabled), (1, true, false));
    assert_eq!(known.last_seen_at, Some(now));
    assert_eq!((page.items[0].rooms, page.items[0].last_seen_at), (2, None));
    for (query, expected) in [("a", &ada), ("äD", &eve), ("eve", &eve)] {
        let found = world.store.accounts(query, None, 10).await.unwrap().items;
        assert_eq!(found.iter().map(|account| &account.user).collect::<Vec<_>>(), [expected], "{query}");
    }
    assert!(world.store.accounts("_", None, 10).await.unwrap().items.is_empty());
    assert!(world.store.accounts("a\0", None, 10).await.unwrap().items.is_empty());
}

/// That they are there, and how much is in them.
pub async fn all_rooms_are_listed_whatever_they_are(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let mut rooms = Vec::new();
    for kind in [RoomKind::Public, RoomKind::Private, RoomKind::Group, RoomKind::Direct] {
        rooms.push(world.room(kind, &ada, &[&bob]).await);
    }
    let message = world.post(rooms[1], &ada, "text").await;
    let first = world.store.all_rooms("", None, 3).await.unwrap();
    assert_eq!(first.items.iter().map(|room| room.id).collect::<Vec<_>>(), rooms[..3]);
    assert!(first.has_more);
    let told = &first.items[1];
    assert_eq!((told.kind, told.member_count, told.head_seq), (RoomKind::Private, 2, Seq(1)));
    assert_eq!(told.last_message_at, Some(message.created_at));
    assert_eq!(first.items[0].last_message_at, None);
    let rest = world.store.all_rooms("", Some(rooms[2]), 3).await.unwrap();
    assert_eq!(
        rest.items.iter().map(|room| (room.id, room.kind)).collect::<Vec<_>>(),
        [(rooms[3], RoomKind::Direct)]
    );
    let named = world.store.all_rooms("PRIV", None, 3).await.unwrap().items;
    assert_eq!(named.iter().map(|room| room.id).collect::<Vec<_>>(), [rooms[1]]);
    assert_eq!(world.store.totals().await.unwrap(), Totals { users: 2, rooms: 4, messages: 1 });
}

/// And none twice.
pub async fn what_was_done_comes_in_pages_newest_first(world: &World) {
    let ada = world.user("ada").await;
    for n in 0..5 {
        change(world, &ada, if n % 2 == 0 { ADMIN } else { NO_ADMIN }, None).await.unwrap();
    }
    let first = world.store.audit(None, 3).await.unwrap();
    assert!(first.has_more && first.items.is_sorted_by_key(|entry| std::cmp::Reverse(entry.id)));
    let last = first.items.last().unwrap();
    let rest = world.store.audit(Some(last.id), 3).await.unwrap();
    assert_eq!((rest.items.len(), rest.has_more), (2, false));
    assert!(rest.items[0].id < last.id && rest.items[0].at < last.at);
    assert!(world.store.audit(Some(0), 3).await.unwrap().items.is_empty());
}
