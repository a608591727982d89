//! Who keeps order where, and over whom.

use std::time::Duration;

use super::*;
use crate::{BanMember, SetMute, UnbanMember};

fn ban() -> RoomAction {
    let user = "bob".parse().unwrap();
    RoomAction::Ban(BanMember { user, reason: None, until: None, as_server_admin: false })
}

fn mute() -> RoomAction {
    RoomAction::Mute(SetMute { user: "bob".parse().unwrap(), until: Some(Timestamp::FOR_GOOD) })
}

fn is_allowed(action: RoomAction, facts: Facts) -> End {
    match ask(action, facts) {
        Ok(_) => Yes,
        other => end(other),
    }
}

#[test]
fn whoever_removes_people_bans_and_mutes_them_and_lets_them_in_again() {
    let line = || {
        [
            (Public, [No, No, Yes, Yes]),
            (Private, [Hidden, No, Yes, Yes]),
            (Group, [Hidden, No, No, Yes]),
            (Direct, [Hidden, Fixed, Fixed, Fixed]),
        ]
    };
    let unban = || RoomAction::Unban(UnbanMember { user: "bob".parse().unwrap() });
    check("ban", line(), |kind, role| is_allowed(ban(), facts(kind, role, Some(Plain))));
    check("ban a stranger", line(), |kind, role| is_allowed(ban(), facts(kind, role, None)));
    check("mute", line(), |kind, role| is_allowed(mute(), facts(kind, role, Some(Plain))));
    check("unban", line(), |kind, role| is_allowed(unban(), facts(kind, role, None)));
}

#[test]
fn nobody_keeps_order_over_an_equal_or_somebody_higher() {
    for (role, subject, expected) in
        [(Admin, Admin, No), (Admin, Owner, No), (Owner, Admin, Yes), (Plain, Plain, No)]
    {
        for action in [ban(), mute()] {
            assert_eq!(is_allowed(action, facts(Public, Some(role), Some(subject))), expected);
        }
    }
}

#[test]
fn only_a_member_can_be_muted() {
    let refusal = ask(mute(), facts(Public, Some(Owner), None)).unwrap_err();
    assert_eq!(refusal, Refusal::UnknownMember);
}

#[test]
fn a_wait_is_over_when_its_time_is_and_counts_for_members_alone() {
    let posted = |role: Role, ago_s: u64| {
        let mut facts = facts(Public, Some(role), None);
        facts.room.as_mut().unwrap().settings.slow_mode_s = Some(30);
        let earlier = Timestamp::from_unix_ms(AT.unix_ms() - i64::try_from(ago_s).unwrap() * 1000);
        facts.actor_member.as_mut().unwrap().posted_at = Some(earlier);
        ask(post(), facts)
    };
    let wait = Duration::from_secs(1);
    assert_eq!(posted(Plain, 29).unwrap_err(), Refusal::SlowMode { wait });
    for (role, ago_s) in [(Plain, 30), (Admin, 0), (Owner, 0)] {
        assert!(posted(role, ago_s).is_ok(), "{role:?} {ago_s}");
    }
}

#[test]
fn a_mute_is_over_when_its_time_is() {
    let muted = |until: i64| {
        let mut facts = facts(Public, Some(Plain), None);
        let until = Timestamp::from_unix_ms(AT.unix_ms() + until);
        facts.actor_member.as_mut().unwrap().muted_until = Some(until);
        ask(post(), facts)
    };
    assert!(matches!(muted(1).unwrap_err(), Refusal::Muted { .. }));
    assert!(muted(0).is_ok() && muted(-1).is_ok());
}

#[test]
fn a_post_writes_no_more_than_before_where_nobody_has_to_wait() {
    let writes = |slow_mode_s| {
        let mut facts = facts(Public, Some(Plain), None);
        facts.room.as_mut().unwrap().settings.slow_mode_s = slow_mode_s;
        ask(post(), facts).unwrap().writes.len()
    };
    assert_eq!(writes(None) + 1, writes(Some(30)));
}
