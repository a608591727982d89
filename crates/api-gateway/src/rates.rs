//! How much may happen in a second.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::config::Limits;

/// One rate; none means that there is no limit.
pub(crate) struct Rate(Option<DefaultDirectRateLimiter>);

impl Rate {
    /// So many a second, and `burst` at once where that is more.
    pub(crate) fn new(per_s: u32, burst: u32) -> Self {
        Self(NonZeroU32::new(per_s).map(|per_s| {
            let burst = NonZeroU32::new(burst).unwrap_or(per_s).max(per_s);
            RateLimiter::direct(Quota::per_second(per_s).allow_burst(burst))
        }))
    }

    /// Takes one, if there is one.
    pub(crate) fn take(&self) -> bool {
        self.0.as_ref().is_none_or(|rate| rate.check().is_ok())
    }
}

/// The rates of the whole gateway.
pub(crate) struct Rates {
    pub(crate) connects: Rate,
    pub(crate) requests: Rate,
}

impl Rates {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            connects: Rate::new(limits.connects_per_s, limits.connects_per_s),
            requests: Rate::new(limits.requests_per_s, limits.request_burst),
        }
    }
}
