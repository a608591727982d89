//! What the server answers.

use std::time::Duration;

use chinwag_protocol::{Command, ConnectResult, Error, Reply, SubscribeResult, encode_command};
use chinwag_testkit::history::{Event, Position};
use serde::Deserialize;
use tokio::time::Instant;

use super::{Asked, Sdk, State};
use crate::client::channels::Place;

/// How long a client waits before it asks again what failed for the moment.
const RETRY: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
struct Sent {
    rev: u64,
}

impl Sdk {
    pub(super) fn reply(&mut self, reply: Reply) {
        if let Some(push) = reply.push {
            return self.push(push);
        }
        if reply.id == 0 {
            self.note(format_args!("answers a ping"));
            self.out.push(encode_command(self.encoding(), &Command::default()));
            return;
        }
        let Some((asked, _)) = self.asked.remove(&reply.id) else { return };
        match (asked, reply.error) {
            (asked, Some(error)) => self.failed(asked, &error),
            (Asked::Connect, None) => self.connected(&reply.connect.unwrap_or_default()),
            (Asked::Subscribe(channel), None) => {
                self.subscribed(&channel, &reply.subscribe.unwrap_or_default());
            }
            (Asked::Send(id), None) => {
                let sent = reply.rpc.and_then(|result| serde_json::from_slice::<Sent>(&result.data).ok());
                match sent {
                    Some(Sent { rev }) => {
                        let position = Position { epoch: self.epoch.clone(), offset: rev };
                        self.device.outbox.lock().settle(&id);
                        self.record.event(Event::Acknowledged { id, position });
                    }
                    None => self.record.complain(format!("{id} was answered with nothing")),
                }
            }
            (Asked::Peek, None) => {
                self.record.complain(format!("{} was let into a foreign room", self.device.profile.name));
            }
            (Asked::Other, None) => {}
        }
    }

    fn failed(&mut self, asked: Asked, error: &Error) {
        let now = Instant::now();
        match asked {
            Asked::Connect if error.temporary => self.state = State::Over(error.message.clone()),
            Asked::Connect => {
                let name = &self.device.profile.name;
                self.record.complain(format!("{name} may not connect: {}", error.message));
                self.state = State::Over(error.message.clone());
            }
            Asked::Subscribe(channel) if error.temporary => {
                self.again.insert(channel, now + RETRY);
            }
            Asked::Subscribe(channel) => {
                self.note(format_args!("may not follow {channel}: {}", error.message));
                self.channels.by_client.remove(&channel);
            }
            Asked::Send(id) if error.temporary => self.no_answer(id, now + RETRY),
            Asked::Send(id) => {
                self.device.outbox.lock().settle(&id);
                self.note(format_args!("is refused: {}", error.message));
                self.record.event(Event::Refused { id });
            }
            Asked::Peek | Asked::Other => {}
        }
    }

    fn connected(&mut self, result: &ConnectResult) {
        self.state = State::Connected;
        self.note(format_args!("is connected to {}", result.node));
        self.ping = (result.ping > 0).then(|| Duration::from_secs(result.ping.into()));
        self.heard();
        self.channels.by_server.retain(|channel, _| result.subs.contains_key(channel));
        for (channel, subscribed) in &result.subs {
            self.epoch.clone_from(&subscribed.epoch);
            let known = self.channels.by_server.remove(channel);
            let offset = if subscribed.recovered {
                known.as_ref().map_or(subscribed.offset, |place| place.offset)
            } else {
                subscribed.offset
            };
            self.channels
                .by_server
                .insert(channel.clone(), Place { offset, epoch: subscribed.epoch.clone() });
            self.resumed(channel, subscribed);
        }
    }

    fn subscribed(&mut self, channel: &str, result: &SubscribeResult) {
        self.epoch.clone_from(&result.epoch);
        let Some(place) = self.channels.by_client.get_mut(channel) else { return };
        let offset = match place {
            Some(place) if result.recovered => place.offset,
            _ => result.offset,
        };
        *place = Some(Place { offset, epoch: result.epoch.clone() });
        self.resumed(channel, result);
    }

    /// Shows what was missed, or notes that the room must be loaded anew.
    fn resumed(&mut self, channel: &str, result: &SubscribeResult) {
        if result.recovered {
            for publication in &result.publications {
                self.show(channel, publication);
            }
            return;
        }
        if result.was_recovering {
            // The store keeps everything, so there is no position that it could have lost.
            self.record.complain(format!("{} could not resume {channel}", self.device.profile.name));
        }
        self.begins_anew(channel);
    }
}
