#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use anyhow::Context as _;
use tokio::time::timeout;

use super::*;
use crate::bench::dialect::{Heard, Identity};
use crate::bench::payload::{PAYLOAD_BYTES, Stamp};
use crate::bench::wire::Wire;

const ROOMS: Rooms = Rooms { count: 2, members: 2 };
const MESSAGES: u32 = 20;
const WITHIN: Duration = Duration::from_secs(20);

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Reads so many messages; tells who sent them, and as which.
async fn read(wire: &mut Wire, count: usize) -> Vec<(u32, u32)> {
    let mut got = Vec::new();
    while got.len() < count {
        let mut keep = |heard: Heard<'_>| {
            if let Heard::Delivery(payload) = heard {
                assert_eq!(payload.len(), PAYLOAD_BYTES);
                let stamp = Stamp::of(payload).context("no stamp")?;
                got.push((stamp.sender, stamp.number));
            }
            Ok(())
        };
        timeout(WITHIN, wire.hear(&mut keep)).await.unwrap().unwrap();
    }
    got
}

async fn say(wire: &mut Wire, room: &str, sender: u32, number: u32) {
    let stamp = Stamp { sent_at_ns: 0, sender, number };
    wire.say(room, &stamp.message(PAYLOAD_BYTES)).await.unwrap();
}

/// Two people in a room, somebody who only writes to it, and somebody in another room, who hears of it nothing.
async fn three_people_talk(stand: &Stand) {
    let mut nothing = |_: Heard<'_>| Ok(());
    let mut ada = stand.join(0, &mut nothing).await.unwrap();
    let mut elsewhere = stand.join(1, &mut nothing).await.unwrap();
    let follows = ["user-2", stand.room(2)];
    let who = Identity { number: 2, follows: &follows, writes: "sink" };
    let mut grace = stand.open(who, &mut nothing).await.unwrap();
    let mut publisher = stand.publisher(4).await.unwrap();
    for number in 1..=MESSAGES {
        say(&mut publisher, stand.room(4), 4, number).await;
    }
    let expected: Vec<(u32, u32)> = (1..=MESSAGES).map(|number| (4, number)).collect();
    assert_eq!(read(&mut ada, expected.len()).await, expected);
    assert_eq!(read(&mut grace, expected.len()).await, expected);
    // Who writes to a room that it follows hears itself.
    say(&mut ada, stand.room(0), 0, 1).await;
    assert_eq!(read(&mut ada, 1).await, [(0, 1)]);
    assert_eq!(read(&mut grace, 1).await, [(0, 1)]);
    say(&mut elsewhere, stand.room(1), 1, 1).await;
    assert_eq!(read(&mut elsewhere, 1).await, [(1, 1)]);
    assert!(stand.rss_bytes().unwrap() > 0);
    stand.cpu_time().unwrap();
}

async fn real(peer: Peer) {
    if let Err(missing) = peer.describe() {
        eprintln!("*** skipped: {}: {missing:#} ***", peer.name());
        return;
    }
    let stand = peer.start(None, directory(), ROOMS).await.unwrap();
    three_people_talk(&stand).await;
}

#[tokio::test]
async fn nchan_delivers_in_order() {
    real(Peer::Nchan).await;
}

#[tokio::test]
async fn nats_delivers_in_order() {
    real(Peer::Nats).await;
}

#[tokio::test]
async fn mosquitto_delivers_in_order() {
    real(Peer::Mosquitto).await;
}

#[tokio::test]
async fn socket_io_delivers_in_order() {
    real(Peer::SocketIo).await;
}

#[tokio::test]
async fn centrifuge_delivers_in_order() {
    real(Peer::Centrifuge).await;
}

#[tokio::test]
async fn two_socket_io_servers_deliver_by_way_of_redis() {
    if let Err(missing) = Peer::SocketIo.describe() {
        eprintln!("*** skipped: {missing:#} ***");
        return;
    }
    let stand = start_two_socket_io(None, directory(), ROOMS).await.unwrap();
    // Everybody in room 0 has an even number, and so would be on the same server: one comes with an odd one.
    let follows = [stand.room(0)];
    let mut nothing = |_: Heard<'_>| Ok(());
    let odd = Identity { number: 3, follows: &follows, writes: "" };
    let (mut ada, mut grace) =
        (stand.join(0, &mut nothing).await.unwrap(), stand.open(odd, &mut nothing).await.unwrap());
    say(&mut ada, stand.room(0), 0, 1).await;
    say(&mut grace, stand.room(0), 3, 1).await;
    for wire in [&mut ada, &mut grace] {
        let mut got = read(wire, 2).await;
        got.sort_unstable();
        assert_eq!(got, [(0, 1), (3, 1)]);
    }
}
