//! What a client follows, and where it is: kept from one connection to the next.

use std::collections::BTreeMap;

use chinwag_protocol::SubscribeRequest;

/// Where a client is in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) epoch: String,
}

/// The channels of a client. Those that the server subscribes and those that it subscribes itself are kept apart, as the
/// SDKs do.
#[derive(Debug, Default)]
pub(super) struct Channels {
    /// The server's doing.
    pub(super) by_server: BTreeMap<String, Place>,
    /// Its own doing; without a place where it was never there.
    pub(super) by_client: BTreeMap<String, Option<Place>>,
}

impl Channels {
    /// The place in a channel that is followed.
    pub(super) fn place_mut(&mut self, channel: &str) -> Option<&mut Place> {
        match self.by_client.get_mut(channel) {
            Some(place) => place.as_mut(),
            None => self.by_server.get_mut(channel),
        }
    }

    /// The wishes of a `connect`; from one change too late, if so wanted.
    pub(super) fn recovery(&self, too_late: bool) -> BTreeMap<String, SubscribeRequest> {
        let wishes = self.by_server.iter().map(|(channel, place)| {
            let offset = place.offset + u64::from(too_late);
            let place = Place { offset, epoch: place.epoch.clone() };
            (channel.clone(), wish(String::new(), Some(&place)))
        });
        wishes.collect()
    }

    /// A subscribe of the client's own.
    pub(super) fn subscribe(&self, channel: &str) -> SubscribeRequest {
        wish(channel.to_owned(), self.by_client.get(channel).and_then(Option::as_ref))
    }
}

fn wish(channel: String, place: Option<&Place>) -> SubscribeRequest {
    SubscribeRequest {
        channel,
        recover: place.is_some(),
        offset: place.map_or(0, |place| place.offset),
        epoch: place.map(|place| place.epoch.clone()).unwrap_or_default(),
        ..SubscribeRequest::default()
    }
}
