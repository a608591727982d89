//! How often anything is allowed.

use crate::config::RateLimit;
use crate::config::table::section;

section! {
    /// How often anything is allowed: `20/1s` is at most 20 at once and, in the long run, 20 a second; `off` is always.
    /// Each node counts for itself.
    pub struct RateLimits in "rate_limits" {
        /// Accounts created from one address.
        pub sign_up: RateLimit = "60/1m",
        /// Sign-ins tried from one address.
        pub sign_in: RateLimit = "60/1m",
        /// Wrong passwords for one name.
        pub wrong_passwords: RateLimit = "10/1m",
        /// REST calls of one user.
        pub requests: RateLimit = "200/1s",
        /// Messages of one user.
        pub messages: RateLimit = "100/1s",
        /// Real-time commands of one connection.
        pub commands: RateLimit = "200/1s",
    }
}
