//! Figures for Prometheus.

use crate::config::table::section;

section! {
    /// Figures for Prometheus.
    pub struct Metrics in "metrics" {
        /// Whether `/metrics` answers. The figures name no user and no room, but are open to whoever reaches the port.
        pub enabled: bool = "true",
    }
}
