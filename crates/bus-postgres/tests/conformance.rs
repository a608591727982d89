//! PostgreSQL is a bus.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "all of it is a test")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chinwag_bus_postgres::PostgresWire;
use chinwag_bus_remote::{RemoteBus, Settings};
use chinwag_chat::{Channel, Entropy};
use chinwag_testkit::bus_conformance::{BusServer, Ends};
use chinwag_testkit::postgres::Postgres;

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
    postgres: Postgres,
    entropy: Arc<Counting>,
}

impl Server {
    async fn connect_to(&self, url: &str, address: SocketAddr) -> Result<Ends, String> {
        let url = url.replace(&self.address().to_string(), &address.to_string());
        let settings = Settings {
            beat_interval: Duration::from_millis(250),
            deadline: Duration::from_secs(2),
            last_retry: Duration::from_millis(500),
            ..Settings::default()
        };
        let wire = PostgresWire::new(&url).map_err(|error| error.to_string())?;
        let made = RemoteBus::connect(wire, settings, self.entropy.clone()).await;
        let (bus, hints) = made.map_err(|error| error.to_string())?;
        Ok(Ends::new(bus, |sink| hints.deliver(sink)))
    }
}

#[async_trait(?Send)]
impl BusServer for Server {
    const IS_SELECTIVE: bool = false;
    const HAS_PASSWORD: bool = true;

    async fn start() -> Self {
        Self { postgres: Postgres::start().await.unwrap(), entropy: Arc::default() }
    }

    fn address(&self) -> SocketAddr {
        let url = self.postgres.url();
        let (_, after_user) = url.rsplit_once('@').unwrap();
        after_user.split('/').next().unwrap().parse().unwrap()
    }

    async fn connect(&self, address: SocketAddr) -> Result<Ends, String> {
        self.connect_to(&self.postgres.url(), address).await
    }

    async fn connect_with_wrong_password(&self, address: SocketAddr) -> Result<Ends, String> {
        self.connect_to(&self.postgres.url_with_password("wrong-password"), address).await
    }

    async fn say_as_a_stranger(&self, _: &Channel, payload: &[u8]) {
        let payload = std::str::from_utf8(payload).unwrap().replace('\'', "''");
        let channel = "(SELECT 'chinwag_' || oid FROM pg_namespace WHERE nspname = 'public')";
        self.postgres.query(&format!("SELECT pg_notify({channel}, '{payload}')")).unwrap();
    }

    async fn crash(&mut self) {
        self.postgres.crash();
    }

    async fn resume(&mut self) {
        self.postgres.resume().await.unwrap();
    }
}

chinwag_testkit::bus_conformance!(Server);
chinwag_testkit::bus_fault_conformance!(Server);
