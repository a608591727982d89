//! What the bus brings, and how long it took to come and to be handed on.

use std::collections::VecDeque;
use std::sync::Arc;

use chinwag_chat::trace::{Span, Step, Traces};
use chinwag_chat::{Change, Channel, Hint, HintSink, Message, RoomEvent};

use super::NodeTraces;

/// A sink that notes when followed messages came and when they had been put before their readers.
pub(super) struct TracedSink {
    sink: Arc<dyn HintSink>,
    traces: Arc<NodeTraces>,
}

impl TracedSink {
    pub(super) fn new(sink: Arc<dyn HintSink>, traces: Arc<NodeTraces>) -> Self {
        Self { sink, traces }
    }

    /// The new message that a hint brings, if it is followed.
    fn followed<'a>(&self, hint: &'a Hint) -> Option<&'a Message> {
        let Hint::Changed(change) = hint else { return None };
        let Change::Room(change) = change.as_ref() else { return None };
        let RoomEvent::MessageCreated { message } = &change.event else { return None };
        self.traces.follows(message.id).then_some(message)
    }

    /// The two parts of a message's way that this node knows: until it came, and from then on.
    fn parts(&self, message: &Message, came_ns: u64) -> [Span; 2] {
        let asked_ns = u64::try_from(message.created_at.unix_ms()).unwrap_or(0).saturating_mul(1_000_000);
        let span = Span {
            message: message.id,
            room: message.room,
            step: Step::Arrive,
            began_ns: 0,
            ended_ns: came_ns,
        };
        // The sender's node may have another opinion of the time.
        let arrive = Span { began_ns: asked_ns.min(came_ns), ..span };
        [arrive, Span { step: Step::FanOut, began_ns: came_ns, ..span }]
    }

    fn tell(&self, [arrive, fan_out]: [Span; 2], ended_ns: u64) {
        self.traces.tell(arrive);
        self.traces.tell(Span { ended_ns, ..fan_out });
    }
}

impl HintSink for TracedSink {
    fn on_hint(&self, hint: Hint) -> usize {
        let parts = self.followed(&hint).map(|message| self.parts(message, self.traces.now_ns()));
        let connections = self.sink.on_hint(hint);
        if let Some(parts) = parts {
            self.tell(parts, self.traces.now_ns());
        }
        connections
    }

    fn on_hints(&self, hints: &mut VecDeque<Hint>) -> bool {
        let came_ns = self.traces.now_ns();
        let followed =
            hints.iter().enumerate().filter_map(|(place, hint)| Some((place, self.followed(hint)?)));
        let waiting: Vec<_> =
            followed.map(|(place, message)| (place, self.parts(message, came_ns))).collect();
        let before = hints.len();
        let was_much = self.sink.on_hints(hints);
        // The rest is handed in again.
        let taken = before.saturating_sub(hints.len());
        let ended_ns = self.traces.now_ns();
        for (_, parts) in waiting.into_iter().filter(|(place, _)| *place < taken) {
            self.tell(parts, ended_ns);
        }
        was_much
    }

    fn on_gap(&self, channel: &Channel) {
        self.sink.on_gap(channel);
    }

    fn on_loss(&self) {
        self.sink.on_loss();
    }
}
