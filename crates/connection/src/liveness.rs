//! The deadlines of a connection: its connect, its pings and pongs, its token's end.

use crate::{Config, Moment};

/// When something is due.
#[derive(Debug)]
pub(crate) struct Liveness {
    /// When the client must have connected; none once it has.
    connect_by: Option<Moment>,
    /// When the next ping goes out.
    ping_at: Option<Moment>,
    /// When the answer to the last ping must be here.
    pong_by: Option<Moment>,
    /// When the token must have been refreshed.
    refresh_by: Option<Moment>,
    /// When it is over whatever happens.
    end_at: Option<Moment>,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Ping,
    Stale,
    NoPong,
    Expired,
}

impl Liveness {
    pub(crate) fn new(config: &Config, now: Moment) -> Self {
        let connect_by = Some(now.plus(config.connect_timeout));
        Self { connect_by, ping_at: None, pong_by: None, refresh_by: None, end_at: None }
    }

    /// The client asked to connect: the rest is ours to do in time.
    pub(crate) fn connecting(&mut self) {
        self.connect_by = None;
    }

    /// The client was refused: it has as long to go as it had to connect.
    pub(crate) fn refused(&mut self, config: &Config, now: Moment) {
        self.connect_by = Some(now.plus(config.connect_timeout));
    }

    /// The client is connected. `spread` is random, 0 to 255.
    pub(crate) fn connected(&mut self, config: &Config, now: Moment, spread: u8) {
        let half = config.ping_interval / 2;
        self.ping_at = Some(now.plus(half + half * u32::from(spread) / 255));
    }

    /// The token's end, and the end of the whole.
    pub(crate) fn ends(&mut self, refresh_by: Option<Moment>, end_at: Option<Moment>) {
        self.refresh_by = refresh_by;
        self.end_at = [self.end_at, end_at].into_iter().flatten().min();
    }

    /// A pong came; false if nobody had asked for it.
    pub(crate) fn pong(&mut self) -> bool {
        self.pong_by.take().is_some()
    }

    /// The client is still being sent what came before the ping, and takes it.
    pub(crate) fn extend_pong(&mut self, config: &Config, now: Moment) {
        self.pong_by = self.pong_by.map(|by| by.max(now.plus(config.pong_timeout)));
    }

    pub(crate) fn next(&self) -> Option<Moment> {
        [self.connect_by, self.ping_at, self.pong_by, self.refresh_by, self.end_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// What is due now; ask until there is nothing.
    pub(crate) fn due(&mut self, config: &Config, now: Moment) -> Option<Due> {
        let past = |deadline: Option<Moment>| deadline.is_some_and(|deadline| deadline <= now);
        if past(self.connect_by) {
            return Some(Due::Stale);
        }
        if past(self.refresh_by) || past(self.end_at) {
            return Some(Due::Expired);
        }
        if past(self.pong_by) {
            return Some(Due::NoPong);
        }
        if past(self.ping_at) {
            self.ping_at = Some(now.plus(config.ping_interval));
            // A client that is still being sent what came before the last ping answers every ping that reaches it, and
            // the second answer would be one that nobody asked for.
            if self.pong_by.is_none() {
                self.pong_by = Some(now.plus(config.pong_timeout));
                return Some(Due::Ping);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::after_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn a_slow_reader_is_pinged_again_only_once_it_has_answered() {
        let config = Config {
            ping_interval: Duration::from_secs(10),
            pong_timeout: Duration::from_secs(3),
            ..Config::default()
        };
        let mut liveness = Liveness::new(&config, at(0));
        liveness.connecting();
        liveness.connected(&config, at(0), 255);
        assert_eq!(liveness.due(&config, at(10)), Some(Due::Ping));
        for second in [12, 14, 16, 18, 20] {
            liveness.extend_pong(&config, at(second));
            assert_eq!(liveness.due(&config, at(second)), None);
        }
        assert!(liveness.pong());
        assert_eq!(liveness.due(&config, at(30)), Some(Due::Ping));
        assert!(liveness.pong());
    }
}
