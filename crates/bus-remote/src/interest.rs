//! Which channels this node wants, and which the server knows that it wants. Pure: time is handed in.

use std::collections::VecDeque;
use std::time::Duration;

use chinwag_chat::Channel;
use hashbrown::{HashMap, HashSet};
use tokio::time::Instant;

/// What there is between wish and confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Wanted, and the server was not asked yet.
    Waiting,
    /// The server was asked and has not confirmed yet.
    Asked { is_wanted: bool },
    /// Hints come in.
    Subscribed,
    /// Not wanted, but kept until then: who leaves often comes back at once.
    Lingering { until: Instant },
}

/// The channels of one node.
#[derive(Debug)]
pub(crate) struct Interest {
    channels: HashMap<Channel, Standing>,
    /// Those that are [`Standing::Waiting`].
    waiting: HashSet<Channel>,
    /// Those that may be lingering, by the time until which they are.
    lingering: VecDeque<(Instant, Channel)>,
    linger: Duration,
}

impl Interest {
    pub(crate) fn new(linger: Duration) -> Self {
        Self { channels: HashMap::new(), waiting: HashSet::new(), lingering: VecDeque::new(), linger }
    }

    /// True where the server has to be asked.
    pub(crate) fn follow(&mut self, channel: &Channel) -> bool {
        match self.channels.get_mut(channel) {
            None => {
                self.channels.insert(channel.clone(), Standing::Waiting);
                self.waiting.insert(channel.clone())
            }
            Some(Standing::Asked { is_wanted }) => {
                *is_wanted = true;
                false
            }
            Some(standing @ Standing::Lingering { .. }) => {
                *standing = Standing::Subscribed;
                false
            }
            Some(Standing::Waiting | Standing::Subscribed) => false,
        }
    }

    pub(crate) fn unfollow(&mut self, channel: &Channel, now: Instant) {
        match self.channels.get_mut(channel) {
            Some(Standing::Waiting) => {
                self.channels.remove(channel);
                self.waiting.remove(channel);
            }
            Some(Standing::Asked { is_wanted }) => *is_wanted = false,
            Some(Standing::Subscribed) => self.let_linger(channel.clone(), now),
            Some(Standing::Lingering { .. }) | None => {}
        }
    }

    /// The next channels to ask the server for.
    pub(crate) fn ask(&mut self, at_most: usize) -> Vec<Channel> {
        let batch: Vec<_> = self.waiting.iter().take(at_most).cloned().collect();
        for channel in &batch {
            self.waiting.remove(channel);
            self.channels.insert(channel.clone(), Standing::Asked { is_wanted: true });
        }
        batch
    }

    /// The server has confirmed these. Returns those that are still wanted: something may have been missed there.
    pub(crate) fn confirmed(&mut self, asked: Vec<Channel>, now: Instant) -> Vec<Channel> {
        let mut wanted = asked;
        wanted.retain(|channel| match self.channels.get_mut(channel) {
            Some(standing @ Standing::Asked { is_wanted: true }) => {
                *standing = Standing::Subscribed;
                true
            }
            Some(Standing::Asked { is_wanted: false }) => {
                self.let_linger(channel.clone(), now);
                false
            }
            // Ended again before the confirmation was seen.
            Some(_) | None => false,
        });
        wanted
    }

    /// Those that nobody came back to. They are forgotten: who wants one from now on asks for it again.
    pub(crate) fn expired(&mut self, at_most: usize, now: Instant) -> Vec<Channel> {
        let mut expired = vec![];
        while expired.len() < at_most
            && let Some((until, channel)) = self.lingering.pop_front_if(|(until, _)| *until <= now)
        {
            // It may have been wanted again, and even left again, since.
            if self.channels.get(&channel) == Some(&Standing::Lingering { until }) {
                self.channels.remove(&channel);
                expired.push(channel);
            }
        }
        expired
    }

    /// When to look for the expired again.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.lingering.front().map(|(until, _)| *until)
    }

    /// The server knows nothing any more.
    pub(crate) fn start_over(&mut self) {
        self.lingering.clear();
        self.channels.retain(|channel, standing| {
            let is_wanted =
                !matches!(standing, Standing::Lingering { .. } | Standing::Asked { is_wanted: false });
            if is_wanted {
                *standing = Standing::Waiting;
                self.waiting.insert(channel.clone());
            }
            is_wanted
        });
    }

    /// The server has ended the subscription. True where it has to be asked again.
    pub(crate) fn ended(&mut self, channel: &Channel) -> bool {
        match self.channels.get_mut(channel) {
            Some(standing @ (Standing::Subscribed | Standing::Asked { is_wanted: true })) => {
                *standing = Standing::Waiting;
                self.waiting.insert(channel.clone())
            }
            Some(Standing::Lingering { .. } | Standing::Asked { is_wanted: false }) => {
                self.channels.remove(channel);
                false
            }
            Some(Standing::Waiting) | None => false,
        }
    }

    /// How many channels it knows.
    pub(crate) fn len(&self) -> usize {
        self.channels.len()
    }

    fn let_linger(&mut self, channel: Channel, now: Instant) {
        let until = now + self.linger;
        self.channels.insert(channel.clone(), Standing::Lingering { until });
        self.lingering.push_back((until, channel));
    }
}

#[cfg(test)]
mod tests;
