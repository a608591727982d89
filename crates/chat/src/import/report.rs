//! What became of an import.

use std::collections::BTreeMap;

use serde::Serialize;

/// The most examples that are told of anything.
const EXAMPLES: usize = 10;

/// What became of an import, so far or in all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Accounts that were made.
    pub users_new: u64,
    /// People who were here already.
    pub users_known: u64,
    /// Rooms that were made.
    pub rooms_new: u64,
    /// Rooms that were here already.
    pub rooms_known: u64,
    /// Messages that were brought.
    pub messages_new: u64,
    /// Messages that were here already.
    pub messages_known: u64,
    /// What could not be taken, and why.
    pub left_out: BTreeMap<String, LeftOut>,
}

/// What could not be taken for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// How often.
    pub count: u64,
    /// Some of it.
    pub examples: Vec<String>,
}

impl ImportReport {
    /// Notes that something could not be taken.
    pub fn leave_out(&mut self, why: &str, what: impl FnOnce() -> String) {
        self.leave_out_many(why, 1, what);
    }

    /// Notes that so many things could not be taken, of which `what` is one.
    pub fn leave_out_many(&mut self, why: &str, count: u64, what: impl FnOnce() -> String) {
        if count == 0 {
            return;
        }
        if !self.left_out.contains_key(why) {
            self.left_out.insert(why.to_owned(), LeftOut::default());
        }
        let Some(left_out) = self.left_out.get_mut(why) else { return };
        left_out.count += count;
        if left_out.examples.len() < EXAMPLES {
            let what = what();
            if !what.is_empty() && !left_out.examples.contains(&what) {
                left_out.examples.push(what);
            }
        }
    }
}
