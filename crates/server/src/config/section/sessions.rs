//! Sign-in sessions.

use std::time::Duration;

use crate::config::table::section;

section! {
    /// Sign-in sessions.
    pub struct Sessions in "sessions" {
        /// How long a session lasts however much it is used.
        pub lifetime: Duration = "90days",
        /// How long a session lasts unused.
        pub idle_timeout: Duration = "30days",
        /// How often sessions that have ended are deleted from the store.
        pub sweep_interval: Duration = "10m",
    }
}
