//! The numbers that order a channel: [`Rev`] for changes, [`Seq`] for messages, [`Epoch`] for the log's incarnation.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl $name {
            /// The position before the first one.
            pub const ZERO: Self = Self(0);

            /// The number that follows.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0 + 1)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(
    /// A change's number in its channel: 1, 2, 3, … with no holes. Clients resume by it.
    Rev
);
number!(
    /// A message's number in its room: 1, 2, 3, … with no holes. Unread counts use it.
    Seq
);

/// The incarnation of a store's logs: changes only when they were wiped or restored, so that a position of the old
/// log is never taken for one of the new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub Arc<str>);

impl Epoch {
    /// The epoch as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The newest numbers of a channel. `seq` stays 0 on user channels, which hold no messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head {
    /// Of the newest message.
    pub seq: Seq,
    /// Of the newest change.
    pub rev: Rev,
}
