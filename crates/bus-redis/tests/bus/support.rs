//! What the tests of all arrangements of Redis share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use chinwag_bus_redis::RedisWire;
use chinwag_bus_remote::{RemoteBus, Settings};
use chinwag_chat::{Channel, Entropy, Head, Hint, Rev, RoomId, Seq};
use chinwag_testkit::bus_conformance::{BusServer, Ends, Node, Told};
use chinwag_testkit::redis::PASSWORD;
use tokio::time::{Instant, sleep, timeout};

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(30);
/// The servers' password as a URL has it.
const PASSWORD_IN_URL: &str = "not-a-secret%3A%20but%2Fodd%40";

/// Different at each call, which is all that nodes' tags and intervals need.
#[derive(Default)]
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}

static ENTROPY: std::sync::LazyLock<Arc<Counting>> = std::sync::LazyLock::new(Arc::default);

/// A bus at that URL, less patient than a real one.
pub(crate) async fn connect(url: &str) -> Result<Ends, String> {
    let settings = Settings {
        beat_interval: Duration::from_millis(250),
        deadline: Duration::from_secs(2),
        linger: Duration::from_millis(500),
        last_retry: Duration::from_millis(500),
        ..Settings::default()
    };
    let wire = RedisWire::new(url).map_err(|error| error.to_string())?;
    let made = RemoteBus::connect(wire, settings, ENTROPY.clone()).await;
    let (bus, hints) = made.map_err(|error| error.to_string())?;
    Ok(Ends::new(bus, |sink| hints.deliver(sink)))
}

/// The publishing end of a bus at that URL.
pub(crate) async fn bus(url: &str) -> RemoteBus {
    let wire = RedisWire::new(url).unwrap();
    RemoteBus::connect(wire, Settings::default(), ENTROPY.clone()).await.unwrap().0
}

/// The URL with a password that is not the servers'.
pub(crate) fn with_wrong_password(url: &str) -> String {
    assert!(url.contains(PASSWORD_IN_URL), "{url}");
    url.replace(PASSWORD_IN_URL, "wrong-password")
}

/// What a channel is called in Redis, where the URL does not say otherwise.
pub(crate) fn name_of(channel: &Channel) -> String {
    format!("chinwag:0:{channel}")
}

/// A command on a connection of its own.
pub(crate) async fn run(client: redis::Client, command: &redis::Cmd) {
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    command.exec_async(&mut connection).await.unwrap();
}

/// How a client of the library gets in.
pub(crate) fn login() -> redis::RedisConnectionInfo {
    redis::RedisConnectionInfo::default().set_password(PASSWORD)
}

pub(crate) fn room(n: u128) -> Channel {
    Channel::Room(RoomId::from_parts(7, n))
}

/// The news that a room has moved.
pub(crate) fn moved(n: u128, rev: u64) -> Hint {
    Hint::Moved(room(n), Head { seq: Seq(0), rev: Rev(rev) })
}

/// The revs that a node has heard of, of one room.
pub(crate) fn revs(told: &[Told], n: u128) -> Vec<u64> {
    let rev = |told: &Told| match told {
        Told::Hint(Hint::Moved(channel, head)) if *channel == room(n) => Some(head.rev.0),
        _ => None,
    };
    told.iter().filter_map(rev).collect()
}

/// Two nodes at one server, the second following so many rooms.
pub(crate) async fn pair<S: BusServer>(server: &S, rooms: u128) -> (Node, Node) {
    let (a, b) = (Node::join(server).await, Node::join(server).await);
    for n in 0..rooms {
        b.follow::<S>(&room(n)).await;
    }
    b.forget();
    (a, b)
}

/// Waits until the second node was told of a loss and hears the first again in each of its rooms; tells how long that
/// took since the fault.
pub(crate) async fn until_live_again(a: &Node, b: &Node, rooms: u128, fault: Instant, what: &str) {
    b.until_loss().await;
    let told_after = fault.elapsed();
    let heard = async |n: u128| {
        for rev in 1.. {
            a.publish(moved(n, rev));
            if !revs(&b.told(), n).is_empty() {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let all_heard = async {
        for n in 0..rooms {
            heard(n).await;
        }
    };
    timeout(PATIENCE, all_heard).await.expect("the rooms are heard again");
    let live_after = fault.elapsed();
    println!("{what}: told of the loss after {told_after:.1?}, live again after {live_after:.1?}");
}
