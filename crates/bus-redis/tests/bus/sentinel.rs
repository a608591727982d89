//! A primary that sentinels choose is a bus.

use std::net::SocketAddr;

use crate::support::{self, connect, login, name_of, run, with_wrong_password};
use async_trait::async_trait;
use chinwag_chat::Channel;
use chinwag_testkit::bus_conformance::{BusServer, Ends};
use chinwag_testkit::redis::RedisSentinel;
use tokio::time::Instant;

struct Sentinel(RedisSentinel);

#[async_trait(?Send)]
impl BusServer for Sentinel {
    const IS_SELECTIVE: bool = true;
    const HAS_PASSWORD: bool = true;

    async fn start() -> Self {
        Self(RedisSentinel::start().await.unwrap())
    }

    fn address(&self) -> SocketAddr {
        self.0.primary().unwrap()
    }

    /// By the sentinels, who tell where the primary is.
    async fn connect(&self, _: SocketAddr) -> Result<Ends, String> {
        connect(&self.0.url()).await
    }

    async fn connect_with_wrong_password(&self, _: SocketAddr) -> Result<Ends, String> {
        connect(&with_wrong_password(&self.0.url())).await
    }

    async fn say_as_a_stranger(&self, channel: &Channel, payload: &[u8]) {
        let info =
            redis::IntoConnectionInfo::into_connection_info(format!("redis://{}", self.address())).unwrap();
        let client = redis::Client::open(info.set_redis_settings(login())).unwrap();
        run(client, redis::cmd("PUBLISH").arg(name_of(channel)).arg(payload)).await;
    }

    async fn crash(&mut self) {
        self.0.crash_primary().unwrap();
    }

    async fn resume(&mut self) {
        self.0.resume().await.unwrap();
    }
}

chinwag_testkit::bus_conformance!(Sentinel);

/// Nobody starts the primary again: another server takes its place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_follow_to_the_new_primary() {
    let mut server = Sentinel::start().await;
    let (a, b) = support::pair(&server, 3).await;
    let fault = Instant::now();
    let old = server.0.crash_primary().unwrap();
    support::until_live_again(&a, &b, 3, fault, "primary killed, by sentinel").await;
    assert_ne!(server.address(), old);
}

/// It is still there, and would take what is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_leave_a_frozen_primary() {
    let server = Sentinel::start().await;
    let (a, b) = support::pair(&server, 1).await;
    let fault = Instant::now();
    let old = server.0.freeze_primary().unwrap();
    support::until_live_again(&a, &b, 1, fault, "primary frozen, by sentinel").await;
    assert_ne!(server.address(), old);
}

/// As before the machine of the primary is maintained.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_follow_to_a_primary_that_takes_over_as_planned() {
    let server = Sentinel::start().await;
    let (a, b) = support::pair(&server, 1).await;
    let (fault, old) = (Instant::now(), server.address());
    server.0.hand_over().unwrap();
    support::until_live_again(&a, &b, 1, fault, "planned failover, by sentinel").await;
    assert_ne!(server.address(), old);
}

#[tokio::test]
async fn what_is_wrong_is_said_in_a_sentence() {
    let server = Sentinel::start().await;
    let unknown = connect(&server.0.url().replace("/chinwag", "/nobody")).await;
    let sentence = unknown.err().expect("there is no such primary");
    assert!(sentence.contains("know no such primary") && sentence.contains("--bus"), "{sentence}");
    let sentence = server.connect_with_wrong_password(server.address()).await.err().expect("it is wrong");
    assert!(sentence.contains("refuses the user"), "{sentence}");
    assert!(!sentence.contains("wrong-password"), "{sentence}");
}
