//! How long what was said is kept.

use std::time::Duration;

use crate::config::table::section;

section! {
    /// How long what was said is kept.
    pub struct Retention in "retention" {
        /// After how many days messages are removed, in rooms that do not say so themselves; 0 is never.
        pub default_days: u32 = "0",
        /// How often messages that have outlived their time are looked for.
        pub interval: Duration = "1h",
    }
}
