//! What the bus brings.

use std::collections::VecDeque;
use std::sync::Arc;

use chinwag_chat::{Change, Channel, Hint, HintSink, StateEvent};
use chinwag_protocol::DisconnectCode;

use super::per_encoding::PerEncoding;
use crate::channel_state::Progress;
use crate::{Entry, Hub, Notice, state_push};

/// After how many deliveries others may run. Fewer would split what could be sent together; more would keep everybody
/// waiting while a busy room with thousands of followers is served.
const DELIVERIES_IN_ONE_GO: usize = 4_096;

impl HintSink for Hub {
    fn on_hint(&self, hint: Hint) -> usize {
        match hint {
            Hint::Changed(change) => self.changed(&change.channel(), &[change]),
            Hint::Moved(channel, head) => {
                self.saw_head(&channel, head);
                0
            }
            Hint::State(channel, event) => self.state(&channel, &event),
            Hint::SessionRevoked(session) => {
                let theirs = self.registry.connections(Some(session), None);
                for mailbox in &theirs {
                    mailbox.notify(Notice::Close(DisconnectCode::InvalidToken));
                }
                theirs.len()
            }
        }
    }

    fn on_hints(&self, hints: &mut VecDeque<Hint>) -> bool {
        let mut deliveries = 0;
        let mut changes = vec![];
        while deliveries < DELIVERIES_IN_ONE_GO
            && let Some(hint) = hints.pop_front()
        {
            let Hint::Changed(change) = hint else {
                deliveries += self.on_hint(hint);
                continue;
            };
            // What came together for one channel leaves together.
            let channel = change.channel();
            changes.push(change);
            while let Some(Hint::Changed(next)) = hints.front()
                && next.channel() == channel
            {
                changes.push(next.clone());
                hints.pop_front();
            }
            deliveries += self.changed(&channel, &changes);
            changes.clear();
        }
        deliveries >= DELIVERIES_IN_ONE_GO
    }

    fn on_gap(&self, channel: &Channel) {
        self.repairs.uncertain.add(channel.clone());
    }

    fn on_loss(&self) {
        self.repairs.lost_hints();
    }
}

impl Hub {
    /// Takes changes of one channel.
    fn changed(&self, channel: &Channel, changes: &[Arc<Change>]) -> usize {
        let taken = self.with(channel, |state| {
            let name = state.name(channel);
            let entries = changes.iter().map(|change| Arc::new(Entry::new(change, name.clone())));
            (state.take(channel, entries), state.feed.has_hole())
        });
        let (deliveries, has_hole) = taken.unwrap_or_default();
        if has_hole {
            self.repairs.request(channel.clone());
        }
        deliveries
    }

    fn state(&self, channel: &Channel, event: &StateEvent) -> usize {
        let deliveries = self.with(channel, |state| {
            // In a large room, who types and who comes and goes is of no use to anybody and costs everybody.
            if state.followers.len() > self.config.presence.max_followers {
                return 0;
            }
            let mut bytes = PerEncoding::new(|encoding| state_push(encoding, channel, event));
            for follower in state.followers.values() {
                let own = matches!(event, StateEvent::Typing { user, .. } if user.id == follower.mailbox.owner().user);
                let listens = matches!(follower.progress, Progress::Live | Progress::Behind(_));
                if listens && !own {
                    follower.mailbox.offer_state(|| bytes.get(follower.mailbox.owner().encoding));
                }
            }
            state.followers.len()
        });
        deliveries.unwrap_or_default()
    }
}
