//! How often anything is allowed.

use crate::config::RateLimit;
use crate::config::table::section;

section! {
    /// How often anything is allowed: `20/1m` is 20 at once, and used-up ones come back evenly over a minute; `off` is
    /// always. Each node counts for itself. People do not meet the defaults, programs run wild do.
    pub struct RateLimits in "rate_limits" {
        /// Accounts created from one address.
        pub sign_up: RateLimit = "300/10m",
        /// Attempts to sign in from one address.
        pub sign_in: RateLimit = "300/1m",
        /// Attempts to sign in under one name.
        pub wrong_passwords: RateLimit = "20/1m",
        /// Messages, edits, deletions, reactions and direct events of one user.
        pub messages: RateLimit = "500/5s",
        /// Messages, edits, deletions and reactions in one room, whoever they are of.
        pub room_messages: RateLimit = "5000/5s",
        /// Whatever else one user asks.
        pub requests: RateLimit = "1000/10s",
        /// What is asked over HTTP from one address by nobody who is known, wrong tokens among it.
        pub strangers: RateLimit = "3000/10s",
        /// What one server key asks on nobody's behalf; on somebody's it counts as theirs.
        pub server_keys: RateLimit = "5000/10s",
        /// What is said by one incoming webhook.
        pub hooks: RateLimit = "60/1m",
        /// Real-time commands of one connection.
        pub commands: RateLimit = "1000/10s",
    }
}
