//! One Redis server is a bus.

use std::net::SocketAddr;
use std::time::Duration;

use crate::support::{self, connect, name_of, with_wrong_password};
use async_trait::async_trait;
use chinwag_chat::{Bus as _, Channel};
use chinwag_testkit::bus_conformance::{BusServer, Ends};
use chinwag_testkit::redis::Redis;
use tokio::time::Instant;

/// Makes a kind of server and its suites.
macro_rules! server {
    ($name:ident, $start:ident, $has_password:literal) => {
        struct $name(Redis);

        #[async_trait(?Send)]
        impl BusServer for $name {
            const IS_SELECTIVE: bool = true;
            const HAS_PASSWORD: bool = $has_password;

            async fn start() -> Self {
                Self(Redis::$start().await.unwrap())
            }

            fn address(&self) -> SocketAddr {
                self.0.address()
            }

            async fn connect(&self, address: SocketAddr) -> Result<Ends, String> {
                connect(&self.0.url_at(address)).await
            }

            async fn connect_with_wrong_password(&self, address: SocketAddr) -> Result<Ends, String> {
                connect(&with_wrong_password(&self.0.url_at(address))).await
            }

            async fn say_as_a_stranger(&self, channel: &Channel, payload: &[u8]) {
                self.0.command_with_input(&["-x", "publish", &name_of(channel)], payload).unwrap();
            }

            async fn crash(&mut self) {
                self.0.crash();
            }

            async fn resume(&mut self) {
                self.0.resume().await.unwrap();
            }
        }

        chinwag_testkit::bus_conformance!($name);
        chinwag_testkit::bus_fault_conformance!($name);
    };
}

mod that_lets_everybody_in {
    use super::*;
    server!(Open, start, false);
}

mod with_a_password {
    use super::*;
    server!(WithPassword, start_with_password, true);

    /// What is stored there is not the bus's, and neither is its end.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_server_that_is_emptied_goes_on() {
        let server = WithPassword::start().await;
        let (a, b) = support::pair(&server, 1).await;
        server.0.command(&["flushall"]).unwrap();
        a.publish(support::moved(0, 1));
        b.until(|told| support::revs(told, 0) == [1]).await;
    }

    /// Longer than a link may be silent.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_server_that_was_frozen_is_noticed_and_found_again() {
        let server = WithPassword::start().await;
        let (a, b) = support::pair(&server, 1).await;
        let fault = Instant::now();
        server.0.stop_for(Duration::from_secs(5)).await.unwrap();
        support::until_live_again(&a, &b, 1, fault, "one server frozen for 5 s").await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_server_that_is_killed_and_started_is_found_at_once() {
        let mut server = WithPassword::start().await;
        let (a, b) = support::pair(&server, 1).await;
        let fault = Instant::now();
        server.crash().await;
        server.resume().await;
        support::until_live_again(&a, &b, 1, fault, "one server killed and started").await;
    }

    /// Two clusters of nodes share a Redis without hearing each other.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn another_prefix_or_database_is_another_bus() {
        let server = WithPassword::start().await;
        let (a, b) = support::pair(&server, 1).await;
        let url = server.0.url();
        let others = [format!("{url}/1"), format!("{url}?prefix=other")];
        for other in &others {
            let stranger = support::bus(other).await;
            stranger.publish(support::moved(0, 99));
        }
        a.publish(support::moved(0, 1));
        b.until(|told| support::revs(told, 0).contains(&1)).await;
        assert_eq!(support::revs(&b.told(), 0), [1]);
    }
}

mod with_tls {
    use super::*;
    server!(WithTls, start_with_tls, true);

    #[tokio::test]
    async fn a_certificate_of_an_unknown_authority_is_refused() {
        let server = Redis::start_with_tls().await.unwrap();
        let url = server.url();
        let (without_authority, _) = url.split_once('?').unwrap();
        let sentence = connect(without_authority).await.err().expect("nobody knows the authority");
        assert!(sentence.starts_with("--bus names rediss://127.0.0.1"), "{sentence}");
        assert!(sentence.contains("certificate") && sentence.contains("UnknownIssuer"), "{sentence}");
    }
}

/// A wrong kind of URL is said, not tried for ever.
#[tokio::test]
async fn one_server_is_no_cluster_and_no_sentinel() {
    let server = Redis::start().await.unwrap();
    let address = server.address();
    let sentence = connect(&format!("redis+cluster://{address}")).await.err().expect("it is no cluster");
    assert_eq!(
        sentence,
        format!(
            "--bus names redis+cluster://{address}, which cannot be used: this is one Redis server and no Redis \
             Cluster: begin the URL with redis:// instead"
        )
    );
    let sentence =
        connect(&format!("redis+sentinel://{address}/main")).await.err().expect("it is no sentinel");
    assert!(sentence.contains("which cannot be used: these are no sentinels"), "{sentence}");
}
