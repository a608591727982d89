//! The supervisor over a wire that is in the test's hand: what no real server can be made to do on command.
#![allow(clippy::unwrap_used, reason = "all of it is a test")]

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_bus_remote::{
    Event, Link, Message, Publisher, RemoteBus, Settings, Subscriber, Topic, Wire, WireDescription, WireError,
};
use chinwag_chat::{Bus, Channel, Entropy, Hint, HintSink, SessionId};
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A server that gives everything back to the one node that it has, and does what the test wants besides.
#[derive(Default)]
struct Server {
    state: Mutex<State>,
    moved: Notify,
}

#[derive(Default)]
struct State {
    /// What comes of the next attempts to connect; once there is nothing left, they succeed.
    refusals: VecDeque<WireError>,
    attempts: Vec<Instant>,
    events: Option<mpsc::Sender<Result<Event, WireError>>>,
    subscribed: Vec<Topic>,
    is_deaf: bool,
}

struct TestWire(Arc<Server>, WireDescription);
struct Half(Arc<Server>);

impl Server {
    fn send(&self, event: Result<Event, WireError>) {
        let _ = self.state.lock().events.as_ref().unwrap().try_send(event);
    }

    async fn until(&self, holds: impl Fn(&State) -> bool) {
        loop {
            let moved = self.moved.notified();
            if holds(&self.state.lock()) {
                return;
            }
            moved.await;
        }
    }
}

#[async_trait]
impl Wire for TestWire {
    fn description(&self) -> &WireDescription {
        &self.1
    }

    async fn connect(&self) -> Result<Link, WireError> {
        let mut state = self.0.state.lock();
        state.attempts.push(Instant::now());
        self.0.moved.notify_waiters();
        if let Some(refusal) = state.refusals.pop_front() {
            return Err(refusal);
        }
        let (sender, events) = mpsc::channel(1_000);
        state.events = Some(sender);
        state.subscribed.clear();
        let events = futures_util::stream::unfold(events, |mut events| async {
            events.recv().await.map(|event| (event, events))
        });
        Ok(Link {
            publisher: Box::new(Half(self.0.clone())),
            subscriber: Some(Box::new(Half(self.0.clone()))),
            events: events.boxed(),
        })
    }
}

#[async_trait]
impl Publisher for Half {
    async fn publish(&mut self, messages: &[Message]) -> Result<(), WireError> {
        for message in messages {
            if !self.0.state.lock().is_deaf {
                self.0.send(Ok(Event::Message(message.payload.clone())));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Subscriber for Half {
    async fn subscribe(&mut self, topics: &[Topic]) -> Result<(), WireError> {
        self.0.state.lock().subscribed.extend_from_slice(topics);
        self.0.moved.notify_waiters();
        Ok(())
    }

    async fn unsubscribe(&mut self, topics: &[Topic]) -> Result<(), WireError> {
        self.0.state.lock().subscribed.retain(|topic| !topics.contains(topic));
        self.0.moved.notify_waiters();
        Ok(())
    }
}

#[derive(Default)]
struct Sink {
    hints: Mutex<Vec<Hint>>,
    gaps: Mutex<Vec<Channel>>,
    losses: Mutex<Vec<Instant>>,
    moved: Notify,
}

impl HintSink for Sink {
    fn on_hint(&self, hint: Hint) -> usize {
        self.hints.lock().push(hint);
        self.moved.notify_waiters();
        1
    }

    fn on_gap(&self, channel: &Channel) {
        self.gaps.lock().push(channel.clone());
        self.moved.notify_waiters();
    }

    fn on_loss(&self) {
        self.losses.lock().push(Instant::now());
        self.moved.notify_waiters();
    }
}

impl Sink {
    async fn until(&self, holds: impl Fn(&Self) -> bool) {
        loop {
            let moved = self.moved.notified();
            if holds(self) {
                return;
            }
            moved.await;
        }
    }
}

struct Halfway;

impl Entropy for Halfway {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0x7f);
    }
}

struct Node {
    server: Arc<Server>,
    bus: RemoteBus,
    sink: Arc<Sink>,
    delivering: JoinHandle<()>,
}

async fn node() -> Node {
    let server = Arc::new(Server::default());
    let description =
        WireDescription { server: "test", place: "test://here".to_owned(), max_message_bytes: 10_000 };
    let wire = TestWire(server.clone(), description);
    let (bus, hints) = RemoteBus::connect(wire, Settings::default(), Arc::new(Halfway)).await.unwrap();
    let sink = Arc::new(Sink::default());
    let delivering = tokio::spawn(hints.deliver(sink.clone()));
    Node { server, bus, sink, delivering }
}

fn channel() -> Channel {
    "user:ada".parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_the_wire_has_dropped_is_a_loss_and_the_link_goes_on() {
    let node = node().await;
    node.server.send(Ok(Event::Lost));
    node.sink.until(|sink| sink.losses.lock().len() == 1).await;
    assert_eq!(node.server.state.lock().attempts.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_the_server_has_ended_is_made_again_and_is_a_gap() {
    let node = node().await;
    node.bus.follow(&channel());
    node.sink.until(|sink| sink.gaps.lock().len() == 1).await;
    node.server.state.lock().subscribed.retain(|topic| *topic != Topic::Channel(channel()));
    node.server.send(Ok(Event::Unsubscribed(vec![Topic::Channel(channel())])));
    node.sink.until(|sink| sink.gaps.lock().len() == 2).await;
    assert!(node.server.state.lock().subscribed.contains(&Topic::Channel(channel())));
    assert_eq!(node.server.state.lock().attempts.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_link_that_has_lost_what_every_node_hears_is_given_up() {
    let node = node().await;
    node.server.until(|state| state.subscribed.contains(&Topic::Cluster)).await;
    node.server.send(Ok(Event::Unsubscribed(vec![Topic::Cluster])));
    node.server.until(|state| state.attempts.len() == 2).await;
    node.sink.until(|sink| !sink.losses.lock().is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn it_is_tried_again_for_ever_at_growing_intervals_with_an_end() {
    let node = node().await;
    node.bus.follow(&channel());
    node.sink.until(|sink| sink.gaps.lock().len() == 1).await;
    node.server.state.lock().refusals = (0..100).map(|n| WireError::Broken(n.to_string())).collect();
    node.server.send(Err(WireError::Broken("now".to_owned())));
    node.sink.until(|sink| !sink.losses.lock().is_empty()).await;
    let attempts = node.server.state.lock().attempts.clone();
    assert_eq!(attempts.len(), 102);
    let pauses: Vec<_> = attempts.windows(2).map(|pair| pair[1] - pair[0]).skip(1).collect();
    assert!(pauses[0] < Duration::from_millis(200), "{:?}", pauses[0]);
    assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1] + Duration::from_millis(2)));
    assert!(pauses.iter().all(|pause| *pause <= Duration::from_secs(2)));
    // One word about everything; what was followed before is not named again.
    assert_eq!((node.sink.gaps.lock().len(), node.sink.losses.lock().len()), (1, 1));
    assert!(node.server.state.lock().subscribed.contains(&Topic::Channel(channel())));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_everything_and_brings_nothing_is_given_up_in_time() {
    let node = node().await;
    let began = Instant::now();
    node.server.state.lock().is_deaf = true;
    node.server.until(|state| state.attempts.len() == 2).await;
    let deadline = Settings::default().deadline;
    assert!(began.elapsed() >= deadline && began.elapsed() < deadline + Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_quiet_link_that_works_is_kept() {
    let node = node().await;
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    assert_eq!(node.server.state.lock().attempts.len(), 1);
    assert!(node.sink.losses.lock().is_empty());
}

#[tokio::test(start_paused = true)]
async fn ones_own_hints_come_once_and_everything_ends_with_the_publishing_end() {
    let Node { server, bus, sink, delivering } = node().await;
    bus.publish(Hint::SessionRevoked(SessionId::from_parts(0, 1)));
    // A beat that was sent after it has come back.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(sink.hints.lock().len(), 1);
    drop(bus);
    delivering.await.unwrap();
    assert!(server.state.lock().events.as_ref().unwrap().is_closed());
}
