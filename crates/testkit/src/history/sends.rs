//! I1, I6 and half of I7: what became of each message that was sent.

use std::collections::BTreeMap;

use super::{End, Event, Invariant, Position, Violations};

/// All that is known about one message.
#[derive(Default)]
struct Message<'a> {
    room: Option<&'a String>,
    acknowledged: Vec<&'a Position>,
    may_have_happened: bool,
    refused: bool,
    /// Attempts made after the last fault.
    sent_when_healed: bool,
    acknowledged_when_healed: bool,
    rows: Vec<(&'a String, &'a Position)>,
}

pub(super) fn check(history: &[Event], end: &End, violations: &mut Violations) {
    for (id, message) in gather(history, end) {
        was_kept(id, &message, violations);
        may_be_repeated(id, &message, violations);
        let lives = !message.sent_when_healed || message.acknowledged_when_healed;
        violations.unless(lives, Invariant::Live, || {
            format!("{id} was sent after the faults and never acknowledged")
        });
    }
}

fn gather<'a>(history: &'a [Event], end: &'a End) -> BTreeMap<&'a String, Message<'a>> {
    let mut messages: BTreeMap<&String, Message<'_>> = BTreeMap::new();
    let mut healed = false;
    for event in history {
        match event {
            Event::Invoked { id, room } => {
                let message = messages.entry(id).or_default();
                message.room = Some(room);
                message.sent_when_healed |= healed;
            }
            Event::Acknowledged { id, position } => {
                let message = messages.entry(id).or_default();
                message.acknowledged.push(position);
                message.acknowledged_when_healed |= healed;
            }
            Event::Refused { id } => messages.entry(id).or_default().refused = true,
            Event::Unknown { id } => messages.entry(id).or_default().may_have_happened = true,
            Event::Healed => healed = true,
            _ => {}
        }
    }
    for (room, rows) in &end.log {
        for row in rows {
            if let Some(message) = messages.get_mut(&row.id) {
                message.rows.push((room, &row.position));
            }
        }
    }
    messages
}

fn was_kept(id: &String, message: &Message<'_>, violations: &mut Violations) {
    let Some(&position) = message.acknowledged.first() else { return };
    match message.rows[..] {
        [(room, at)] => violations.unless(
            at == position && message.room == Some(room),
            Invariant::AcknowledgedIsKept,
            || format!("{id} was acknowledged at {position}, but is at {at} in {room}"),
        ),
        [] => violations.add(
            Invariant::AcknowledgedIsKept,
            format!("{id} was acknowledged at {position}, but is not in the log"),
        ),
        _ => violations.add(
            Invariant::AcknowledgedIsKept,
            format!("{id} was acknowledged once, but is in the log {} times", message.rows.len()),
        ),
    }
}

fn may_be_repeated(id: &String, message: &Message<'_>, violations: &mut Violations) {
    let Message { acknowledged, rows, .. } = message;
    violations.unless(acknowledged.windows(2).all(|two| two[0] == two[1]), Invariant::RetryIsSafe, || {
        format!("{id} was acknowledged at different places: {}", list(acknowledged))
    });
    violations.unless(rows.len() <= 1 || !acknowledged.is_empty(), Invariant::RetryIsSafe, || {
        format!("{id} was never acknowledged, but is in the log {} times", rows.len())
    });
    let only_refused = message.refused && acknowledged.is_empty() && !message.may_have_happened;
    violations.unless(!only_refused || rows.is_empty(), Invariant::RetryIsSafe, || {
        format!("{id} was refused, but is in the log")
    });
}

fn list(positions: &[&Position]) -> String {
    positions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
