//! How fast a connection may send commands: a token bucket in two numbers.

use std::time::Duration;

use crate::{Config, Moment};

/// Counts commands against `command_interval` and `command_burst`.
#[derive(Debug)]
pub(crate) struct CommandRate {
    /// When the bucket will be full again; the further ahead, the emptier it is (GCRA).
    full_at: Moment,
    refused: u32,
}

/// What became of a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// Too fast; the wait until the next one is allowed.
    Refused(Duration),
    /// Too fast too often.
    Hopeless,
}

impl CommandRate {
    pub(crate) fn new(now: Moment) -> Self {
        Self { full_at: now, refused: 0 }
    }

    pub(crate) fn check(&mut self, config: &Config, now: Moment) -> Verdict {
        let cost = config.command_interval;
        if cost.is_zero() {
            return Verdict::Allowed;
        }
        let depth = cost * config.command_burst.max(1);
        let full_at = self.full_at.max(now).plus(cost);
        let ahead = full_at.since(now);
        if ahead <= depth {
            self.full_at = full_at;
            return Verdict::Allowed;
        }
        self.refused += 1;
        if self.refused > config.max_refused_commands {
            Verdict::Hopeless
        } else {
            Verdict::Refused(ahead - depth)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Moment {
        Moment::after_origin(Duration::from_millis(ms))
    }

    #[test]
    fn a_burst_is_allowed_then_the_steady_rate() {
        let config = Config {
            command_interval: Duration::from_millis(100),
            command_burst: 3,
            max_refused_commands: 2,
            ..Config::default()
        };
        let mut rate = CommandRate::new(at(0));
        for _ in 0..3 {
            assert_eq!(rate.check(&config, at(0)), Verdict::Allowed);
        }
        assert_eq!(rate.check(&config, at(0)), Verdict::Refused(Duration::from_millis(100)));
        assert_eq!(rate.check(&config, at(100)), Verdict::Allowed);
        assert!(matches!(rate.check(&config, at(100)), Verdict::Refused(_)));
        assert_eq!(rate.check(&config, at(100)), Verdict::Hopeless);
    }
}
