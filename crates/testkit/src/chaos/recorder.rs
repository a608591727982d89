//! Writes down what happens, in the order in which it happens.

use std::fmt::Write as _;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::history::Event;

/// The one history of a run. All clients write into it, by one clock.
#[derive(Debug)]
pub(super) struct Recorder {
    began: Instant,
    events: Mutex<Vec<(Duration, Event)>>,
    timeline: Mutex<Vec<(Duration, String)>>,
    problems: Mutex<Vec<String>>,
}

impl Recorder {
    pub(super) fn start() -> Self {
        Self {
            began: Instant::now(),
            events: Mutex::default(),
            timeline: Mutex::default(),
            problems: Mutex::default(),
        }
    }

    /// How long ago the run began.
    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    pub(super) fn event(&self, event: Event) {
        let mut events = self.events.lock();
        // Under the lock, so that the times are in order too.
        events.push((self.now(), event));
    }

    /// Something worth knowing when a run is looked at: a fault, a connection that ended.
    pub(super) fn note(&self, what: impl Into<String>) {
        self.timeline.lock().push((self.now(), what.into()));
    }

    /// A broken promise that is not in the history: somebody is sent away for good, a text has changed.
    pub(super) fn problem(&self, what: impl Into<String>) {
        let what = what.into();
        self.note(format!("PROBLEM: {what}"));
        self.problems.lock().push(what);
    }

    pub(super) fn events(&self) -> Vec<(Duration, Event)> {
        self.events.lock().clone()
    }

    pub(super) fn problems(&self) -> Vec<String> {
        self.problems.lock().clone()
    }

    pub(super) fn timeline(&self) -> String {
        lines(self.timeline.lock().iter().map(|(at, what)| (*at, what.as_str())))
    }

    pub(super) fn history(&self) -> String {
        let events = self.events.lock();
        let mut text = String::new();
        for (at, event) in events.iter() {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{:>9.3} {event:?}", at.as_secs_f64());
        }
        text
    }
}

fn lines<'a>(entries: impl Iterator<Item = (Duration, &'a str)>) -> String {
    let mut text = String::new();
    for (at, what) in entries {
        let _ = writeln!(text, "{:>9.3} {what}", at.as_secs_f64());
    }
    text
}
