//! What came out of a run.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::client::Seen;
use super::figures::Measured;
use super::final_log::FinalLog;
use super::plan::Plan;
use super::shared::Shared;
use crate::client::token;
use crate::cluster_launcher::BusKind;
use crate::history::{self, End, Event, Invariant, Violation};

/// The judgement of a run.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) seed: u64,
    pub(super) bus: BusKind,
    pub(super) windows: Vec<Measured>,
    pub(super) violations: Vec<Violation>,
    /// What else must not happen.
    pub(super) problems: Vec<String>,
    /// Messages that were acknowledged, and changes that clients were shown.
    pub(super) acknowledged: usize,
    pub(super) shown: usize,
    pub(super) all_at_head_after: Duration,
}

impl Verdict {
    pub(super) fn is_good(&self) -> bool {
        self.violations.is_empty() && self.problems.is_empty()
    }

    /// How often a promise was broken.
    pub(super) fn broken(&self, invariant: Invariant) -> usize {
        self.violations.iter().filter(|violation| violation.invariant == invariant).count()
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for violation in &self.violations {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{violation}");
        }
        for problem in &self.problems {
            let _ = writeln!(text, "{problem}");
        }
        text
    }
}

/// Holds the history against the log.
pub(super) fn judge(
    plan: &Plan,
    readers: &[Arc<Seen>],
    shared: &Shared,
    events: Vec<(Duration, Event)>,
    log: FinalLog,
    windows: Vec<Measured>,
    all_at_head_after: Duration,
) -> Verdict {
    let following = readers.iter().flat_map(|seen| {
        seen.rooms.iter().map(|(room, _)| (seen.name.clone(), shared.room(*room).to_owned()))
    });
    let history = with_leavings(events.into_iter().map(|(_, event)| event), shared, &log);
    let end = End { following: following.collect(), log: log.rows };
    let violations = history::check(&history, &end);
    let acknowledged: std::collections::HashSet<&String> = history
        .iter()
        .filter_map(|event| match event {
            Event::Acknowledged { id, .. } => Some(id),
            _ => None,
        })
        .collect();
    let shown = history.iter().filter(|event| matches!(event, Event::Received { .. })).count();
    Verdict {
        seed: plan.seed,
        bus: plan.bus,
        windows,
        violations,
        problems: shared.recorder.problems(),
        acknowledged: acknowledged.len(),
        shown,
        all_at_head_after,
    }
}

/// Where a guest's leaving came in a room is known from the log alone. It is a place, not a time, so it is told as soon
/// as the guest was let in.
fn with_leavings(events: impl Iterator<Item = Event>, shared: &Shared, log: &FinalLog) -> Vec<Event> {
    let mut history = Vec::new();
    for event in events {
        let leaving = match &event {
            Event::MaySee { client, room, .. } => where_it_left(client, room, shared, log)
                .map(|after| Event::MayNotSee { client: client.clone(), room: room.clone(), after }),
            _ => None,
        };
        history.push(event);
        history.extend(leaving);
    }
    history
}

fn where_it_left(client: &str, room: &str, shared: &Shared, log: &FinalLog) -> Option<u64> {
    let user = log.left.iter().find(|(user, left, _)| {
        let number = shared.rooms.iter().position(|shared| shared.id == *left);
        left == room && number.is_some_and(|number| is_visit_of(client, user, number))
    });
    user.map(|(_, _, at)| *at)
}

fn is_visit_of(client: &str, user: &str, room: usize) -> bool {
    let number = client.strip_prefix("guest-").and_then(|rest| rest.split(' ').next()?.parse().ok());
    number.is_some_and(|number: usize| {
        token::user_id(number) == user && super::guest::visitor(number, room) == client
    })
}

/// The lines of a node's log that tell of a panic.
pub(super) fn panics(log: &Path) -> Vec<String> {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().filter(|line| line.contains("panicked")).map(str::to_owned).collect()
}
