//! What a room's settings change of the table.

use super::*;
use crate::{Emoji, Permissions, React};

/// The facts of a room of which the least role is set.
fn with(permissions: Permissions, kind: RoomKind, actor: Option<Role>) -> Facts {
    let mut facts = facts(kind, actor, None);
    facts.room.as_mut().unwrap().settings.permissions = permissions;
    facts
}

fn configure(json: &str) -> RoomAction {
    RoomAction::Update(UpdateRoom { name: None, settings: serde_json::from_str(json).unwrap() })
}

#[test]
fn admins_and_the_owner_set_a_room_up() {
    let line = [
        (Public, [No, No, Yes, Yes]),
        (Private, [Hidden, No, Yes, Yes]),
        (Group, [Hidden, No, Yes, Yes]),
        (Direct, [Hidden, Fixed, Fixed, Fixed]),
    ];
    let ask_for = |kind, role| end(ask(configure(r#"{"slow_mode_s": 5}"#), facts(kind, role, None)));
    check("set up", line, ask_for);
}

#[test]
fn a_name_and_settings_are_changed_together_or_not_at_all() {
    let both = || {
        let settings = serde_json::from_str(r#"{"slow_mode_s": 5}"#).unwrap();
        RoomAction::Update(UpdateRoom { name: Some("Other".parse().unwrap()), settings })
    };
    // Members rename a group, but do not set it up.
    assert_eq!(end(ask(both(), facts(Group, Some(Plain), None))), No);
    let decision = ask(both(), facts(Group, Some(Owner), None)).unwrap();
    let types: Vec<&str> = decision.changes.iter().map(|change| change.event.type_name()).collect();
    assert_eq!(types, ["room.renamed", "room.settings_changed"]);
}

#[test]
fn settings_that_are_so_already_change_nothing() {
    let decision = ask(configure(r#"{"slow_mode_s": null}"#), facts(Group, Some(Owner), None)).unwrap();
    assert!(decision.writes.is_empty() && decision.changes.is_empty());
}

/// Whether a member of that role may post, react, invite and pin, in this order, and is heard when they call everybody.
fn may(permissions: Permissions, kind: RoomKind, role: Role) -> [bool; 5] {
    let known = || {
        let mut facts = with(permissions, kind, Some(role));
        let posted = ask(post(), super::facts(kind, Some(Owner), None)).unwrap();
        let CommandResult::Posted { message, .. } = posted.result else { panic!("not a message") };
        facts.messages = vec![Message { seq: Seq(1), ..message }];
        facts
    };
    let emoji: Emoji = "👍".parse().unwrap();
    let is_yes = |action| matches!(ask(action, known()), Ok(decision) if !decision.changes.is_empty());
    let mut everybody = known();
    everybody.room.as_mut().unwrap().settings.permissions.post = None;
    let text = MessageText::new("@room hello".to_owned(), 100).unwrap();
    let calls = RoomAction::Post(PostMessage {
        id: MessageId::from_parts(1, 2),
        client_id: "y".parse().unwrap(),
        text,
        reply_to: None,
        thread: None,
        attachments: vec![],
    });
    let CommandResult::Posted { message, .. } = ask(calls, everybody).unwrap().result else {
        panic!("not a message")
    };
    [
        is_yes(post()),
        is_yes(RoomAction::React(React { seq: Seq(1), emoji, present: true })),
        is_yes(add("bob")),
        is_yes(RoomAction::Pin(crate::PinMessage { seq: Seq(1), pinned: true })),
        message.details.mentions.room,
    ]
}

#[test]
fn each_permission_is_the_least_role_that_the_room_asks_for() {
    let all = |role| Permissions {
        post: Some(role),
        react: Some(role),
        pin: Some(role),
        invite: Some(role),
        mention_room: Some(role),
    };
    for kind in [Public, Private, Group] {
        for least in [Plain, Admin, Owner] {
            for role in [Plain, Admin, Owner] {
                assert_eq!(may(all(least), kind, role), [role >= least; 5], "{kind:?} {least:?} {role:?}");
            }
        }
    }
}

#[test]
fn what_a_room_does_not_set_is_as_the_table_says() {
    let none = Permissions::default();
    assert_eq!(may(none, Public, Plain), [true, true, true, false, false]);
    assert_eq!(may(none, Private, Plain), [true, true, false, false, false]);
    assert_eq!(may(none, Group, Plain), [true; 5]);
    // One permission says nothing of another.
    let only = Permissions { react: Some(Owner), ..none };
    assert_eq!(may(only, Group, Admin), [true, false, true, true, true]);
}

#[test]
fn whoever_may_not_react_any_more_may_take_back_what_they_put_there() {
    let mut facts = with(Permissions { react: Some(Owner), ..Permissions::default() }, Group, Some(Plain));
    let posted = ask(post(), super::facts(Group, Some(Owner), None)).unwrap();
    let CommandResult::Posted { message, .. } = posted.result else { panic!("not a message") };
    facts.messages = vec![Message { seq: Seq(1), ..message }];
    facts.reaction = ReactionFacts { is_own: true, count: 1, kinds: 1 };
    let react = React { seq: Seq(1), emoji: "👍".parse().unwrap(), present: false };
    assert_eq!(end(ask(RoomAction::React(react), facts)), Yes);
}
