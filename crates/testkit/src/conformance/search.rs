//! What was said is found by its words, by those who may read it.

use chinwag_chat::search::SearchQuery;
use chinwag_chat::store::{FoundMessages, MessageSearch, SearchCursor};
use chinwag_chat::{RoomId, RoomKind, Timestamp, User};

use super::World;
use super::world::{add, delete, edit, remove};

fn asked(query: &str) -> MessageSearch {
    MessageSearch { query: SearchQuery::new(query).unwrap(), limit: 100, ..MessageSearch::default() }
}

async fn find(world: &World, user: &User, search: &MessageSearch) -> FoundMessages {
    world.store.search(&user.id, search).await.unwrap()
}

/// The texts that somebody finds, the newest first.
async fn texts(world: &World, user: &User, search: &MessageSearch) -> Vec<String> {
    let found = find(world, user, search).await;
    assert_eq!(found.next, None, "all of it is one page");
    found.messages.into_iter().map(|view| view.message.text.as_str().to_owned()).collect()
}

async fn said(world: &World, speaker: &User, texts: &[&str]) -> RoomId {
    let room = world.room(RoomKind::Group, speaker, &[]).await;
    for text in texts {
        world.post(room, speaker, text).await;
    }
    room
}

/// Whatever the case and what stands between; the newest first.
pub async fn messages_are_found_by_their_words(world: &World) {
    let ada = world.user("ada").await;
    said(
        world,
        &ada,
        &["The boat's at the quay", "no ship here", "BOAT! the Quays", "Ärger im Hafen", "私は日本人"],
    )
    .await;
    for (query, found) in [
        ("boat", vec!["BOAT! the Quays", "The boat's at the quay"]),
        ("boat the", vec!["BOAT! the Quays", "The boat's at the quay"]),
        ("quay boat", vec!["The boat's at the quay"]),
        ("\"quay\" boat", vec!["The boat's at the quay"]),
        ("qua* ship", vec![]),
        ("qua", vec!["BOAT! the Quays", "The boat's at the quay"]),
        ("qu", vec![]),
        ("\"the quay\"", vec!["The boat's at the quay"]),
        ("\"at quay\"", vec![]),
        ("boat's", vec!["The boat's at the quay"]),
        ("ärger", vec!["Ärger im Hafen"]),
        ("日本", vec!["私は日本人"]),
        ("日人", vec![]),
        ("nowhere", vec![]),
    ] {
        assert_eq!(texts(world, &ada, &asked(query)).await, found, "{query}");
    }
}

/// People type anything, and paste more.
pub async fn whatever_is_asked_for_is_answered(world: &World) {
    let ada = world.user("ada").await;
    said(world, &ada, &["it's a 'quoted' & odd: text | (with) <-> signs* and OR NEAR words_"]).await;
    for query in [
        "'",
        "\"",
        "\"\"\"",
        "'quoted'",
        "a & b",
        "| (",
        "!odd",
        "odd:*",
        "<->",
        ":*",
        "*",
        "^text",
        "- -",
        "\\",
        "%",
        "AND",
        "OR",
        "NOT NEAR(a b)",
        "text:odd",
        "{words}",
        "words_",
        "col : x",
        "\u{0}",
        "\u{1F600}",
        "ı İ ß",
        "_",
        "__ada",
        "1.5e10",
        "-1",
        "a@b.c",
        "https://x.y/z?q=1#f",
        "''; DROP TABLE messages; --",
        "\u{202E}",
    ] {
        find(world, &ada, &asked(query)).await;
    }
    assert_eq!(texts(world, &ada, &asked("OR \"near words\" odd:")).await.len(), 1);
    assert!(texts(world, &ada, &asked("_0000000000000000")).await.is_empty());
}

/// An edit changes what a message is found by; of a deleted one nothing is left to find.
pub async fn only_what_is_said_now_is_found(world: &World) {
    let ada = world.user("ada").await;
    let room = said(world, &ada, &["the first harbour", "the second harbour", "the third harbour"]).await;
    world.change(room, &ada, edit(1, "an island")).await;
    world.change(room, &ada, delete(2)).await;
    assert_eq!(texts(world, &ada, &asked("harbour")).await, ["the third harbour"]);
    assert_eq!(texts(world, &ada, &asked("island")).await, ["an island"]);
    assert!(texts(world, &ada, &asked("first")).await.is_empty());
    assert!(texts(world, &ada, &asked("second")).await.is_empty());
    world.change(room, &ada, edit(1, "the first harbour")).await;
    assert_eq!(texts(world, &ada, &asked("harbour")).await, ["the third harbour", "the first harbour"]);
    world.change(room, &ada, delete(1)).await;
    assert_eq!(texts(world, &ada, &asked("harbour")).await, ["the third harbour"]);
}

/// What others say among themselves stays there.
pub async fn only_members_find_what_was_said(world: &World) {
    let (ada, eve) = (world.user("ada").await, world.user("eve").await);
    let room = world.room(RoomKind::Private, &ada, &[]).await;
    world.post(room, &ada, "a secret harbour").await;
    let in_room = MessageSearch { room: Some(room), ..asked("harbour") };
    assert!(texts(world, &eve, &asked("harbour")).await.is_empty());
    assert!(texts(world, &eve, &in_room).await.is_empty());
    world.ask(room, &ada, add(&eve)).await.unwrap();
    assert_eq!(texts(world, &eve, &asked("harbour")).await.len(), 1);
    world.ask(room, &ada, remove(&eve)).await.unwrap();
    said(world, &eve, &["another harbour"]).await;
    assert_eq!(texts(world, &eve, &asked("harbour")).await, ["another harbour"]);
    assert!(texts(world, &eve, &in_room).await.is_empty());
}

/// Everybody reads them, but not everybody wants to hear of them.
pub async fn a_public_room_is_searched_by_who_names_it(world: &World) {
    let (ada, eve) = (world.user("ada").await, world.user("eve").await);
    let room = world.room(RoomKind::Public, &ada, &[]).await;
    world.post(room, &ada, "a public harbour").await;
    assert!(texts(world, &eve, &asked("harbour")).await.is_empty());
    let in_room = MessageSearch { room: Some(room), ..asked("harbour") };
    assert_eq!(texts(world, &eve, &in_room).await, ["a public harbour"]);
    assert_eq!(texts(world, &ada, &asked("harbour")).await, ["a public harbour"]);
}

/// By room, person and time.
pub async fn a_search_is_narrowed(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let one = world.room(RoomKind::Group, &ada, &[&bob]).await;
    let other = world.room(RoomKind::Group, &ada, &[&bob]).await;
    world.post(one, &ada, "harbour 1").await;
    let second = world.post(one, &bob, "harbour 2").await;
    let third = world.post(other, &ada, "harbour 3").await;
    let room = MessageSearch { room: Some(one), ..asked("harbour") };
    assert_eq!(texts(world, &ada, &room).await, ["harbour 2", "harbour 1"]);
    let from = MessageSearch { from: Some(ada.id.clone()), ..asked("harbour") };
    assert_eq!(texts(world, &ada, &from).await, ["harbour 3", "harbour 1"]);
    let nobody = MessageSearch { from: Some("nobody".parse().unwrap()), ..asked("harbour") };
    assert!(texts(world, &ada, &nobody).await.is_empty());
    let after = MessageSearch { after: Some(second.created_at), ..asked("harbour") };
    assert_eq!(texts(world, &ada, &after).await, ["harbour 3", "harbour 2"]);
    let before = MessageSearch { before: Some(third.created_at), ..asked("harbour") };
    assert_eq!(texts(world, &ada, &before).await, ["harbour 2", "harbour 1"]);
    let both = MessageSearch { room: Some(one), from: Some(bob.id.clone()), before: before.before, ..after };
    assert_eq!(texts(world, &ada, &both).await, ["harbour 2"]);
    let far = [Timestamp::from_unix_ms(i64::MAX), Timestamp::from_unix_ms(i64::MIN)];
    for (after, before) in [(far[0], far[1]), (far[1], far[1]), (far[0], far[0])] {
        let none = MessageSearch { after: Some(after), before: Some(before), ..asked("harbour") };
        assert!(texts(world, &ada, &none).await.is_empty());
    }
}

/// Each once, in whichever rooms, though others come and go meanwhile.
pub async fn a_search_goes_on_where_it_stopped(world: &World) {
    let ada = world.user("ada").await;
    let rooms = [said(world, &ada, &[]).await, said(world, &ada, &[]).await];
    for number in 0..10 {
        world.post(rooms[number % 2], &ada, &format!("harbour {number}")).await;
    }
    let (mut found, mut cursor) = (Vec::new(), None::<SearchCursor>);
    loop {
        let page = find(world, &ada, &MessageSearch { cursor, limit: 3, ..asked("harbour") }).await;
        assert!(page.messages.len() <= 3);
        found.extend(page.messages.into_iter().map(|view| view.message.text.as_str().to_owned()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
        world.post(rooms[0], &ada, "a newer harbour").await;
    }
    let all: Vec<String> = (0..10).rev().map(|number| format!("harbour {number}")).collect();
    assert_eq!(found, all);
    let gone =
        SearchCursor { at: Timestamp::from_unix_ms(1), room: world.new_room_id(), seq: chinwag_chat::Seq(7) };
    assert!(texts(world, &ada, &MessageSearch { cursor: Some(gone), ..asked("harbour") }).await.is_empty());
}

/// More rooms than an index is asked for by name.
pub async fn whoever_is_in_many_rooms_finds_what_was_said_in_them_only(world: &World) {
    let (ada, eve) = (world.user("ada").await, world.user("eve").await);
    for number in 0..70 {
        let room = world.room(RoomKind::Group, &ada, &[]).await;
        world.post(room, &ada, &format!("harbour {number}")).await;
    }
    said(world, &eve, &["harbour of eve"]).await;
    let found = texts(world, &ada, &asked("harbour")).await;
    assert_eq!((found.len(), found[0].as_str()), (70, "harbour 69"));
    assert_eq!(texts(world, &ada, &asked("harbour 42")).await, ["harbour 42"]);
}

/// A page is bounded in weight as others are.
pub async fn a_page_of_long_messages_is_cut(world: &World) {
    let ada = world.user("ada").await;
    let long = format!("harbour {}", "x".repeat(60 * 1024));
    said(world, &ada, &[long.as_str(); 7]).await;
    let page = find(world, &ada, &asked("harbour")).await;
    assert!((1..7).contains(&page.messages.len()), "{}", page.messages.len());
    let rest = find(world, &ada, &MessageSearch { cursor: page.next, ..asked("harbour") }).await;
    assert_eq!(page.messages.len() + rest.messages.len(), 7);
}
