//! Accounts.

use chinwag_chat::store::{CommitError, MessagePage};
use chinwag_chat::{FileId, NewUser, PasswordHash, Refusal, RoomKind, User};

use super::World;

fn named(id: &str, name: &str) -> User {
    User::new(id.parse().unwrap(), name.parse().unwrap(), name.parse().unwrap())
}

async fn found(world: &World, query: &str, limit: usize) -> Vec<String> {
    let users = world.store.find_users(query, limit).await.unwrap();
    users.into_iter().map(|user| user.name.to_string()).collect()
}

/// With all that was kept of them.
pub async fn a_user_is_found_by_id_and_by_name(world: &World) {
    let mut user = named("auth0|5f7c8", "ada");
    user.display_name = "Ada 👩‍💻 Lovelace".parse().unwrap();
    let hash = PasswordHash::new("$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA".to_owned());
    let new = NewUser { user: user.clone(), password: Some(hash.clone()), created_at: world.now() };
    world.store.create_user(new).await.unwrap();
    assert_eq!(world.store.user(&user.id).await.unwrap(), Some(user.clone()));
    assert_eq!(world.store.user_by_name(&user.name).await.unwrap(), Some((user, Some(hash))));
    assert_eq!(world.store.user(&"ada".parse().unwrap()).await.unwrap(), None);
    assert_eq!(world.store.user_by_name(&"bob".parse().unwrap()).await.unwrap(), None);
}

/// Somebody else vouches for them.
pub async fn a_user_without_password_has_none(world: &World) {
    let ada = world.user("ada").await;
    assert_eq!(world.store.user_by_name(&ada.name).await.unwrap(), Some((ada, None)));
}

/// Who came first keeps it.
pub async fn a_name_or_an_id_belongs_to_one_user(world: &World) {
    let first = world.user("ada").await;
    for user in [named("other", "ada"), named(first.id.as_str(), "bob")] {
        let new = NewUser { user, password: None, created_at: world.now() };
        let refused = world.store.create_user(new).await;
        assert!(matches!(refused, Err(CommitError::Refused(Refusal::NameTaken))), "{refused:?}");
    }
    assert_eq!(world.store.user(&first.id).await.unwrap(), Some(first));
    assert_eq!(world.store.user(&"other".parse().unwrap()).await.unwrap(), None);
    assert_eq!(world.store.user_by_name(&"bob".parse().unwrap()).await.unwrap(), None);
}

/// Either name, whatever the case, in every script.
pub async fn people_are_found_by_how_their_names_begin(world: &World) {
    world.user_shown_as("ada", "Countess of Lovelace").await;
    world.user_shown_as("adam", "Ørsted").await;
    world.user_shown_as("zoe", "Ωmega").await;
    assert_eq!(found(world, "ad", 10).await, ["ada", "adam"]);
    assert_eq!(found(world, "ADA", 10).await, ["ada", "adam"]);
    assert_eq!(found(world, "adam", 10).await, ["adam"]);
    assert_eq!(found(world, "countess OF", 10).await, ["ada"]);
    assert_eq!(found(world, "ør", 10).await, ["adam"]);
    assert_eq!(found(world, "ØR", 10).await, ["adam"]);
    assert_eq!(found(world, "ω", 10).await, ["zoe"]);
    // Begins, not holds.
    assert!(found(world, "lovelace", 10).await.is_empty());
    assert!(found(world, "da", 10).await.is_empty());
}

/// Names are full of them.
pub async fn a_wildcard_in_a_search_is_a_letter(world: &World) {
    world.user_shown_as("a_b", "100% Bob").await;
    world.user_shown_as("axb", "100 Bobs").await;
    world.user_shown_as("cc", r"Back\slash").await;
    assert_eq!(found(world, "a_", 10).await, ["a_b"]);
    assert_eq!(found(world, "100%", 10).await, ["a_b"]);
    assert_eq!(found(world, r"back\", 10).await, ["cc"]);
    for nothing in ["%", "_", "?", "*", "[a-z]", "'", "\\"] {
        assert!(found(world, nothing, 10).await.is_empty(), "{nothing:?}");
    }
}

/// Also those whom both names match.
pub async fn a_search_gives_each_once_by_name_and_stops_at_the_limit(world: &World) {
    for name in ["bob", "bo", "bobby", "boris"] {
        world.user(name).await;
    }
    world.user_shown_as("zed", "Bo").await;
    assert_eq!(found(world, "bo", 10).await, ["bo", "bob", "bobby", "boris", "zed"]);
    assert_eq!(found(world, "bo", 2).await, ["bo", "bob"]);
    assert_eq!(found(world, "", 3).await, ["bo", "bob", "bobby"]);
}

/// Wherever the user is told of, down to who was heard last.
pub async fn a_picture_and_being_a_program_are_told_with_the_user(world: &World) {
    let ada = world.user("ada").await;
    let mut bot = named("bot", "clerk");
    bot.avatar = Some(FileId::from_parts(1, 7));
    bot.bot = true;
    let new = NewUser { user: bot.clone(), password: None, created_at: world.now() };
    world.store.create_user(new).await.unwrap();
    assert_eq!(world.store.user(&bot.id).await.unwrap(), Some(bot.clone()));
    assert_eq!(world.store.find_users("cle", 5).await.unwrap(), [bot.clone()]);
    assert_eq!(world.store.arrival_of(&bot.id).await.unwrap().unwrap().user, bot);
    let room = world.room(RoomKind::Direct, &ada, &[&bot]).await;
    world.post(room, &bot, "hello").await;
    let view = world.store.room(room, &ada.id).await.unwrap().unwrap();
    assert_eq!(view.peer.as_ref(), Some(&bot));
    assert_eq!(view.last_message.unwrap().sender, bot);
    let page = MessagePage { limit: 5, ..MessagePage::default() };
    assert_eq!(world.store.messages(room, &ada.id, page).await.unwrap().items[0].message.sender, bot);
    let members = world.store.members(room, None, 5).await.unwrap();
    assert!(members.items.iter().any(|member| member.user == bot));
}
