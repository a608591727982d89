//! Which channels a connection follows, and who wanted it.

use chinwag_chat::Channel;

/// Who subscribed a connection to a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The client, by `subscribe`.
    Client,
    /// The server, at connect or when the user joined a room.
    Server,
}

/// The channels of one connection. A sorted vector: most connections follow few, and an empty one costs nothing.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    channels: Vec<(Channel, Side)>,
}

impl Subscriptions {
    pub(crate) fn len(&self) -> usize {
        self.channels.len()
    }

    pub(crate) fn side(&self, channel: &Channel) -> Option<Side> {
        self.find(channel).ok().map(|index| self.channels[index].1)
    }

    /// Follows a channel, or changes who wanted it.
    pub(crate) fn insert(&mut self, channel: Channel, side: Side) {
        match self.find(&channel) {
            Ok(index) => self.channels[index].1 = side,
            Err(index) => {
                // Room for more would be kept for life by the many who follow few.
                self.channels.reserve_exact(1);
                self.channels.insert(index, (channel, side));
            }
        }
    }

    pub(crate) fn remove(&mut self, channel: &Channel) -> bool {
        match self.find(channel) {
            Ok(index) => {
                self.channels.remove(index);
                true
            }
            Err(_) => false,
        }
    }

    fn find(&self, channel: &Channel) -> Result<usize, usize> {
        self.channels.binary_search_by(|(other, _)| other.cmp(channel))
    }
}
