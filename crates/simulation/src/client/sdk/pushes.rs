//! What the server says unasked.

use chinwag_protocol::{Publication, Push};
use chinwag_testkit::history::{Event, Position};
use serde::Deserialize;

use super::{Sdk, State};
use crate::client::channels::Place;
use crate::record::change_id;

/// Subscriptions that the server ends with a code from here on are tried again.
const RESUBSCRIBES: u32 = 2500;

/// A room's publication, as far as an application looks at it.
#[derive(Deserialize)]
struct Moved<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(default)]
    room: Option<&'a str>,
}

impl Sdk {
    pub(super) fn begins_anew(&self, channel: &str) {
        let client = self.device.profile.name.clone();
        self.record.event(Event::Told { client, room: channel.to_owned() });
    }

    pub(super) fn push(&mut self, push: Push) {
        let channel = push.channel;
        if let Some(publication) = push.publication {
            if publication.offset > 0 {
                self.show(&channel, &publication);
            }
        } else if let Some(unsubscribe) = push.unsubscribe {
            self.note(format_args!("is unsubscribed from {channel}: {}", unsubscribe.code));
            if !self.channels.by_client.contains_key(&channel) {
                self.channels.by_server.remove(&channel);
            } else if unsubscribe.code >= RESUBSCRIBES {
                self.subscribe(channel);
            } else {
                self.channels.by_client.remove(&channel);
            }
        } else if let Some(subscribe) = push.subscribe {
            self.note(format_args!("is subscribed to {channel} at {}", subscribe.offset));
            let place = Place { offset: subscribe.offset, epoch: subscribe.epoch };
            self.channels.by_server.insert(channel.clone(), place);
            self.begins_anew(&channel);
        } else if let Some(disconnect) = push.disconnect {
            self.state = State::Over(format!("told to go: {}", disconnect.code));
        }
    }

    /// Shows a numbered change.
    pub(super) fn show(&mut self, channel: &str, publication: &Publication) {
        let Some(place) = self.channels.place_mut(channel) else {
            let name = &self.device.profile.name;
            return self
                .record
                .complain(format!("{name} was sent a change of {channel}, which it does not follow"));
        };
        place.offset = publication.offset;
        let position = Position { epoch: place.epoch.clone(), offset: publication.offset };
        let id = change_id(channel, publication.offset, &publication.data);
        self.record.content(channel, publication.offset, &publication.data);
        let client = self.device.profile.name.clone();
        self.record.event(Event::Received { client, room: channel.to_owned(), position, id });
        if channel.starts_with("user:") && self.device.profile.subscribes.is_some() {
            self.follow_moves(&publication.data);
        }
    }

    /// Whoever subscribes by themselves does so when they come into a room.
    fn follow_moves(&mut self, data: &[u8]) {
        let Ok(Moved { kind: "room.joined", room: Some(room) }) = serde_json::from_slice(data) else {
            return;
        };
        let channel = format!("room:{room}");
        if !self.channels.by_client.contains_key(&channel) {
            self.channels.by_client.insert(channel.clone(), None);
            self.subscribe(channel);
        }
    }
}
