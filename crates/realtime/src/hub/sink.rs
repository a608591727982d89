//! What the bus brings.

use std::collections::VecDeque;
use std::sync::Arc;

use chinwag_chat::{Change, Channel, Hint, HintSink, StateEvent};
use chinwag_protocol::DisconnectCode;

use crate::channel_state::Progress;
use crate::per_encoding::PerEncoding;
use crate::{Entry, Hub, Mailbox, Notice, state_push};

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
            Hint::SessionRevoked(session) => send_away(&self.registry.connections(Some(session), None)),
            Hint::UserDisabled(user) => send_away(&self.registry.connections(None, Some(&user))),
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

/// Closes connections whose users have to sign in anew, if they can.
fn send_away(connections: &[Arc<Mailbox>]) -> usize {
    for mailbox in connections {
        mailbox.notify(Notice::Close(DisconnectCode::InvalidToken));
    }
    connections.len()
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
            // In a crowd, who comes, goes and has read is of no use to anybody and costs everybody; and whoever may read
            // a public room may follow it, so its members say little. Of those who type, only some get here at all.
            let is_for_few = matches!(event, StateEvent::PresenceChanged { .. } | StateEvent::Receipt { .. });
            if is_for_few && state.followers.len() > self.config.presence.max_followers {
                return 0;
            }
            let mut bytes = PerEncoding::default();
            for follower in state.followers.values() {
                let own = matches!(event, StateEvent::Typing { user, .. } if user.id == follower.mailbox.owner().user);
                let listens = matches!(follower.progress, Progress::Live | Progress::Behind(_));
                if listens && !own {
                    let encoding = follower.mailbox.owner().encoding;
                    follower.mailbox.offer_state(|| bytes.get(encoding, || state_push(encoding, channel, event)));
                }
            }
            state.followers.len()
        });
        deliveries.unwrap_or_default()
    }
}
