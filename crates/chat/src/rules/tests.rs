//! The table "Who may do what" of PROTOCOL.md, cell by cell, and who inherits a room.

mod messages;
mod order;
mod settings;

use super::*;
use crate::{
    AddMember, CreateRoom, FollowUps, Member, MessageId, MessageText, PostMessage, ReactionFacts,
    RemoveMember, RoomKind, RoomSettings, SetRole, SettingsPatch, Subject, UpdateRoom,
};

const AT: Timestamp = Timestamp::from_unix_ms(1_750_000_000_000);

fn user(name: &str) -> User {
    User::new(name.parse().unwrap(), name.parse().unwrap(), name.parse().unwrap())
}

fn member(name: &str, role: Role) -> Member {
    Member {
        user: user(name),
        role,
        joined_at: AT,
        read_seq: Seq(3),
        delivered_seq: Seq(3),
        muted_until: None,
        posted_at: None,
        is_blocked: false,
    }
}

fn room(kind: RoomKind) -> Room {
    Room {
        id: RoomId::from_parts(1, 1),
        kind,
        name: Some("Room".parse().unwrap()),
        direct: None,
        head: Head { seq: Seq(7), rev: Rev(20) },
        member_count: 5,
        created_at: AT,
        active_at: AT,
        settings: RoomSettings::default(),
    }
}

/// What the store knows when Ada, who has that role or is an outsider, asks something about Bob.
fn facts(kind: RoomKind, actor: Option<Role>, subject: Option<Role>) -> Facts {
    Facts {
        actor: user("ada"),
        room: Some(room(kind)),
        actor_member: actor.map(|role| member("ada", role)),
        subjects: vec![Subject { user: user("bob"), member: subject.map(|role| member("bob", role)) }],
        duplicate: None,
        sent: vec![],
        messages: vec![],
        mentioned: vec![],
        files: vec![],
        reaction: ReactionFacts::default(),
        pins: 0,
        direct: None,
        heir: None,
        is_disabled: false,
        is_admin: false,
        bans: vec![],
        blocks: vec![],
    }
}

/// The same where Ada asks something about herself.
fn facts_of_oneself(kind: RoomKind, actor: Option<Role>) -> Facts {
    let mut facts = facts(kind, actor, None);
    facts.subjects = vec![Subject { user: user("ada"), member: facts.actor_member.clone() }];
    facts
}

fn ask(action: RoomAction, facts: Facts) -> Result<Decision, Refusal> {
    let command = RoomCommand {
        room: RoomId::from_parts(1, 1),
        actor: facts.actor.id.clone(),
        action,
        follow_ups: FollowUps::default(),
    };
    decide(&command, facts, AT)
}

fn post() -> RoomAction {
    RoomAction::Post(PostMessage {
        id: MessageId::from_parts(1, 1),
        client_id: "x".parse().unwrap(),
        text: MessageText::new("hello".to_owned(), 100).unwrap(),
        reply_to: None,
        thread: None,
        attachments: vec![],
    })
}

fn add(name: &str) -> RoomAction {
    RoomAction::AddMember(AddMember { user: name.parse().unwrap() })
}

fn remove(name: &str) -> RoomAction {
    RoomAction::RemoveMember(RemoveMember { user: name.parse().unwrap() })
}

fn rename() -> RoomAction {
    RoomAction::Update(UpdateRoom {
        name: Some("Other".parse().unwrap()),
        settings: SettingsPatch::default(),
    })
}

fn set_role(role: Role) -> RoomAction {
    RoomAction::SetRole(SetRole { user: "bob".parse().unwrap(), role })
}

fn create(kind: RoomKind, name: Option<&str>, members: &[&str]) -> RoomAction {
    let members = members.iter().map(|name| name.parse().unwrap()).collect();
    RoomAction::Create(CreateRoom { kind, name: name.map(|name| name.parse().unwrap()), members })
}

/// How a request ends.
#[derive(Debug, PartialEq)]
enum End {
    /// Done.
    Yes,
    /// Seen, but not allowed.
    No,
    /// As if there were no such room.
    Hidden,
    /// Not of a direct room.
    Fixed,
}

use End::{Fixed, Hidden, No, Yes};
use Role::{Admin, Member as Plain, Owner};
use RoomKind::{Direct, Group, Private, Public};

fn end(answer: Result<Decision, Refusal>) -> End {
    match answer {
        Ok(decision) => {
            assert!(!decision.changes.is_empty());
            Yes
        }
        Err(Refusal::PermissionDenied(_)) => No,
        Err(Refusal::UnknownRoom) => Hidden,
        Err(Refusal::RoomFixed) => Fixed,
        Err(other) => panic!("{other:?}"),
    }
}

/// A line of the table: outsider, member, admin, owner.
fn check(what: &str, line: [(RoomKind, [End; 4]); 4], ask: impl Fn(RoomKind, Option<Role>) -> End) {
    for (kind, expected) in line {
        let found = [None, Some(Plain), Some(Admin), Some(Owner)].map(|role| ask(kind, role));
        assert_eq!(found, expected, "{what} in a {kind:?} room");
    }
}

#[test]
fn members_post() {
    let line = [
        (Public, [No, Yes, Yes, Yes]),
        (Private, [Hidden, Yes, Yes, Yes]),
        (Group, [Hidden, Yes, Yes, Yes]),
        (Direct, [Hidden, Yes, Yes, Yes]),
    ];
    check("post", line, |kind, role| end(ask(post(), facts(kind, role, None))));
}

#[test]
fn everybody_joins_a_public_room_and_no_other() {
    for (kind, expected) in [(Public, Yes), (Private, Hidden), (Group, Hidden), (Direct, Hidden)] {
        assert_eq!(end(ask(add("ada"), facts_of_oneself(kind, None))), expected, "{kind:?}");
    }
}

#[test]
fn members_add_others_to_public_rooms_and_groups_and_admins_to_private_rooms() {
    let line = [
        (Public, [No, Yes, Yes, Yes]),
        (Private, [Hidden, No, Yes, Yes]),
        (Group, [Hidden, Yes, Yes, Yes]),
        (Direct, [Hidden, Fixed, Fixed, Fixed]),
    ];
    check("add", line, |kind, role| end(ask(add("bob"), facts(kind, role, None))));
}

#[test]
fn admins_remove_members_and_in_a_group_only_the_owner_does() {
    let line = [
        (Public, [No, No, Yes, Yes]),
        (Private, [Hidden, No, Yes, Yes]),
        (Group, [Hidden, No, No, Yes]),
        (Direct, [Hidden, Fixed, Fixed, Fixed]),
    ];
    check("remove", line, |kind, role| end(ask(remove("bob"), facts(kind, role, Some(Plain)))));
}

#[test]
fn nobody_removes_an_equal_or_somebody_higher() {
    for kind in [Public, Private] {
        for (role, subject, expected) in
            [(Admin, Admin, No), (Admin, Owner, No), (Owner, Admin, Yes), (Plain, Owner, No)]
        {
            assert_eq!(end(ask(remove("bob"), facts(kind, Some(role), Some(subject)))), expected);
        }
    }
}

#[test]
fn everybody_leaves_what_they_are_in() {
    let line = [
        (Public, [No, Yes, Yes, Yes]),
        (Private, [Hidden, Yes, Yes, Yes]),
        (Group, [Hidden, Yes, Yes, Yes]),
        (Direct, [Hidden, Fixed, Fixed, Fixed]),
    ];
    check("leave", line, |kind, role| end(ask(remove("ada"), facts_of_oneself(kind, role))));
}

#[test]
fn admins_rename_and_in_a_group_every_member_does() {
    let line = [
        (Public, [No, No, Yes, Yes]),
        (Private, [Hidden, No, Yes, Yes]),
        (Group, [Hidden, Yes, Yes, Yes]),
        (Direct, [Hidden, Fixed, Fixed, Fixed]),
    ];
    check("rename", line, |kind, role| end(ask(rename(), facts(kind, role, None))));
}

#[test]
fn the_owner_sets_roles() {
    let line = [
        (Public, [No, No, No, Yes]),
        (Private, [Hidden, No, No, Yes]),
        (Group, [Hidden, No, No, Yes]),
        (Direct, [Hidden, Fixed, Fixed, Fixed]),
    ];
    check("set a role", line, |kind, role| end(ask(set_role(Admin), facts(kind, role, Some(Plain)))));
}

#[test]
fn a_room_that_is_not_there_is_hidden_from_everybody() {
    for action in [post(), add("bob"), add("ada"), remove("bob"), remove("ada"), rename(), set_role(Admin)] {
        let mut facts = facts(Public, None, None);
        facts.room = None;
        assert_eq!(end(ask(action, facts)), Hidden);
    }
}

/// The changes as `(type, whom, role)`.
fn memberships(decision: &Decision) -> Vec<(&'static str, &str, Option<Role>)> {
    let of = |change: &RoomChange| match &change.event {
        RoomEvent::MemberJoined { user, role, .. } | RoomEvent::MemberRoleChanged { user, role, .. } => {
            Some((user.name.clone(), Some(*role)))
        }
        RoomEvent::MemberLeft { user, .. } => Some((user.name.clone(), None)),
        _ => None,
    };
    let known = ["ada", "bob", "eve"];
    let name = |user: crate::UserName| known.into_iter().find(|name| *name == user.as_str()).unwrap();
    let events = decision.changes.iter();
    events
        .filter_map(|change| of(change).map(|(user, role)| (change.event.type_name(), name(user), role)))
        .collect()
}

#[test]
fn an_owner_who_leaves_hands_the_room_to_the_heir() {
    let mut facts = facts_of_oneself(Private, Some(Owner));
    facts.heir = Some(user("eve"));
    let decision = ask(remove("ada"), facts).unwrap();
    assert_eq!(
        memberships(&decision),
        [("member.left", "ada", None), ("member.role_changed", "eve", Some(Owner))]
    );
}

#[test]
fn an_owner_without_heir_leaves_an_empty_room() {
    let decision = ask(remove("ada"), facts_of_oneself(Private, Some(Owner))).unwrap();
    assert_eq!(memberships(&decision), [("member.left", "ada", None)]);
}

#[test]
fn an_admin_who_leaves_has_no_heir() {
    let mut facts = facts_of_oneself(Private, Some(Admin));
    facts.heir = Some(user("eve"));
    assert_eq!(memberships(&ask(remove("ada"), facts).unwrap()), [("member.left", "ada", None)]);
}

#[test]
fn a_room_that_is_handed_over_has_one_owner() {
    let decision = ask(set_role(Owner), facts(Private, Some(Owner), Some(Plain))).unwrap();
    assert_eq!(
        memberships(&decision),
        [("member.role_changed", "bob", Some(Owner)), ("member.role_changed", "ada", Some(Admin))]
    );
}

#[test]
fn an_owner_cannot_just_step_down() {
    let mut facts = facts(Private, Some(Owner), Some(Owner));
    facts.actor = user("bob");
    assert!(matches!(ask(set_role(Plain), facts), Err(Refusal::Invalid(_))));
}

#[test]
fn what_is_so_already_changes_nothing() {
    for (action, facts) in [
        (set_role(Admin), facts(Private, Some(Owner), Some(Admin))),
        (add("bob"), facts(Private, Some(Owner), Some(Plain))),
    ] {
        let decision = ask(action, facts).unwrap();
        assert!(decision.writes.is_empty() && decision.changes.is_empty());
        assert_eq!(decision.result, CommandResult::Membership { changed: false });
    }
}

#[test]
fn whoever_comes_into_an_empty_room_owns_it() {
    let mut facts = facts_of_oneself(Public, None);
    facts.room.as_mut().unwrap().member_count = 0;
    assert_eq!(memberships(&ask(add("ada"), facts).unwrap()), [("member.joined", "ada", Some(Owner))]);
}

/// What the store knows when Ada creates a room with Bob.
fn facts_of_creation() -> Facts {
    let mut facts = facts(Group, None, None);
    facts.room = None;
    facts
}

#[test]
fn the_two_of_a_direct_room_are_equals_and_each_hears_of_the_other() {
    let decision = ask(create(Direct, None, &["bob"]), facts_of_creation()).unwrap();
    assert_eq!(
        memberships(&decision),
        [("member.joined", "ada", Some(Plain)), ("member.joined", "bob", Some(Plain))]
    );
    let peers: Vec<(&str, &str)> = decision
        .user_events
        .iter()
        .filter_map(|(of, event)| match event {
            UserEvent::RoomJoined { peer: Some(peer), .. } => Some((of.as_str(), peer.id.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(peers, [("ada", "bob"), ("bob", "ada")]);
}

#[test]
fn a_direct_room_that_is_there_is_found_again() {
    let mut facts = facts_of_creation();
    facts.direct = Some(room(Direct));
    let decision = ask(create(Direct, None, &["bob"]), facts).unwrap();
    assert_eq!(decision.result, CommandResult::Room { id: room(Direct).id, created: false });
    assert!(decision.writes.is_empty());
}

#[test]
fn a_room_is_named_as_its_kind_asks() {
    for (kind, name, fits) in [
        (Public, Some("Room"), true),
        (Public, None, false),
        (Private, None, false),
        (Group, None, true),
        (Group, Some("Room"), true),
        (Direct, None, true),
        (Direct, Some("Us"), false),
    ] {
        let answer = ask(create(kind, name, &["bob"]), facts_of_creation());
        assert_eq!(answer.is_ok(), fits, "{kind:?} {name:?}");
    }
}

#[test]
fn a_new_room_has_one_owner_and_its_changes_are_numbered_from_one() {
    let mut facts = facts_of_creation();
    facts.subjects.push(Subject { user: user("ada"), member: None });
    let decision = ask(create(Private, Some("Room"), &["bob", "ada", "bob"]), facts).unwrap();
    let revs: Vec<u64> = decision.changes.iter().map(|change| change.rev.0).collect();
    assert_eq!(revs, [1, 2, 3]);
    assert_eq!(
        memberships(&decision),
        [("member.joined", "ada", Some(Owner)), ("member.joined", "bob", Some(Plain))]
    );
    let head = decision.writes.iter().find_map(|write| match write {
        Write::SetHead(head, _) => Some(*head),
        _ => None,
    });
    assert_eq!(head, Some(Head { seq: Seq::ZERO, rev: Rev(3) }));
}

#[test]
fn a_message_takes_the_next_of_both_numbers_and_its_sender_has_read_it() {
    let decision = ask(post(), facts(Group, Some(Plain), None)).unwrap();
    let CommandResult::Posted { message, created: true } = &decision.result else { panic!("not a message") };
    assert_eq!((message.seq, message.rev), (Seq(8), Rev(21)));
    let reads =
        |write: &Write| matches!(write, Write::AdvanceReadCursor(user, Seq(8)) if user.as_str() == "ada");
    assert!(decision.writes.iter().any(reads));
}

#[test]
fn a_repeated_message_is_answered_as_before_or_is_a_conflict() {
    let first = match ask(post(), facts(Group, Some(Plain), None)).unwrap().result {
        CommandResult::Posted { message, .. } => message,
        other => panic!("{other:?}"),
    };
    let mut again = facts(Group, Some(Plain), None);
    again.duplicate = Some(first.clone());
    let decision = ask(post(), again.clone()).unwrap();
    assert!(decision.writes.is_empty());
    assert_eq!(decision.result, CommandResult::Posted { message: first, created: false });
    again.duplicate.as_mut().unwrap().text = MessageText::from_stored("other");
    assert_eq!(ask(post(), again).unwrap_err(), Refusal::ClientIdConflict);
}
