//! A link through a Redis Cluster, by sharded pub/sub: each channel belongs to a slot, each slot to a server, and what is
//! published goes through that server and its replicas only.
//!
//! The library routes commands through a cluster, but does not bring subscriptions back when their server is gone. So each
//! server is spoken to by itself here, and all are one link: when one of them breaks or falls silent, the link is broken,
//! and the next one begins with the cluster as it is then. A slot that moves while its server lives breaks nothing: the
//! server says so to whoever publishes or subscribes, and takes back the subscriptions to its channels.

mod member;
mod members;
mod slots;
mod subscriptions;

use std::sync::Arc;

use async_trait::async_trait;
use chinwag_bus_remote::{Link, Message, Publisher, Subscriber, Topic, WireDescription, WireError};
use redis::RedisError;

use crate::address::{Address, Host};
use crate::failure;
use crate::inbox::inbox;
use crate::names::Names;
use members::{Members, Part};

/// Connects to all servers of the cluster that have slots.
pub(crate) async fn link(
    seeds: &[Host],
    address: &Address,
    description: &WireDescription,
) -> Result<Link, WireError> {
    let (inbox, events) = inbox();
    let members =
        Members::gather(seeds, address, inbox).await.map_err(|error| explain(&error, description))?;
    let half = Half { members: Arc::new(members), names: address.names.clone() };
    let (publisher, subscriber) = (Box::new(half.clone()), Box::new(half));
    Ok(Link { publisher, subscriber: Some(subscriber), events })
}

fn explain(error: &RedisError, description: &WireDescription) -> WireError {
    if error.detail().is_some_and(|detail| detail.contains("cluster support disabled")) {
        let reason = "this is one Redis server and no Redis Cluster: begin the URL with redis:// instead";
        return WireError::Unsuitable { place: description.place.clone(), reason: reason.to_owned() };
    }
    failure::explain(error, description)
}

#[derive(Clone)]
struct Half {
    members: Arc<Members>,
    names: Names,
}

#[async_trait]
impl Publisher for Half {
    async fn publish(&mut self, messages: &[Message]) -> Result<(), WireError> {
        let channels: Vec<_> = messages.iter().map(|message| self.names.of(&message.topic)).collect();
        let with = |(channel, message): (&String, &Message)| {
            redis::cmd("SPUBLISH").arg(channel).arg(message.payload.as_ref()).take()
        };
        let commands: Vec<_> = channels.iter().zip(messages).map(with).collect();
        self.members.route(&channels, Part::Publishing, |n, _| commands.get(n).cloned()).await
    }
}

#[async_trait]
impl Subscriber for Half {
    async fn subscribe(&mut self, topics: &[Topic]) -> Result<(), WireError> {
        let channels = self.names.of_all(topics);
        let subscriptions = &self.members.subscriptions;
        let command = |n: usize, owner: &Host| {
            let (channel, topic) = (channels.get(n)?, topics.get(n)?);
            // Before it is asked for, so that the confirmation finds it.
            subscriptions.want(channel, topic, owner);
            // One by one: a cluster takes several in one command only where they have the same slot.
            Some(redis::cmd("SSUBSCRIBE").arg(channel).take())
        };
        self.members.route(&channels, Part::Subscribing, command).await?;
        subscriptions.until_confirmed(&channels).await
    }

    async fn unsubscribe(&mut self, topics: &[Topic]) -> Result<(), WireError> {
        self.members.unsubscribe(&self.names.of_all(topics)).await
    }
}
