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
    let mut user = chat::User::new("ada".parse().unwrap(), "ada".parse().unwrap(), "Ada".parse().unwrap());
    user.avatar = Some(chat::FileId::from_parts(1, 3));
    user.bot = true;
    let at = chat::Timestamp::from_unix_ms(0);
    let preview =
        chat::Preview { width: 1, height: 1, media_type: chat::MediaType::new("image/jpeg"), size: 1 };
    let file = chat::File {
        id: chat::FileId::from_parts(1, 3),
        name: chat::FileName::cleaned("photo.jpg"),
        media_type: chat::MediaType::new("image/jpeg"),
        size: 1,
        picture: Some(chat::Picture { width: 1, height: 1, preview: preview.clone() }),
    };
    let message = chat::Message {
        id: chat::MessageId::from_parts(1, 1),
        room: chat::RoomId::from_parts(1, 2),
        seq: chat::Seq(1),
        rev: chat::Rev(1),
        sender: user.clone(),
        client_id: "c1".parse().unwrap(),
        text: chat::MessageText::from_stored("hi"),
        created_at: at,
        details: chat::Details {
            reply_to: Some(chat::Seq(1)),
            thread: Some(chat::Seq(1)),
            attachments: vec![file.clone()],
            mentions: chat::Mentions { users: vec![user.id.clone()], room: true },
            edited_at: Some(at),
            deleted_at: Some(at),
            pinned_at: Some(at),
        },
    };
    let reaction = chat::Reaction { emoji: "👍".parse().unwrap(), count: 1, users: vec![user.id.clone()] };
    let replies = chat::Replies { count: 1, last_seq: chat::Seq(2), last_at: at };
    let view = chat::MessageView {
        message: message.clone(),
        reactions: vec![reaction.clone()],
        replies: Some(replies),
    };
    let thread = chat::store::ThreadView { root: view.clone(), read_seq: chat::Seq(1), unread: 0 };
    let edit = chat::Edit { rev: chat::Rev(2), text: message.text.clone(), replaced_at: at };
    let cursor = chat::Cursor { read_seq: chat::Seq(1), unread: 1, mentions: 1 };
    let member = chat::Member {
        user: user.clone(),
        role: chat::Role::Owner,
        joined_at: at,
        read_seq: chat::Seq(1),
        delivered_seq: chat::Seq(1),
        muted_until: Some(at),
        posted_at: Some(at),
        is_blocked: true,
    };
    let notifications = chat::NotificationSettings { level: chat::NotifyLevel::All, muted_until: Some(at) };
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
        mentions: 0,
        notifications: Some(notifications),
        last_message: Some(message.clone()),
        created_at: at,
        settings: chat::RoomSettings {
            slow_mode_s: Some(5),
            retention_days: Some(7),
            permissions: chat::Permissions {
                post: Some(chat::Role::Admin),
                react: Some(chat::Role::Admin),
                pin: Some(chat::Role::Admin),
                invite: Some(chat::Role::Admin),
                mention_room: Some(chat::Role::Admin),
            },
        },
    };
    assert_eq!(described::<super::User>(), written(&user));
    let entry = chat::PresenceEntry {
        text: Some("busy".parse().unwrap()),
        until: Some(at),
        last_seen_at: Some(at),
        ..chat::PresenceEntry::plain(user.id.clone(), true)
    };
    assert_eq!(described::<super::PresenceEntry>(), written(&entry));
    assert_eq!(described::<super::NotificationSettings>(), written(&notifications));
    let about = chat::About::new("Sails.").unwrap();
    assert_eq!(described::<super::Profile>(), written(&chat::Profile { user: user.clone(), about }));
    assert_eq!(described::<super::Message>(), written(&view));
    assert_eq!(described::<super::Mentions>(), written(&message.details.mentions));
    assert_eq!(described::<super::Reaction>(), written(&reaction));
    assert_eq!(described::<super::Replies>(), written(&replies));
    assert_eq!(described::<super::Edit>(), written(&edit));
    assert_eq!(described::<super::Thread>(), written(&thread));
    assert_eq!(described::<super::Member>(), written(&member));
    assert_eq!(described::<super::File>(), written(&file));
    assert_eq!(described::<super::Preview>(), written(&preview));
    assert_eq!(described::<super::Room>(), written(&room));
    assert_eq!(described::<super::RoomSettings>(), written(&room.settings));
    assert_eq!(described::<super::Permissions>(), written(&room.settings.permissions));
    assert_eq!(described::<super::Cursor>(), written(&cursor));
}
