//! I2, I4, I5, the rest of I3 and of I7: what each client was shown.

use std::collections::{HashMap, HashSet};

use super::{End, Event, Invariant, Position, Violations};

/// One client's view of one room.
#[derive(Default)]
struct View<'a> {
    last: Option<&'a Position>,
    /// Whether the client was told of a gap since the last change.
    told: bool,
    positions: HashSet<&'a Position>,
    ids: HashSet<&'a String>,
    /// What the client may see: after the first offset, up to the second.
    visible: Vec<(u64, u64)>,
}

pub(super) fn check(history: &[Event], end: &End, violations: &mut Violations) {
    let mut views: HashMap<(&String, &String), View<'_>> = HashMap::new();
    let rooms = rooms_of_messages(history);
    for event in history {
        match event {
            Event::MaySee { client, room, after } => {
                views.entry((client, room)).or_default().visible.push((*after, u64::MAX));
            }
            Event::MayNotSee { client, room, after } => {
                if let Some(last) = views.entry((client, room)).or_default().visible.last_mut() {
                    last.1 = *after;
                }
            }
            Event::Told { client, room } => {
                let view = views.entry((client, room)).or_default();
                view.told = true;
                // The client throws away what it has and loads the room anew: nothing of that is shown twice.
                view.positions.clear();
                view.ids.clear();
            }
            Event::Received { client, room, position, id } => {
                let view = views.entry((client, room)).or_default();
                let who = || format!("{client} in {room}");
                view.receive(position, id, &who, violations);
                let home = rooms.get(id).copied().unwrap_or(room);
                violations.unless(home == room, Invariant::NoLeak, || {
                    format!("{} was shown {id}, which was sent to {home}", who())
                });
            }
            _ => {}
        }
    }
    has_caught_up(&views, end, violations);
}

fn rooms_of_messages(history: &[Event]) -> HashMap<&String, &String> {
    let sends = history.iter().filter_map(|event| match event {
        Event::Invoked { id, room } => Some((id, room)),
        _ => None,
    });
    sends.collect()
}

impl<'a> View<'a> {
    fn receive(
        &mut self,
        position: &'a Position,
        id: &'a String,
        who: &impl Fn() -> String,
        violations: &mut Violations,
    ) {
        let is_new = self.positions.insert(position) & self.ids.insert(id);
        violations
            .unless(is_new, Invariant::ShownOnce, || format!("{} was shown {id} at {position} again", who()));
        if let Some(last) = self.last.filter(|_| is_new && !self.told) {
            let same_epoch = last.epoch == position.epoch;
            violations.unless(!same_epoch || position.offset > last.offset, Invariant::OneOrder, || {
                format!("{} was shown {position} after {last}", who())
            });
            let follows = same_epoch && position.offset <= last.offset + 1;
            violations.unless(follows, Invariant::NoSilentGap, || {
                format!("{} was shown {position} after {last}, and was told nothing", who())
            });
        }
        let may_see =
            self.visible.iter().any(|(after, until)| position.offset > *after && position.offset <= *until);
        violations.unless(may_see, Invariant::NoLeak, || {
            format!("{} was shown {position}, which is not for its eyes", who())
        });
        self.last = Some(position);
        self.told = false;
    }
}

fn has_caught_up(views: &HashMap<(&String, &String), View<'_>>, end: &End, violations: &mut Violations) {
    for (client, room) in &end.following {
        let Some(head) = end.log.get(room).and_then(|rows| rows.last()) else { continue };
        let last = views.get(&(client, room)).and_then(|view| view.last);
        violations.unless(last == Some(&head.position), Invariant::Live, || {
            let last = last.map_or_else(|| "nothing".to_owned(), ToString::to_string);
            format!("{client} in {room} has {last}, but the room is at {}", head.position)
        });
    }
}
