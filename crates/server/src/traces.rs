//! Traces: what becomes of a few messages, told to an OpenTelemetry collector by every node that has a part in it.
//!
//! The trace's id is the message's, whose random half also says whether it is followed. Off unless there is a collector.

mod collector;
mod sink;

use std::sync::Arc;

use chinwag_chat::trace::{Span, Traces};
use chinwag_chat::{HintSink, MessageId};
use futures_util::future::BoxFuture;
use metrics::counter;
use tokio::sync::mpsc;

use crate::clock;
use crate::config::Config;
use crate::metrics::names;
use sink::TracedSink;

/// How many parts may wait to be told. More are dropped.
const MAX_WAITING: usize = 8 * 1024;

/// The traces of a node.
pub(crate) struct NodeTraces {
    told: mpsc::Sender<Span>,
    /// Of the random halves of messages' ids, those up to here.
    up_to: u64,
}

impl NodeTraces {
    /// The traces as they are configured, and what tells them to the collector for as long as it is polled; nothing where
    /// they are off.
    pub(crate) fn open(config: &Config) -> anyhow::Result<Option<(Arc<Self>, BoxFuture<'static, ()>)>> {
        let Some(endpoint) = &config.traces.endpoint else { return Ok(None) };
        let (told, spans) = mpsc::channel(MAX_WAITING);
        let work = collector::tell(&endpoint.0, &config.node.name(), spans)?;
        let traces = Self { told, up_to: share(config.traces.ratio.of_one()) };
        Ok(Some((Arc::new(traces), Box::pin(work))))
    }
}

/// The sink, with what it takes traced.
pub(crate) fn traced(sink: Arc<dyn HintSink>, traces: Arc<NodeTraces>) -> Arc<dyn HintSink> {
    Arc::new(TracedSink::new(sink, traces))
}

/// Up to which number that part of all numbers is.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a float becomes the nearest number there is, and nothing depends on the last bits"
)]
fn share(ratio: f64) -> u64 {
    (ratio * u64::MAX as f64) as u64
}

/// The half of a message's id that is nothing but chance.
fn random_half(message: MessageId) -> [u8; 8] {
    let [_, _, _, _, _, _, _, _, random @ ..] = message.to_bytes();
    random
}

impl Traces for NodeTraces {
    fn follows(&self, message: MessageId) -> bool {
        u64::from_be_bytes(random_half(message)) <= self.up_to
    }

    fn now_ns(&self) -> u64 {
        clock::now_ns()
    }

    fn tell(&self, span: Span) {
        if self.told.try_send(span).is_err() {
            counter!(names::TRACE_SPANS, "result" => "dropped").increment(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_of_the_messages_that_is_followed_is_the_one_that_was_asked_for() {
        for (ratio, least, most) in [(0.0, 0, 1), (0.25, 200, 300), (1.0, 1000, 1000)] {
            let traces = NodeTraces { told: mpsc::channel(1).0, up_to: share(ratio) };
            // Any constant without pattern spreads the numbers over all there are.
            let ids = (0..1000u128).map(|n| MessageId::from_parts(1, n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            let followed = ids.filter(|id| traces.follows(*id)).count();
            assert!((least..=most).contains(&followed), "{ratio}: {followed}");
        }
    }
}
