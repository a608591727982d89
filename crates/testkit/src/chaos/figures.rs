//! How long clients waited: from the acknowledgement of a message to its arrival at a client.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::fault::Kind;
use crate::history::Event;

/// A message that arrives later than this after its acknowledgement is late.
pub(super) const LATE_AFTER: Duration = Duration::from_millis(500);

/// From a fault until everybody has recovered from it.
#[derive(Debug, Clone)]
pub(super) struct Window {
    pub(super) kinds: Vec<Kind>,
    pub(super) began: Duration,
    pub(super) ended: Duration,
    /// The names of the clients that were concerned, in order.
    pub(super) touched: Vec<String>,
    /// How often the nodes read a log meanwhile.
    pub(super) log_reads: Option<u64>,
}

/// What was measured in a window.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub(super) window: Window,
    /// Messages that were acknowledged.
    pub(super) acknowledged: usize,
    /// The longest wait of a client that was concerned, and of one that was not. Slow readers and guests do not count.
    pub(super) touched_waited: Option<Duration>,
    pub(super) others_waited: Option<Duration>,
    /// From the fault until the last late message had arrived at a client that was concerned.
    pub(super) caught_up_after: Duration,
}

pub(super) fn measure(events: &[(Duration, Event)], windows: Vec<Window>) -> Vec<Measured> {
    let mut acknowledged: HashMap<&str, Duration> = HashMap::new();
    for (at, event) in events {
        if let Event::Acknowledged { id, .. } = event {
            acknowledged.entry(id).or_insert(*at);
        }
    }
    windows.into_iter().map(|window| measure_one(events, &acknowledged, window)).collect()
}

fn measure_one(
    events: &[(Duration, Event)],
    acknowledged: &HashMap<&str, Duration>,
    window: Window,
) -> Measured {
    let touched: HashSet<&str> = window.touched.iter().map(String::as_str).collect();
    let is_within = |at: &Duration| (window.began..window.ended).contains(at);
    let mut touched_waited = None;
    let mut others_waited = None;
    let mut caught_up_after = Duration::ZERO;
    for (at, event) in events {
        let Event::Received { client, id, .. } = event else { continue };
        if client.starts_with("slow") || client.starts_with("guest") {
            continue;
        }
        let Some(since) = acknowledged.get(id.as_str()).filter(|since| is_within(since)) else { continue };
        let waited = at.saturating_sub(*since);
        if touched.contains(client.as_str()) {
            touched_waited = touched_waited.max(Some(waited));
            if waited > LATE_AFTER {
                caught_up_after = caught_up_after.max(at.saturating_sub(window.began));
            }
        } else {
            others_waited = others_waited.max(Some(waited));
        }
    }
    let acknowledged = acknowledged.values().filter(|at| is_within(at)).count();
    Measured { window, acknowledged, touched_waited, others_waited, caught_up_after }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Position;

    fn at(offset: u64) -> Position {
        Position { epoch: "e".to_owned(), offset }
    }

    fn received(client: &str, id: &str) -> Event {
        Event::Received {
            client: client.to_owned(),
            room: "r".to_owned(),
            position: at(1),
            id: id.to_owned(),
        }
    }

    #[test]
    fn waits_are_told_apart_by_who_was_concerned() {
        let ms = Duration::from_millis;
        let acknowledged = |id: &str| Event::Acknowledged { id: id.to_owned(), position: at(1) };
        let events = [
            (ms(100), acknowledged("before")),
            (ms(1_100), acknowledged("a")),
            (ms(1_150), received("client-2", "a")),
            (ms(1_200), acknowledged("a")),
            (ms(1_300), received("slow-3", "a")),
            (ms(2_100), received("client-1", "a")),
            (ms(2_200), received("client-2", "before")),
        ];
        let window = Window {
            kinds: vec![Kind::NodeKilled],
            began: ms(1_000),
            ended: ms(3_000),
            touched: vec!["client-1".to_owned()],
            log_reads: None,
        };
        let measured = measure(&events, vec![window]).remove(0);
        assert_eq!(measured.acknowledged, 1);
        assert_eq!((measured.touched_waited, measured.others_waited), (Some(ms(1_000)), Some(ms(50))));
        assert_eq!(measured.caught_up_after, ms(1_100));
    }
}
