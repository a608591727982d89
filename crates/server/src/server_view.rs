//! What this node tells admins of the server about itself and the others.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_api::{Figures, NodeView, ServerView};
use chinwag_chat::cluster::{NodePhase, NodeStatus, Nodes};
use chinwag_chat::store::Totals;
use chinwag_chat::{Clock, Store, StoreError, Timestamp};
use chinwag_realtime::Hub;
use parking_lot::Mutex;

use crate::metrics::{Metrics, names};

/// For how long the totals are told again: counting is no work for every look at a page.
const TOTALS_LAST: Duration = Duration::from_secs(10);
/// The least time between two readings that a rate is told of.
const LEAST_APART: Duration = Duration::from_secs(1);

/// Tells about the server.
pub(crate) struct NodeEye {
    pub(crate) name: String,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) nodes: Arc<dyn Nodes>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) metrics: Metrics,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) started_at: Timestamp,
    pub(crate) seen: Mutex<Seen>,
}

/// What was read before.
#[derive(Default)]
pub(crate) struct Seen {
    totals: Option<(Timestamp, Totals)>,
    readings: Option<(Reading, Rates)>,
}

/// The counters at some time.
#[derive(Debug, Clone, Copy, Default)]
struct Reading {
    at: Timestamp,
    sends: f64,
    deliveries: f64,
}

/// What is done in a second.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Rates {
    sends: f64,
    deliveries: f64,
}

impl Reading {
    /// What was done in a second since an earlier reading.
    fn since(&self, earlier: &Self) -> Rates {
        let seconds = self.at.since(earlier.at).as_secs_f64();
        let rate =
            |now: f64, before: f64| if seconds > 0.0 { (now - before).max(0.0) / seconds } else { 0.0 };
        Rates {
            sends: rate(self.sends, earlier.sends),
            deliveries: rate(self.deliveries, earlier.deliveries),
        }
    }
}

impl Seen {
    /// The rates, taken anew where the last reading was long enough ago.
    fn rates(&mut self, now: Reading) -> Rates {
        match self.readings {
            Some((before, rates)) if now.at.since(before.at) < LEAST_APART => rates,
            Some((before, _)) => {
                let rates = now.since(&before);
                self.readings = Some((now, rates));
                rates
            }
            None => {
                self.readings = Some((now, Rates::default()));
                Rates::default()
            }
        }
    }
}

impl NodeEye {
    async fn totals(&self) -> Result<Totals, StoreError> {
        let now = self.clock.now();
        let known = self.seen.lock().totals.filter(|(at, _)| now.since(*at) < TOTALS_LAST);
        if let Some((_, totals)) = known {
            return Ok(totals);
        }
        let totals = self.store.totals().await?;
        self.seen.lock().totals = Some((now, totals));
        Ok(totals)
    }

    fn view(&self, status: &NodeStatus) -> NodeView {
        let report = &status.report;
        let is_this = report.name.to_string() == self.name;
        let silent_ms = i64::try_from(status.silent.as_millis()).unwrap_or(i64::MAX);
        let now = self.clock.now();
        NodeView {
            name: report.name.to_string(),
            version: report.version.clone(),
            roles: report.roles.clone(),
            connections: report.connections,
            state: match (status.is_live(), report.phase) {
                (false, _) => "dead",
                (true, NodePhase::Running) => "running",
                (true, NodePhase::Draining) => "draining",
            },
            heard_at: Timestamp::from_unix_ms(now.unix_ms().saturating_sub(silent_ms)),
            rooms: is_this.then(|| self.hub.room_count()),
            started_at: is_this.then_some(self.started_at),
        }
    }
}

#[async_trait]
impl ServerView for NodeEye {
    async fn nodes(&self) -> Result<Vec<NodeView>, StoreError> {
        let mut nodes: Vec<NodeView> =
            self.nodes.nodes().await?.iter().map(|status| self.view(status)).collect();
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(nodes)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bytes are whole and not negative"
    )]
    async fn figures(&self) -> Result<Figures, StoreError> {
        let Totals { users, rooms, messages } = self.totals().await?;
        let nodes = self.nodes.nodes().await?;
        let elsewhere =
            nodes.iter().filter(|node| node.is_live() && node.report.name.to_string() != self.name);
        let elsewhere: u64 = elsewhere.map(|node| u64::from(node.report.connections)).sum();
        let text = self.metrics.render();
        let at = self.clock.now();
        let reading =
            Reading { at, sends: sum(&text, names::SENDS), deliveries: sum(&text, names::DELIVERIES) };
        let rates = self.seen.lock().rates(reading);
        Ok(Figures {
            at,
            node: self.name.clone(),
            connections: elsewhere + self.hub.connection_count() as u64,
            users,
            rooms,
            messages,
            sends_per_s: rates.sends,
            deliveries_per_s: rates.deliveries,
            memory_bytes: sum(&text, names::PROCESS_RESIDENT_MEMORY_BYTES) as u64,
            cpu_s: sum(&text, names::PROCESS_CPU_SECONDS),
        })
    }
}

/// What a figure is, over all its labels, in the text that Prometheus reads.
fn sum(text: &str, name: &str) -> f64 {
    let value = |line: &str| {
        let rest = line.strip_prefix(name)?;
        let rest = if rest.starts_with('{') { rest.split_once('}')?.1 } else { rest };
        rest.strip_prefix(' ')?.split(' ').next()?.parse::<f64>().ok()
    };
    text.lines().filter_map(value).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_summed_over_its_labels_and_over_no_other() {
        let text = "# TYPE a counter\na{x=\"1\"} 3\na{x=\"2\"} 4.5\na_b 100\nb 7\n";
        assert!((sum(text, "a") - 7.5).abs() < 1e-9);
        assert!((sum(text, "b") - 7.0).abs() < 1e-9);
        assert!(sum(text, "c").abs() < 1e-9);
    }

    #[test]
    fn a_rate_is_of_two_readings_that_are_apart() {
        let mut seen = Seen::default();
        let at = |ms, sends| Reading { at: Timestamp::from_unix_ms(ms), sends, deliveries: 2.0 * sends };
        assert_eq!(seen.rates(at(0, 10.0)), Rates::default());
        assert_eq!(seen.rates(at(2_000, 30.0)), Rates { sends: 10.0, deliveries: 20.0 });
        // Another who looks at the same time is told the same, and spoils nothing.
        assert_eq!(seen.rates(at(2_500, 31.0)), Rates { sends: 10.0, deliveries: 20.0 });
        assert_eq!(seen.rates(at(4_000, 40.0)), Rates { sends: 5.0, deliveries: 10.0 });
    }
}
