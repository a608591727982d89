//! Judges what clients saw: a pure function from a recorded history to the promises that it breaks.
//!
//! Whoever runs a cluster, real or simulated, records [`Event`]s in the order in which they happened, dumps the log at
//! the [`End`], and asks [`check`]. Time is the place in the history, so it must have been recorded by one clock. The
//! checker knows no server: hand-made bad histories in its tests show that it would notice.

mod order;
mod received;
mod sends;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

/// A place in a room's log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The log's incarnation.
    pub epoch: String,
    /// The room's `rev`: 1, 2, 3, …
    pub offset: u64,
}

/// What happened, as a client saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A client began to send; a retry is another one with the same id.
    Invoked {
        /// The message's `client_id`, unique in the whole history.
        id: String,
        /// The room that it is for.
        room: String,
    },
    /// The send was accepted.
    Acknowledged {
        /// Of which message.
        id: String,
        /// Where the server says that it is.
        position: Position,
    },
    /// The send was refused: it did not happen.
    Refused {
        /// Of which message.
        id: String,
    },
    /// Nobody can tell whether the send happened: no answer came.
    Unknown {
        /// Of which message.
        id: String,
    },
    /// A client was shown a change.
    Received {
        /// Which client.
        client: String,
        /// In which room.
        room: String,
        /// At which place.
        position: Position,
        /// The `client_id` of a message; for any other change, a name that is unique in the history.
        id: String,
    },
    /// A client was told that it may have missed something and must load the room anew.
    Told {
        /// Which client.
        client: String,
        /// About which room.
        room: String,
    },
    /// A client may see what comes after this offset: that of its joining, or 0 where it may read everything.
    MaySee {
        /// Which client.
        client: String,
        /// Which room.
        room: String,
        /// The last offset that it may not see.
        after: u64,
    },
    /// A client may not see what comes after this offset: that of its leaving.
    MayNotSee {
        /// Which client.
        client: String,
        /// Which room.
        room: String,
        /// The last offset that it may see.
        after: u64,
    },
    /// The last fault is over: from here on, everything must work.
    Healed,
}

/// One line of a room's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its place.
    pub position: Position,
    /// As in [`Event::Received`].
    pub id: String,
}

/// How things stood when the history ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct End {
    /// The log of each room, in its order.
    pub log: BTreeMap<String, Vec<Row>>,
    /// Which client followed which room and has had time to catch up.
    pub following: Vec<(String, String)>,
}

/// A promise, by its number in the reliability goals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// I1: what was acknowledged is in the log, once, where the acknowledgement said.
    AcknowledgedIsKept,
    /// I2: no client is shown anything twice.
    ShownOnce,
    /// I3: there is one order; it has no holes, everybody sees it, and it agrees with time.
    OneOrder,
    /// I4: whoever misses something is told.
    NoSilentGap,
    /// I5: nobody is shown what is not theirs to see.
    NoLeak,
    /// I6: a send whose outcome is unknown can be repeated without harm.
    RetryIsSafe,
    /// I7: when the faults are over, everybody catches up and every send is acknowledged.
    Live,
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, words) = match self {
            Self::AcknowledgedIsKept => (1, "what is acknowledged is kept"),
            Self::ShownOnce => (2, "nothing is shown twice"),
            Self::OneOrder => (3, "there is one order"),
            Self::NoSilentGap => (4, "no gap is silent"),
            Self::NoLeak => (5, "nothing leaks"),
            Self::RetryIsSafe => (6, "a retry is safe"),
            Self::Live => (7, "all is well after the faults"),
        };
        write!(f, "I{number} ({words})")
    }
}

/// A promise that was broken, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which promise.
    pub invariant: Invariant,
    /// By what.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

/// All promises that a history breaks; none if it is good.
#[must_use]
pub fn check(history: &[Event], end: &End) -> Vec<Violation> {
    let mut violations = Violations::default();
    order::check(history, end, &mut violations);
    sends::check(history, end, &mut violations);
    received::check(history, end, &mut violations);
    violations.0
}

/// What has been found so far.
#[derive(Default)]
struct Violations(Vec<Violation>);

impl Violations {
    fn add(&mut self, invariant: Invariant, what: String) {
        self.0.push(Violation { invariant, what });
    }

    /// Adds a violation unless something holds.
    fn unless(&mut self, holds: bool, invariant: Invariant, what: impl FnOnce() -> String) {
        if !holds {
            self.add(invariant, what());
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.offset, self.epoch)
    }
}
