//! NATS is a bus.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "all of it is a test")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chinwag_bus_nats::NatsWire;
use chinwag_bus_remote::{RemoteBus, Settings};
use chinwag_chat::{Channel, Entropy};
use chinwag_testkit::bus_conformance::{BusServer, Ends};
use chinwag_testkit::nats::{Access, Nats, PASSWORD};

/// Different at each call, which is all that nodes' tags and intervals need.
#[derive(Default)]
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}

/// A server and its nodes.
struct Server {
    nats: Nats,
    entropy: Arc<Counting>,
}

impl Server {
    async fn with(access: Access) -> Self {
        Self { nats: Nats::start(access).await.unwrap(), entropy: Arc::default() }
    }

    async fn connect_to(&self, url: &str) -> Result<Ends, String> {
        let url = match self.nats.certificate() {
            Some(certificate) => format!("{url}?ca={}", certificate.authority.display()),
            None => url.to_owned(),
        };
        let settings = Settings {
            beat_interval: Duration::from_millis(250),
            deadline: Duration::from_secs(2),
            linger: Duration::from_millis(500),
            last_retry: Duration::from_millis(500),
            ..Settings::default()
        };
        let wire = NatsWire::new(&url).map_err(|error| error.to_string())?;
        let made = RemoteBus::connect(wire, settings, self.entropy.clone()).await;
        let (bus, hints) = made.map_err(|error| error.to_string())?;
        Ok(Ends::new(bus, |sink| hints.deliver(sink)))
    }

    async fn shout(&self, channel: &Channel, payload: &[u8]) {
        let client =
            async_nats::ConnectOptions::with_user_and_password("chinwag".to_owned(), PASSWORD.to_owned());
        let client = client.connect(self.nats.address().to_string()).await.unwrap();
        let subject = chinwag_bus_nats::subject_of(channel);
        client.publish(subject, payload.to_vec().into()).await.unwrap();
        client.flush().await.unwrap();
    }
}

/// With a user and a password, as in earnest.
mod with_a_password {
    use super::*;

    struct WithPassword(Server);

    #[async_trait(?Send)]
    impl BusServer for WithPassword {
        const IS_SELECTIVE: bool = true;
        const HAS_PASSWORD: bool = true;

        async fn start() -> Self {
            Self(Server::with(Access::Password).await)
        }

        fn address(&self) -> SocketAddr {
            self.0.nats.address()
        }

        async fn connect(&self, address: SocketAddr) -> Result<Ends, String> {
            self.0.connect_to(&self.0.nats.url_at(address)).await
        }

        async fn connect_with_wrong_password(&self, address: SocketAddr) -> Result<Ends, String> {
            self.0.connect_to(&self.0.nats.url_at(address).replace(PASSWORD, "wrong-password")).await
        }

        async fn say_as_a_stranger(&self, channel: &Channel, payload: &[u8]) {
            self.0.shout(channel, payload).await;
        }

        async fn crash(&mut self) {
            self.0.nats.crash();
        }

        async fn resume(&mut self) {
            self.0.nats.resume().await.unwrap();
        }
    }

    chinwag_testkit::bus_conformance!(WithPassword);
    chinwag_testkit::bus_fault_conformance!(WithPassword);
}
