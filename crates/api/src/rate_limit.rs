//! How often one may ask. Each node counts for itself: the limits stop floods, they are no accounting.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use chinwag_chat::{Clock, KeyId, RoomId, UserId};
use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::ApiError;

/// So many in a burst; used-up ones come back evenly over the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many at once; 0 is no limit at all.
    pub burst: u32,
    /// How long it takes until the whole burst is there again.
    pub per: Duration,
}

impl Rate {
    /// So many per so long.
    #[must_use]
    pub const fn new(burst: u32, per: Duration) -> Self {
        Self { burst, per }
    }

    /// No limit.
    pub const OFF: Self = Self::new(0, Duration::ZERO);
}

/// The limits on how often one may ask. Generous: people do not meet them, programs run wild do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Attempts to sign in under one name.
    pub sign_ins_per_name: Rate,
    /// Attempts to sign in from one address.
    pub sign_ins_per_address: Rate,
    /// Accounts created from one address.
    pub sign_ups_per_address: Rate,
    /// Messages, edits, deletions, reactions and direct events of one user.
    pub sends_per_user: Rate,
    /// Messages, edits, deletions and reactions in one room, whoever they are of.
    pub sends_per_room: Rate,
    /// Whatever else one user asks.
    pub requests_per_user: Rate,
    /// What is asked from one address by nobody who is known, wrong tokens among it.
    pub requests_per_address: Rate,
    /// What one server key asks on nobody's behalf.
    pub requests_per_back_end: Rate,
    /// What is said by one hook.
    pub posts_per_hook: Rate,
}

impl RateLimits {
    /// No limits.
    pub const OFF: Self = Self {
        sign_ins_per_name: Rate::OFF,
        sign_ins_per_address: Rate::OFF,
        sign_ups_per_address: Rate::OFF,
        sends_per_user: Rate::OFF,
        sends_per_room: Rate::OFF,
        requests_per_user: Rate::OFF,
        requests_per_address: Rate::OFF,
        requests_per_back_end: Rate::OFF,
        posts_per_hook: Rate::OFF,
    };
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            sign_ins_per_name: Rate::new(20, Duration::from_secs(60)),
            sign_ins_per_address: Rate::new(300, Duration::from_secs(60)),
            sign_ups_per_address: Rate::new(300, Duration::from_secs(600)),
            sends_per_user: Rate::new(500, Duration::from_secs(5)),
            sends_per_room: Rate::new(5000, Duration::from_secs(5)),
            requests_per_user: Rate::new(1000, Duration::from_secs(10)),
            requests_per_address: Rate::new(3000, Duration::from_secs(10)),
            requests_per_back_end: Rate::new(5000, Duration::from_secs(10)),
            posts_per_hook: Rate::new(60, Duration::from_secs(60)),
        }
    }
}

/// Keeps the [`RateLimits`].
pub(crate) struct RateLimiters {
    sign_ins_per_name: Limiter,
    sign_ins_per_address: Limiter,
    sign_ups_per_address: Limiter,
    sends_per_user: Limiter,
    sends_per_room: Limiter,
    requests_per_user: Limiter,
    requests_per_address: Limiter,
    requests_per_back_end: Limiter,
    posts_per_hook: Limiter,
}

impl RateLimiters {
    pub(crate) fn new(limits: &RateLimits, clock: &Arc<dyn Clock>) -> Self {
        let limiter = |rate| Limiter::new(rate, clock.clone());
        Self {
            sign_ins_per_name: limiter(limits.sign_ins_per_name),
            sign_ins_per_address: limiter(limits.sign_ins_per_address),
            sign_ups_per_address: limiter(limits.sign_ups_per_address),
            sends_per_user: limiter(limits.sends_per_user),
            sends_per_room: limiter(limits.sends_per_room),
            requests_per_user: limiter(limits.requests_per_user),
            requests_per_address: limiter(limits.requests_per_address),
            requests_per_back_end: limiter(limits.requests_per_back_end),
            posts_per_hook: limiter(limits.posts_per_hook),
        }
    }

    /// Counts an attempt to sign in, right or wrong.
    pub(crate) fn sign_in(&self, name: &str, address: Option<IpAddr>) -> Result<(), ApiError> {
        if let Some(address) = address {
            self.sign_ins_per_address.check(&network(address))?;
        }
        self.sign_ins_per_name.check(&name.trim().to_ascii_lowercase())
    }

    /// Counts a new account.
    pub(crate) fn sign_up(&self, address: Option<IpAddr>) -> Result<(), ApiError> {
        address.map_or(Ok(()), |address| self.sign_ups_per_address.check(&network(address)))
    }

    /// Counts what writes a message or alters one, and direct events.
    pub(crate) fn send(&self, user: &UserId) -> Result<(), ApiError> {
        self.sends_per_user.check(user)
    }

    /// Counts the same against the room that it is in.
    pub(crate) fn send_in(&self, room: RoomId) -> Result<(), ApiError> {
        self.sends_per_room.check(&room)
    }

    /// Counts what nobody who is known asks.
    pub(crate) fn stranger(&self, address: Option<IpAddr>) -> Result<(), ApiError> {
        address.map_or(Ok(()), |address| self.requests_per_address.check(&network(address)))
    }

    /// Counts any other request.
    pub(crate) fn request(&self, user: &UserId) -> Result<(), ApiError> {
        self.requests_per_user.check(user)
    }

    /// Counts what a back end asks on nobody's behalf.
    pub(crate) fn back_end(&self, key: KeyId) -> Result<(), ApiError> {
        self.requests_per_back_end.check(&key)
    }

    /// Counts what is said by a hook.
    pub(crate) fn hook(&self, key: KeyId) -> Result<(), ApiError> {
        self.posts_per_hook.check(&key)
    }

    /// Forgets whoever has been quiet.
    pub(crate) fn sweep(&self) {
        for limiter in [
            &self.sign_ins_per_name,
            &self.sign_ins_per_address,
            &self.sign_ups_per_address,
            &self.sends_per_user,
            &self.sends_per_room,
            &self.requests_per_user,
            &self.requests_per_address,
            &self.requests_per_back_end,
            &self.posts_per_hook,
        ] {
            limiter.sweep();
        }
    }
}

/// One household or server has a /64 of IPv6 addresses, and may use them all.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::from((u128::from(v6) >> 64 << 64).to_be_bytes()),
        v4 => v4,
    }
}

/// After how many checks the quiet keys are forgotten.
const SWEEP_EVERY: u32 = 4096;
/// How many keys are told apart. Beyond that, keys share [`SHARED_BUCKETS`], which bounds the memory under attack.
const MAX_KEYS: usize = 200_000;
const SHARED_BUCKETS: u64 = 65_536;

type Keyed = RateLimiter<u64, DashMapStateStore<u64>, PortClock, NoOpMiddleware<Duration>>;

/// One rate for many keys. Holds their hashes only: no name or address stays in memory.
struct Limiter {
    keyed: Option<Keyed>,
    clock: PortClock,
    hasher: RandomState,
    checks: AtomicU32,
    crowded: AtomicBool,
}

impl Limiter {
    fn new(rate: Rate, clock: Arc<dyn Clock>) -> Self {
        let clock = PortClock(clock);
        let keyed = NonZeroU32::new(rate.burst)
            .and_then(|burst| Some(Quota::with_period(rate.per.checked_div(rate.burst)?)?.allow_burst(burst)))
            .map(|quota| RateLimiter::new(quota, DashMapStateStore::default(), clock.clone()));
        Self {
            keyed,
            clock,
            hasher: RandomState::new(),
            checks: AtomicU32::new(0),
            crowded: AtomicBool::new(false),
        }
    }

    fn check(&self, key: &impl Hash) -> Result<(), ApiError> {
        let Some(keyed) = &self.keyed else { return Ok(()) };
        if self.checks.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.sweep();
        }
        let mut key = self.hasher.hash_one(key);
        if self.crowded.load(Ordering::Relaxed) {
            key %= SHARED_BUCKETS;
        }
        keyed
            .check_key(&key)
            .map_err(|not_until| ApiError::too_many_requests(not_until.wait_time_from(self.clock.now())))
    }

    fn sweep(&self) {
        if let Some(keyed) = &self.keyed {
            keyed.retain_recent();
            keyed.shrink_to_fit();
            self.crowded.store(keyed.len() > MAX_KEYS, Ordering::Relaxed);
        }
    }
}

/// The domain's clock for governor: time since 1970, which stands still where the wall clock is set back.
#[derive(Clone)]
struct PortClock(Arc<dyn Clock>);

impl GovernorClock for PortClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.now().unix_ms()).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;
    use crate::test_clock::TestClock;

    fn limiter(rate: Rate) -> (Limiter, Arc<TestClock>) {
        let clock = Arc::new(TestClock::default());
        (Limiter::new(rate, clock.clone()), clock)
    }

    #[test]
    fn a_burst_passes_and_then_one_at_a_time() {
        let (limiter, clock) = limiter(Rate::new(3, Duration::from_secs(30)));
        for _ in 0..3 {
            limiter.check(&"ada").unwrap();
        }
        let refused = limiter.check(&"ada").unwrap_err();
        assert_eq!((refused.code, refused.retry_after), (ErrorCode::TooManyRequests, Some(10)));
        limiter.check(&"grace").unwrap();
        clock.advance(Duration::from_secs(10));
        limiter.check(&"ada").unwrap();
        assert!(limiter.check(&"ada").is_err());
    }

    #[test]
    fn zero_is_no_limit() {
        let (limiter, _) = limiter(Rate::OFF);
        assert!((0..10_000).all(|_| limiter.check(&"ada").is_ok()));
    }

    #[test]
    fn the_quiet_are_forgotten() {
        let (limiter, clock) = limiter(Rate::new(1, Duration::from_secs(1)));
        for key in 0..1000 {
            limiter.check(&key).unwrap();
        }
        clock.advance(Duration::from_secs(60));
        limiter.sweep();
        assert_eq!(limiter.keyed.as_ref().unwrap().len(), 0);
    }

    #[test]
    fn addresses_of_one_network_share_a_limit() {
        let one: IpAddr = "2001:db8:1:2::1".parse().unwrap();
        let other: IpAddr = "2001:db8:1:2:ffff::9".parse().unwrap();
        assert_eq!(network(one), network(other));
        let mapped: IpAddr = "::ffff:192.0.2.7".parse().unwrap();
        assert_eq!(network(mapped), "192.0.2.7".parse::<IpAddr>().unwrap());
    }
}
