//! I3: the log has no holes, everybody sees the same change at the same place, and what was acknowledged before
//! something else was sent comes before it.

use std::collections::HashMap;

use super::{End, Event, Invariant, Position, Violations};

pub(super) fn check(history: &[Event], end: &End, violations: &mut Violations) {
    is_dense(end, violations);
    is_the_same_for_all(history, end, violations);
    agrees_with_time(history, violations);
}

fn is_dense(end: &End, violations: &mut Violations) {
    for (room, rows) in &end.log {
        for (row, expected) in rows.iter().zip(1..) {
            violations.unless(row.position.offset == expected, Invariant::OneOrder, || {
                format!("in the log of {room}, offset {expected} should follow, but {} does", row.position)
            });
        }
    }
}

fn is_the_same_for_all(history: &[Event], end: &End, violations: &mut Violations) {
    let logged =
        end.log.iter().flat_map(|(room, rows)| rows.iter().map(move |row| (room, &row.position, &row.id)));
    let received = history.iter().filter_map(|event| match event {
        Event::Received { room, position, id, .. } => Some((room, position, id)),
        _ => None,
    });
    let mut at: HashMap<(&String, &Position), &String> = HashMap::new();
    for (room, position, id) in logged.chain(received) {
        let first = *at.entry((room, position)).or_insert(id);
        violations.unless(first == id, Invariant::OneOrder, || {
            format!("at {position} in {room} is {first} for some and {id} for others")
        });
    }
}

fn agrees_with_time(history: &[Event], violations: &mut Violations) {
    // Of each room: the newest acknowledged place so far. Of each message: that place when it was first sent.
    let mut newest: HashMap<&String, &Position> = HashMap::new();
    let mut sent_after: HashMap<&String, (&String, Option<&Position>)> = HashMap::new();
    for event in history {
        match event {
            Event::Invoked { id, room } => {
                sent_after.entry(id).or_insert((room, newest.get(room).copied()));
            }
            Event::Acknowledged { id, position } => {
                let Some(&(room, earlier)) = sent_after.get(id) else { continue };
                if let Some(earlier) = earlier.filter(|earlier| earlier.epoch == position.epoch) {
                    violations.unless(position.offset > earlier.offset, Invariant::OneOrder, || {
                        format!(
                            "{id} was sent to {room} after {earlier} was acknowledged, but is at {position}"
                        )
                    });
                }
                let newest = newest.entry(room).or_insert(position);
                if newest.epoch != position.epoch || newest.offset < position.offset {
                    *newest = position;
                }
            }
            _ => {}
        }
    }
}
