//! Who may do what with messages.

use super::*;
use crate::{DeleteMessage, Details, EditMessage, PinMessage, React, Reaction};

/// Message 3 of the room, by that person.
fn message(sender: &str, text: &str) -> Message {
    Message {
        id: MessageId::from_parts(1, 9),
        room: RoomId::from_parts(1, 1),
        seq: Seq(3),
        rev: Rev(5),
        sender: user(sender),
        client_id: "x".parse().unwrap(),
        text: MessageText::from_stored(text),
        created_at: AT,
        details: Details::default(),
    }
}

/// What the store knows when Ada asks something about a message of that person's.
fn facts_about(kind: RoomKind, actor: Option<Role>, sender: &str) -> Facts {
    Facts { messages: vec![message(sender, "before")], ..facts(kind, actor, None) }
}

fn edit() -> RoomAction {
    RoomAction::Edit(EditMessage { seq: Seq(3), text: MessageText::new("after".to_owned(), 100).unwrap() })
}

fn delete() -> RoomAction {
    RoomAction::Delete(DeleteMessage { seq: Seq(3), as_server_admin: false })
}

fn pin(pinned: bool) -> RoomAction {
    RoomAction::Pin(PinMessage { seq: Seq(3), pinned })
}

fn react(present: bool) -> RoomAction {
    RoomAction::React(React { seq: Seq(3), emoji: "👍".parse().unwrap(), present })
}

fn answer(thread: u64) -> RoomAction {
    match post() {
        RoomAction::Post(post) => RoomAction::Post(PostMessage { thread: Some(Seq(thread)), ..post }),
        other => other,
    }
}

const MEMBERS: [(RoomKind, [End; 4]); 4] = [
    (Public, [No, Yes, Yes, Yes]),
    (Private, [Hidden, Yes, Yes, Yes]),
    (Group, [Hidden, Yes, Yes, Yes]),
    (Direct, [Hidden, Yes, Yes, Yes]),
];

#[test]
fn ones_own_messages_are_ones_own_to_edit_and_to_delete() {
    check("edit", MEMBERS, |kind, role| end(ask(edit(), facts_about(kind, role, "ada"))));
    check("delete", MEMBERS, |kind, role| end(ask(delete(), facts_about(kind, role, "ada"))));
}

#[test]
fn nobody_edits_what_others_wrote_and_admins_delete_it() {
    let line = [
        (Public, [No, No, No, No]),
        (Private, [Hidden, No, No, No]),
        (Group, [Hidden, No, No, No]),
        (Direct, [Hidden, No, No, No]),
    ];
    check("edit another's", line, |kind, role| end(ask(edit(), facts_about(kind, role, "bob"))));
    let line = [
        (Public, [No, No, Yes, Yes]),
        (Private, [Hidden, No, Yes, Yes]),
        (Group, [Hidden, No, Yes, Yes]),
        (Direct, [Hidden, No, No, No]),
    ];
    check("delete another's", line, |kind, role| end(ask(delete(), facts_about(kind, role, "bob"))));
}

#[test]
fn members_react_and_pin_as_the_kind_of_room_lets_them() {
    check("react", MEMBERS, |kind, role| end(ask(react(true), facts_about(kind, role, "bob"))));
    let line = [
        (Public, [No, No, Yes, Yes]),
        (Private, [Hidden, No, Yes, Yes]),
        (Group, [Hidden, Yes, Yes, Yes]),
        (Direct, [Hidden, Yes, Yes, Yes]),
    ];
    check("pin", line, |kind, role| end(ask(pin(true), facts_about(kind, role, "bob"))));
}

#[test]
fn what_is_so_already_is_no_change() {
    let mut reacted = facts_about(Group, Some(Plain), "bob");
    reacted.reaction.is_own = true;
    for (action, facts) in [
        (pin(false), facts_about(Group, Some(Plain), "bob")),
        (react(false), facts_about(Group, Some(Plain), "bob")),
        (react(true), reacted),
    ] {
        let decision = ask(action, facts).unwrap();
        assert!(decision.writes.is_empty() && decision.changes.is_empty());
    }
}

#[test]
fn there_is_an_end_to_pins_and_to_different_reactions() {
    let mut full = facts_about(Group, Some(Plain), "bob");
    (full.pins, full.reaction.kinds) = (100, Reaction::MAX_KINDS);
    for action in [pin(true), react(true)] {
        assert!(matches!(ask(action, full.clone()), Err(Refusal::LimitExceeded { .. })));
    }
    // One more of what is there is no other kind.
    full.reaction.count = 1;
    assert!(ask(react(true), full).is_ok());
}

#[test]
fn a_repeat_is_the_same_message_in_the_same_place() {
    let mut facts = facts_about(Group, Some(Plain), "bob");
    let mut first = message("ada", "hello");
    (first.seq, first.details.thread) = (Seq(4), Some(Seq(3)));
    facts.messages.push(first.clone());
    facts.duplicate = Some(first);
    // By its thread's first message, and by any other of it.
    for thread in [3, 4] {
        let decision = ask(answer(thread), facts.clone()).unwrap();
        assert!(matches!(decision.result, CommandResult::Posted { created: false, .. }), "{thread}");
    }
    for action in [answer(5), post()] {
        assert_eq!(ask(action, facts.clone()).unwrap_err(), Refusal::ClientIdConflict);
    }
}
