//! Which of a connection's commands run, and which wait.

use std::collections::VecDeque;

use chinwag_protocol::Request;

use crate::EffectId;

/// A command that was started, as far as its answer needs it.
#[derive(Debug)]
pub(crate) struct InFlight {
    pub(crate) effect: EffectId,
    /// The command's id; 0 where the client expects no reply.
    pub(crate) command: u32,
    pub(crate) kind: Kind,
}

/// What was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Connect,
    Subscribe {
        channel: chinwag_chat::Channel,
        by_server: bool,
        reject_unrecovered: bool,
    },
    Unsubscribe {
        channel: chinwag_chat::Channel,
    },
    Refresh,
    /// Everything that overlaps.
    Other,
}

impl Kind {
    fn is_exclusive(&self) -> bool {
        *self != Self::Other
    }
}

/// Commands in the order in which they came, and those of them that run.
#[derive(Debug, Default)]
pub(crate) struct CommandQueue {
    waiting: VecDeque<(u32, Request)>,
    in_flight: Vec<InFlight>,
    next_effect: u32,
}

impl CommandQueue {
    pub(crate) fn push(&mut self, id: u32, request: Request) {
        self.waiting.push_back((id, request));
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The commands that wait, the next one first.
    pub(crate) fn peek(&self) -> impl Iterator<Item = &Request> {
        self.waiting.iter().map(|(_, request)| request)
    }

    /// The next command, if its turn has come.
    pub(crate) fn next(&mut self, max_in_flight: usize) -> Option<(u32, Request)> {
        let (_, request) = self.waiting.front()?;
        let free = if is_exclusive(request) {
            self.in_flight.is_empty()
        } else {
            self.in_flight.len() < max_in_flight
                && !self.in_flight.iter().any(|other| other.kind.is_exclusive())
        };
        if !free {
            return None;
        }
        let next = self.waiting.pop_front();
        if self.waiting.is_empty() {
            // An idle connection keeps no queue.
            self.waiting.shrink_to(0);
        }
        next
    }

    /// Takes out the commands that have not begun: their ids.
    pub(crate) fn take_waiting(&mut self) -> impl Iterator<Item = u32> + use<> {
        std::mem::take(&mut self.waiting).into_iter().map(|(id, _)| id)
    }

    pub(crate) fn start(&mut self, command: u32, kind: Kind) -> EffectId {
        let effect = EffectId(self.next_effect);
        self.next_effect = self.next_effect.wrapping_add(1);
        self.in_flight.push(InFlight { effect, command, kind });
        effect
    }

    pub(crate) fn finish(&mut self, effect: EffectId) -> Option<InFlight> {
        let index = self.in_flight.iter().position(|started| started.effect == effect)?;
        let finished = self.in_flight.swap_remove(index);
        if self.in_flight.is_empty() {
            self.in_flight = Vec::new();
        }
        Some(finished)
    }

    /// The id of the command that an effect in flight was started for.
    pub(crate) fn command(&self, effect: EffectId) -> Option<u32> {
        let started = self.in_flight.iter().find(|started| started.effect == effect)?;
        Some(started.command).filter(|id| *id != 0)
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.in_flight.is_empty()
    }

    /// Whether a subscribe of that channel is under way.
    pub(crate) fn subscribes(&self, wanted: &chinwag_chat::Channel) -> bool {
        self.in_flight
            .iter()
            .any(|started| matches!(&started.kind, Kind::Subscribe { channel, .. } if channel == wanted))
    }
}

fn is_exclusive(request: &Request) -> bool {
    matches!(
        request,
        Request::Connect(_) | Request::Subscribe(_) | Request::Unsubscribe(_) | Request::Refresh(_)
    )
}
