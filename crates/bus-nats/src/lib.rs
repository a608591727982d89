//! The bus over NATS: core publish and subscribe, no JetStream, for a bus carries hints and the store has the truth.
//!
//! The NATS client keeps a buffer for every subscription, too much for one per channel on a node that follows a hundred
//! thousand. So channels share subjects: a fixed number of partitions, of which a node subscribes to those
//! that hold a channel which it follows. It gets a few hints that it does not need and drops them; its memory, the
//! server's, and the time after an outage until all is subscribed again stay bounded.
#![forbid(unsafe_code)]

mod connect;
mod events;
mod link;
mod subject;
mod url;

use async_trait::async_trait;
use chinwag_bus_remote::{Link, Topic, Wire, WireDescription, WireError};
use chinwag_chat::Channel;

use crate::subject::Subjects;
use crate::url::NatsUrl;

/// The most bytes of one message. A server's own limit is 1 MiB unless it was lowered.
const MAX_MESSAGE_BYTES: usize = 128 * 1024;

/// A way to the other nodes through NATS.
pub struct NatsWire {
    url: NatsUrl,
    description: WireDescription,
}

impl NatsWire {
    /// `nats://[user:password@|token@]host[:port][,host[:port]…][/namespace]`, or `tls://…`, where `?ca=FILE` names the
    /// certificates to trust instead of the system's. Clusters that share a server have namespaces of their own.
    ///
    /// # Errors
    /// The end of a sentence that begins with the setting's name; it repeats nothing of the URL.
    pub fn new(url: &str) -> Result<Self, WireError> {
        let url = NatsUrl::parse(url).map_err(|reason| WireError::BadUrl { reason })?;
        let description = WireDescription {
            server: "NATS server",
            place: url.place(),
            max_message_bytes: MAX_MESSAGE_BYTES,
        };
        Ok(Self { url, description })
    }
}

/// The subject that hints of a channel are published on, where there is no namespace.
#[must_use]
pub fn subject_of(channel: &Channel) -> String {
    Subjects::new(None).of(&Topic::Channel(channel.clone()))
}

#[async_trait]
impl Wire for NatsWire {
    fn description(&self) -> &WireDescription {
        &self.description
    }

    async fn connect(&self) -> Result<Link, WireError> {
        connect::connect(&self.url, &self.description).await
    }
}
