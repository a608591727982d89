//! The described shapes are the real ones.

use std::collections::BTreeSet;

use chinwag_chat as chat;
use serde::Serialize;
use utoipa::PartialSchema;

fn described<T: PartialSchema>() -> BTreeSet<String> {
    let schema = serde_json::to_value(T::schema()).unwrap();
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}

fn written(value: &impl Serialize) -> BTreeSet<String> {
    serde_json::to_value(value).unwrap().as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_shapes_are_what_the_domain_writes() {
    let user = chat::User {
        id: "ada".parse().unwrap(),
        name: "ada".parse().unwrap(),
        display_name: "Ada".parse().unwrap(),
    };
    let at = chat::Timestamp::from_unix_ms(0);
    let message = chat::Message {
        id: chat::MessageId::from_parts(1, 1),
        room: chat::RoomId::from_parts(1, 2),
        seq: chat::Seq(1),
        rev: chat::Rev(1),
        sender: user.clone(),
        client_id: "c1".parse().unwrap(),
        text: chat::MessageText::from_stored("hi".to_owned()),
        created_at: at,
    };
    let member =
        chat::Member { user: user.clone(), role: chat::Role::Owner, joined_at: at, read_seq: chat::Seq(1) };
    let room = chat::RoomView {
        id: message.room,
        kind: chat::RoomKind::Direct,
        name: None,
        peer: Some(user.clone()),
        role: Some(chat::Role::Member),
        member_count: 2,
        head_seq: chat::Seq(1),
        head_rev: chat::Rev(1),
        read_seq: chat::Seq(1),
        unread: 0,
        last_message: Some(message.clone()),
        created_at: at,
    };
    assert_eq!(described::<super::User>(), written(&user));
    assert_eq!(described::<super::Message>(), written(&message));
    assert_eq!(described::<super::Member>(), written(&member));
    assert_eq!(described::<super::Room>(), written(&room));
    assert_eq!(described::<super::Cursor>(), written(&chat::Cursor::at(chat::Seq(1), chat::Seq(2))));
}
