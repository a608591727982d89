//! A Redis Cluster is a bus.

use std::net::SocketAddr;

use crate::support::{self, connect, login, moved, name_of, revs, room, run, with_wrong_password};
use async_trait::async_trait;
use chinwag_chat::Channel;
use chinwag_testkit::bus_conformance::{BusServer, Ends, Told};
use chinwag_testkit::redis::RedisCluster;
use tokio::time::Instant;

/// Enough that each server has some.
const ROOMS: u128 = 12;

struct Cluster(RedisCluster);

#[async_trait(?Send)]
impl BusServer for Cluster {
    const IS_SELECTIVE: bool = true;
    const HAS_PASSWORD: bool = true;

    async fn start() -> Self {
        Self(RedisCluster::start().await.unwrap())
    }

    fn address(&self) -> SocketAddr {
        self.0.owner_of("any").unwrap()
    }

    /// By all of them, whatever the address.
    async fn connect(&self, _: SocketAddr) -> Result<Ends, String> {
        connect(&self.0.url()).await
    }

    async fn connect_with_wrong_password(&self, _: SocketAddr) -> Result<Ends, String> {
        connect(&with_wrong_password(&self.0.url())).await
    }

    async fn say_as_a_stranger(&self, channel: &Channel, payload: &[u8]) {
        let name = name_of(channel);
        let url = format!("redis://{}", self.0.owner_of(&name).unwrap());
        let info = redis::IntoConnectionInfo::into_connection_info(url).unwrap();
        let client = redis::Client::open(info.set_redis_settings(login())).unwrap();
        run(client, redis::cmd("SPUBLISH").arg(name).arg(payload)).await;
    }

    async fn crash(&mut self) {
        self.0.crash_owner_of("any").unwrap();
    }

    async fn resume(&mut self) {
        self.0.resume().await.unwrap();
    }
}

chinwag_testkit::bus_conformance!(Cluster);

/// Nobody starts it again: its replica takes its place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_follow_the_slots_of_a_server_that_was_killed() {
    let mut server = Cluster::start().await;
    let (a, b) = support::pair(&server, ROOMS).await;
    let fault = Instant::now();
    let name = name_of(&room(0));
    let old = server.0.crash_owner_of(&name).unwrap();
    support::until_live_again(&a, &b, ROOMS, fault, "slot owner killed, in a cluster").await;
    assert_ne!(server.0.owner_of(&name).unwrap(), old);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_leave_a_frozen_slot_owner() {
    let server = Cluster::start().await;
    let (a, b) = support::pair(&server, ROOMS).await;
    let fault = Instant::now();
    server.0.freeze_owner_of(&name_of(&room(0))).unwrap();
    support::until_live_again(&a, &b, ROOMS, fault, "slot owner frozen, in a cluster").await;
}

/// All live on, so nobody breaks a connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_takes_over_as_planned_costs_nothing() {
    let server = Cluster::start().await;
    let (a, b) = support::pair(&server, ROOMS).await;
    server.0.hand_over(&name_of(&room(0))).await.unwrap();
    for n in 0..ROOMS {
        a.publish(moved(n, 1));
    }
    b.until(|told| (0..ROOMS).all(|n| revs(told, n) == [1])).await;
}

/// As when servers are added: the old one takes the subscriptions back and sends who publishes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_that_moves_takes_its_followers_along() {
    let server = Cluster::start().await;
    let (a, b) = support::pair(&server, ROOMS).await;
    server.0.move_slot_of(&name_of(&room(0))).await.unwrap();
    // Only of this room, something may be missing.
    b.until(|told| told.iter().any(|told| matches!(told, Told::Gap(channel) if *channel == room(0)))).await;
    for n in 0..ROOMS {
        a.publish(moved(n, 1));
    }
    b.until(|told| (0..ROOMS).all(|n| revs(told, n) == [1])).await;
    assert!(!b.told().iter().any(|told| matches!(told, Told::Loss)), "the link was broken");
    b.unfollow(&room(0));
    b.follow::<Cluster>(&room(ROOMS)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_with_tls_carries_hints() {
    let server = Cluster(RedisCluster::start_with_tls().await.unwrap());
    let (a, b) = support::pair(&server, ROOMS).await;
    for n in 0..ROOMS {
        a.publish(moved(n, 1));
    }
    b.until(|told| (0..ROOMS).all(|n| revs(told, n) == [1])).await;
}

#[tokio::test]
async fn a_wrong_password_is_said_in_a_sentence() {
    let server = Cluster::start().await;
    let sentence = server.connect_with_wrong_password(server.address()).await.err().expect("it is wrong");
    assert!(sentence.contains("refuses the user") && sentence.contains("--bus"), "{sentence}");
    assert!(!sentence.contains("wrong-password"), "{sentence}");
}
