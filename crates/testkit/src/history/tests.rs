//! A good history, and for each promise ways to break it that must be noticed.

use super::*;

fn at(offset: u64) -> Position {
    Position { epoch: "e".to_owned(), offset }
}

fn invoked(id: &str) -> Event {
    Event::Invoked { id: id.to_owned(), room: "r".to_owned() }
}

fn acknowledged(id: &str, offset: u64) -> Event {
    Event::Acknowledged { id: id.to_owned(), position: at(offset) }
}

fn unknown(id: &str) -> Event {
    Event::Unknown { id: id.to_owned() }
}

fn refused(id: &str) -> Event {
    Event::Refused { id: id.to_owned() }
}

fn received(client: &str, offset: u64, id: &str) -> Event {
    Event::Received {
        client: client.to_owned(),
        room: "r".to_owned(),
        position: at(offset),
        id: id.to_owned(),
    }
}

fn told(client: &str) -> Event {
    Event::Told { client: client.to_owned(), room: "r".to_owned() }
}

fn may_see(client: &str, after: u64) -> Event {
    Event::MaySee { client: client.to_owned(), room: "r".to_owned(), after }
}

fn may_not_see(client: &str, after: u64) -> Event {
    Event::MayNotSee { client: client.to_owned(), room: "r".to_owned(), after }
}

/// A log of room `r` with these rows at 1, 2, 3, …
fn log(ids: &[&str]) -> End {
    let rows = ids.iter().zip(1..).map(|(id, offset)| Row { position: at(offset), id: (*id).to_owned() });
    End { log: BTreeMap::from([("r".to_owned(), rows.collect())]), following: Vec::new() }
}

fn followed_by(clients: &[&str], end: End) -> End {
    let following = clients.iter().map(|client| ((*client).to_owned(), "r".to_owned())).collect();
    End { following, ..end }
}

#[track_caller]
fn breaks(history: &[Event], end: &End, invariant: Invariant) {
    let found: Vec<Invariant> = check(history, end).iter().map(|violation| violation.invariant).collect();
    assert_eq!(found, [invariant]);
}

#[track_caller]
fn is_good(history: &[Event], end: &End) {
    assert_eq!(check(history, end), []);
}

#[test]
fn a_good_history_breaks_nothing() {
    let history = [
        may_see("ada", 0),
        may_see("grace", 1),
        received("ada", 1, "grace joined"),
        invoked("a"),
        received("ada", 2, "a"),
        acknowledged("a", 2),
        invoked("b"),
        unknown("b"),
        received("grace", 2, "a"),
        invoked("b"),
        acknowledged("b", 3),
        received("ada", 3, "b"),
        invoked("c"),
        refused("c"),
        invoked("d"),
        unknown("d"),
        told("grace"),
        received("grace", 3, "b"),
        Event::Healed,
        invoked("e"),
        received("grace", 4, "e"),
        acknowledged("e", 4),
        received("ada", 4, "e"),
    ];
    is_good(&history, &followed_by(&["ada", "grace"], log(&["grace joined", "a", "b", "e"])));
}

#[test]
fn i1_an_acknowledged_message_is_missing() {
    breaks(&[invoked("a"), acknowledged("a", 1)], &log(&[]), Invariant::AcknowledgedIsKept);
}

#[test]
fn i1_an_acknowledged_message_is_there_twice() {
    breaks(&[invoked("a"), acknowledged("a", 1)], &log(&["a", "a"]), Invariant::AcknowledgedIsKept);
}

#[test]
fn i1_an_acknowledged_message_is_elsewhere() {
    breaks(&[invoked("a"), acknowledged("a", 1)], &log(&["b", "a"]), Invariant::AcknowledgedIsKept);
}

#[test]
fn i2_a_change_is_shown_twice() {
    let history = [may_see("ada", 0), received("ada", 1, "a"), received("ada", 1, "a")];
    breaks(&history, &log(&["a"]), Invariant::ShownOnce);
}

#[test]
fn i2_a_message_is_shown_at_two_places() {
    let history = [may_see("ada", 0), received("ada", 1, "a"), received("ada", 2, "a")];
    breaks(&history, &log(&["a", "a"]), Invariant::ShownOnce);
}

#[test]
fn i2_a_room_that_is_loaded_anew_is_not_shown_twice() {
    let history = [may_see("ada", 0), received("ada", 1, "a"), told("ada"), received("ada", 1, "a")];
    is_good(&history, &log(&["a"]));
}

#[test]
fn i3_two_clients_see_different_changes_at_one_place() {
    let history =
        [may_see("ada", 0), may_see("grace", 0), received("ada", 1, "a"), received("grace", 1, "b")];
    breaks(&history, &log(&["a"]), Invariant::OneOrder);
}

#[test]
fn i3_the_log_has_a_hole() {
    let mut end = log(&["a", "b"]);
    end.log.get_mut("r").unwrap().remove(0);
    breaks(&[], &end, Invariant::OneOrder);
}

#[test]
fn i3_a_client_is_shown_an_earlier_change_later() {
    let history = [may_see("ada", 0), received("ada", 2, "b"), received("ada", 1, "a")];
    breaks(&history, &log(&["a", "b"]), Invariant::OneOrder);
}

#[test]
fn i3_what_was_sent_later_comes_earlier() {
    let history = [invoked("a"), acknowledged("a", 2), invoked("b"), acknowledged("b", 1)];
    breaks(&history, &log(&["b", "a"]), Invariant::OneOrder);
    let at_once = [invoked("a"), invoked("b"), acknowledged("a", 2), acknowledged("b", 1)];
    is_good(&at_once, &log(&["b", "a"]));
}

#[test]
fn i4_a_gap_is_silent() {
    let history = [may_see("ada", 0), received("ada", 1, "a"), received("ada", 3, "c")];
    breaks(&history, &log(&["a", "b", "c"]), Invariant::NoSilentGap);
    let history = [may_see("ada", 0), received("ada", 1, "a"), told("ada"), received("ada", 3, "c")];
    is_good(&history, &log(&["a", "b", "c"]));
}

#[test]
fn i4_a_new_epoch_is_silent() {
    let reborn = Event::Received {
        client: "ada".to_owned(),
        room: "r".to_owned(),
        position: Position { epoch: "f".to_owned(), offset: 2 },
        id: "b".to_owned(),
    };
    breaks(&[may_see("ada", 0), received("ada", 1, "a"), reborn], &log(&["a"]), Invariant::NoSilentGap);
}

#[test]
fn i5_a_stranger_is_shown_something() {
    breaks(&[received("eve", 1, "a")], &log(&["a"]), Invariant::NoLeak);
}

#[test]
fn i5_somebody_who_left_is_shown_something() {
    let seen = [may_see("ada", 0), may_not_see("ada", 1), received("ada", 1, "a")];
    is_good(&seen, &log(&["a", "b"]));
    let leaked = [may_see("ada", 0), may_not_see("ada", 1), received("ada", 2, "b")];
    breaks(&leaked, &log(&["a", "b"]), Invariant::NoLeak);
}

#[test]
fn i5_a_message_is_shown_in_another_room() {
    let elsewhere = Event::Invoked { id: "a".to_owned(), room: "other".to_owned() };
    let history = [may_see("ada", 0), elsewhere, received("ada", 1, "a")];
    breaks(&history, &End::default(), Invariant::NoLeak);
}

#[test]
fn i6_a_retry_is_acknowledged_elsewhere() {
    let history = [invoked("a"), acknowledged("a", 1), invoked("a"), acknowledged("a", 2)];
    let found: Vec<Invariant> = check(&history, &log(&["a"])).iter().map(|v| v.invariant).collect();
    assert!(found.contains(&Invariant::RetryIsSafe), "{found:?}");
}

#[test]
fn i6_an_unknown_send_happened_twice() {
    let history = [invoked("a"), unknown("a"), invoked("a"), unknown("a")];
    is_good(&history, &log(&[]));
    is_good(&history, &log(&["a"]));
    breaks(&history, &log(&["a", "a"]), Invariant::RetryIsSafe);
}

#[test]
fn i6_a_refused_send_happened() {
    breaks(&[invoked("a"), refused("a")], &log(&["a"]), Invariant::RetryIsSafe);
    is_good(&[invoked("a"), unknown("a"), invoked("a"), refused("a")], &log(&["a"]));
}

#[test]
fn i7_a_follower_stays_behind() {
    let history = [may_see("ada", 0), received("ada", 1, "a")];
    breaks(&history, &followed_by(&["ada"], log(&["a", "b"])), Invariant::Live);
    breaks(&[], &followed_by(&["ada"], log(&["a"])), Invariant::Live);
}

#[test]
fn i7_a_send_after_the_faults_is_not_acknowledged() {
    breaks(&[Event::Healed, invoked("a"), unknown("a")], &log(&["a"]), Invariant::Live);
    is_good(&[invoked("a"), unknown("a"), Event::Healed], &log(&["a"]));
}

#[test]
fn a_violation_names_the_promise() {
    let violations = check(&[invoked("a"), acknowledged("a", 1)], &log(&[]));
    assert_eq!(
        violations[0].to_string(),
        "I1 (what is acknowledged is kept): a was acknowledged at 1@e, but is not in the log"
    );
}
