//! The pump over real queues: what other back ends put there reaches devices, once, whatever happens in between.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "all of it is a test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use async_nats::jetstream;
use chinwag_chat::store::MessagePage;
use chinwag_chat::{
    Bus, Chat, Clock, Entropy, Hint, IdSource, Limits, NewUser, RoomId, RoomKind, StateEvent, Timestamp,
    User, UserId,
};
use chinwag_ingest::source::{NatsPlace, NatsSource, RedisPlace, RedisSource};
use chinwag_ingest::{Deliverer, Pump, PumpSettings, Source};
use chinwag_store_memory::MemoryStore;
use chinwag_testkit::nats::Nats;
use chinwag_testkit::redis::Redis;
use parking_lot::Mutex;
use redis::AsyncCommands as _;
use serde_json::{Value, json};
use tokio::time::Instant;

/// What a node takes comes again after so long, where the node is gone.
const RETRY_AFTER: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(20);
const MAX_ATTEMPTS: u64 = 3;

/// A clock that is always later, and bytes that are always others.
#[derive(Default)]
struct Fake(AtomicI64, AtomicU64);

impl Clock for Fake {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(1_750_000_000_000 + self.0.fetch_add(1, Ordering::Relaxed))
    }
}

impl Entropy for Fake {
    fn fill(&self, bytes: &mut [u8]) {
        let next = self.1.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
        bytes.iter_mut().zip(next.iter().cycle()).for_each(|(byte, next)| *byte = *next);
    }
}

/// What devices would be told.
#[derive(Default)]
struct Told(Mutex<Vec<Hint>>);

impl Bus for Told {
    fn publish(&self, hint: Hint) {
        self.0.lock().push(hint);
    }
}

impl Told {
    /// The events' ids and names, in their order.
    fn events(&self) -> Vec<(String, String)> {
        let hints = self.0.lock();
        let events = hints.iter().filter_map(|hint| match hint {
            Hint::State(_, event) => match &**event {
                StateEvent::Direct { id: Some(id), event, from: None, .. } => {
                    Some((id.to_string(), event.as_str().to_owned()))
                }
                _ => None,
            },
            _ => None,
        });
        events.collect()
    }
}

/// A chat with somebody in it, and a room that the bot is in too.
struct World {
    chat: Chat,
    told: Arc<Told>,
    ada: UserId,
    room: RoomId,
}

impl World {
    async fn new() -> Self {
        let (fake, told) = (Arc::new(Fake::default()), Arc::new(Told::default()));
        let store = Arc::new(MemoryStore::new(told.clone(), &*fake));
        let ids = IdSource::new(fake.clone(), fake.clone());
        let chat = Chat::new(store, told.clone(), fake, ids, Limits::default());
        let bot = chat.bot(&"herald".parse().unwrap()).await.unwrap();
        let ada = User::new("ada".parse().unwrap(), "ada".parse().unwrap(), "Ada".parse().unwrap());
        let new = NewUser { user: ada.clone(), password: None, created_at: Timestamp::default() };
        chat.store().create_user(new).await.unwrap();
        let room = chat.create_room(&ada.id, RoomKind::Group, None, vec![bot.id]).await.unwrap();
        Self { chat, told, ada: ada.id, room: room.room.id }
    }

    fn pump<S: Source>(&self, source: S) -> Pump<S> {
        let deliverer = Deliverer::new(self.chat.clone(), "herald".parse().unwrap());
        Pump::new(source, deliverer, PumpSettings { concurrency: 8, max_attempts: MAX_ATTEMPTS })
    }

    fn to_ada(&self, id: &str) -> Value {
        json!({ "to": { "user": self.ada }, "type": "order.shipped", "data": { "order": 7 }, "id": id })
    }

    fn to_room(&self, id: &str, text: &str) -> Value {
        json!({ "to": { "room": self.room }, "type": "message", "data": { "text": text }, "id": id })
    }

    async fn texts(&self) -> Vec<String> {
        let page = MessagePage { limit: 100, ..MessagePage::default() };
        let views = self.chat.store().messages(self.room, &self.ada, page).await.unwrap().items;
        views.into_iter().map(|view| view.message.text.as_str().to_owned()).collect()
    }
}

/// A queue as other back ends and operators see it.
trait Queue {
    type Node: Source;
    /// One of several nodes that read it.
    fn node(&self, name: &str) -> Self::Node;
    async fn put(&self, order: &str);
    /// The dead letters: what they said, and the reason.
    async fn dead(&self) -> Vec<(String, String)>;
}

/// Works until something is so.
async fn until<S: Source>(pump: &Pump<S>, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        pump.turn().await.unwrap();
    }
}

/// All that a queue is to do.
async fn keeps_its_promises(queue: &impl Queue) {
    let world = World::new().await;
    let north = world.pump(queue.node("north"));
    // Each arrives once, however often it is put there; messages are the bot's, in their order.
    for order in [
        world.to_ada("e1"),
        world.to_ada("e1"),
        world.to_room("m1", "first"),
        world.to_room("m1", "first"),
        world.to_room("m2", "second"),
        json!({ "to": { "room": world.room }, "type": "lamp.on", "id": "e2" }),
    ] {
        queue.put(&order.to_string()).await;
    }
    until(&north, "the messages", async || world.texts().await == ["first", "second"]).await;
    until(&north, "the events", async || world.told.events().len() >= 2).await;
    // What cannot be delivered is not in the way of what comes after it, and is found with the reason.
    let nobody = json!({ "to": { "user": "nobody" }, "type": "a", "id": "e3" }).to_string();
    for order in ["no order", &nobody, &world.to_room("m1", "another text").to_string()] {
        queue.put(order).await;
    }
    queue.put(&world.to_ada("e4").to_string()).await;
    until(&north, "what comes after", async || world.told.events().len() >= 3).await;
    until(&north, "the dead letters", async || queue.dead().await.len() == 3).await;
    let dead = queue.dead().await;
    let reason_of = |order: &str| &dead.iter().find(|(said, _)| said == order).unwrap().1;
    assert!(reason_of("no order").contains("no order"), "{dead:?}");
    assert!(reason_of(&nobody).contains("user"), "{dead:?}");
    // A node dies with what it had taken and delivered, and what it had only taken: another one goes on.
    let dying = queue.node("dying");
    queue.put(&world.to_ada("e5").to_string()).await;
    queue.put(&world.to_room("m3", "third").to_string()).await;
    let begun = Instant::now();
    let mut taken = 0;
    while taken < 2 {
        assert!(begun.elapsed() < PATIENCE, "nothing is taken");
        taken += dying.take(8).await.unwrap().len();
    }
    let delivered = serde_json::from_value(json!({ "order": 7 })).unwrap();
    let (to, id) = (chinwag_chat::OrderTarget::User(world.ada.clone()), "e5".parse().unwrap());
    world.chat.tell_ordered_event(&to, &id, "order.shipped".parse().unwrap(), &delivered).await.unwrap();
    drop(dying);
    until(&north, "what the dead node had", async || world.texts().await.len() == 3).await;
    // And nothing comes any more.
    let quiet_until = Instant::now() + RETRY_AFTER + RETRY_AFTER / 2;
    while Instant::now() < quiet_until {
        north.turn().await.unwrap();
    }
    let events: Vec<(String, String)> = world.told.events();
    let mut ids: Vec<&str> = events.iter().map(|(id, _)| id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["e1", "e2", "e4", "e5"]);
    assert_eq!(world.texts().await, ["first", "second", "third"]);
    assert_eq!(queue.dead().await.len(), 3);
}

struct RedisQueue {
    server: Redis,
    connection: redis::aio::MultiplexedConnection,
}

impl RedisQueue {
    async fn new() -> Self {
        let server = Redis::start().await.unwrap();
        let client = redis::Client::open(server.url()).unwrap();
        let connection = client.get_multiplexed_async_connection().await.unwrap();
        Self { server, connection }
    }
}

impl Queue for RedisQueue {
    type Node = RedisSource;

    fn node(&self, name: &str) -> RedisSource {
        RedisSource::new(RedisPlace {
            url: self.server.url(),
            stream: "orders".to_owned(),
            group: "chinwag".to_owned(),
            consumer: name.to_owned(),
            retry_after: RETRY_AFTER,
        })
    }

    async fn put(&self, order: &str) {
        let mut add = redis::cmd("XADD");
        add.arg("orders").arg("*").arg("order").arg(order);
        add.query_async::<String>(&mut self.connection.clone()).await.unwrap();
    }

    async fn dead(&self) -> Vec<(String, String)> {
        let mut connection = self.connection.clone();
        let is_there: bool = connection.exists("orders:dead").await.unwrap();
        if !is_there {
            return vec![];
        }
        let mut read = redis::cmd("XRANGE");
        read.arg("orders:dead").arg("-").arg("+");
        let letters: Vec<(String, std::collections::HashMap<String, String>)> =
            read.query_async(&mut connection).await.unwrap();
        letters.into_iter().map(|(_, letter)| (letter["order"].clone(), letter["reason"].clone())).collect()
    }
}

struct NatsQueue {
    server: Nats,
    context: jetstream::Context,
}

impl NatsQueue {
    async fn new() -> Self {
        let server = Nats::start_with_streams().await.unwrap();
        let client = async_nats::connect(server.url()).await.unwrap();
        let context = jetstream::new(client);
        // As an operator would make it beforehand; the node makes it otherwise.
        let config = jetstream::stream::Config {
            name: "orders".to_owned(),
            subjects: vec!["orders".to_owned()],
            ..jetstream::stream::Config::default()
        };
        context.create_stream(config).await.unwrap();
        Self { server, context }
    }
}

impl Queue for NatsQueue {
    type Node = NatsSource;

    fn node(&self, _: &str) -> NatsSource {
        NatsSource::new(NatsPlace {
            url: self.server.url(),
            stream: "orders".to_owned(),
            group: "chinwag".to_owned(),
            retry_after: RETRY_AFTER,
        })
    }

    async fn put(&self, order: &str) {
        self.context.publish("orders", order.to_owned().into()).await.unwrap().await.unwrap();
    }

    async fn dead(&self) -> Vec<(String, String)> {
        let stream = self.context.get_stream("orders-dead").await.unwrap();
        let last = stream.get_info().await.unwrap().state.last_sequence;
        let mut letters = vec![];
        for number in 1..=last {
            let letter = stream.get_raw_message(number).await.unwrap();
            let reason = letter.headers.get("Chinwag-Reason").unwrap().as_str().to_owned();
            letters.push((String::from_utf8(letter.payload.to_vec()).unwrap(), reason));
        }
        letters
    }
}

#[tokio::test]
async fn a_redis_stream_keeps_its_promises() {
    keeps_its_promises(&RedisQueue::new().await).await;
}

#[tokio::test]
async fn a_stream_of_nats_keeps_its_promises() {
    keeps_its_promises(&NatsQueue::new().await).await;
}

#[tokio::test]
async fn a_queue_that_was_away_is_read_on() {
    let world = World::new().await;
    let place = RedisPlace {
        url: "redis://127.0.0.1:1/".to_owned(),
        stream: "orders".to_owned(),
        group: "chinwag".to_owned(),
        consumer: "north".to_owned(),
        retry_after: RETRY_AFTER,
    };
    let error = world.pump(RedisSource::new(place)).turn().await.unwrap_err();
    assert!(!error.to_string().contains("127.0.0.1"), "{error}");
    let queue = RedisQueue::new().await;
    let pump = world.pump(queue.node("north"));
    queue.put(&world.to_ada("e1").to_string()).await;
    until(&pump, "the first", async || world.told.events().len() == 1).await;
    // Every connection is cut, as by a server that starts again with what it had.
    let mut kill = redis::cmd("CLIENT");
    kill.arg("KILL").arg("TYPE").arg("normal").arg("SKIPME").arg("yes");
    kill.query_async::<i64>(&mut queue.connection.clone()).await.unwrap();
    queue.put(&world.to_ada("e2").to_string()).await;
    let begun = Instant::now();
    while world.told.events().len() < 2 {
        assert!(begun.elapsed() < PATIENCE, "it is not read on");
        // The first question after the cut fails.
        let _ = pump.turn().await;
    }
}

#[tokio::test]
async fn what_fails_too_often_is_a_dead_letter_and_what_waits_behind_it_is_not_lost() {
    let (world, queue) = (World::new().await, RedisQueue::new().await);
    let settings = serde_json::from_str(r#"{"slow_mode_s": 3600}"#).unwrap();
    world.chat.update_room(world.room, &world.ada, None, settings).await.unwrap();
    for (id, text) in [("m1", "first"), ("m2", "too soon"), ("m1", "first")] {
        queue.put(&world.to_room(id, text).to_string()).await;
    }
    let pump = world.pump(queue.node("north"));
    until(&pump, "the dead letter", async || queue.dead().await.len() == 1).await;
    assert!(queue.dead().await[0].0.contains("too soon"));
    until(&pump, "nothing to be owed", async || queue.owed().await == 0).await;
    assert_eq!(world.texts().await, ["first"]);
    assert_eq!(queue.dead().await.len(), 1);
}

impl RedisQueue {
    /// How many were taken and not settled.
    async fn owed(&self) -> u64 {
        let mut pending = redis::cmd("XPENDING");
        pending.arg("orders").arg("chinwag");
        let (owed, ..): (u64, redis::Value, redis::Value, redis::Value) =
            pending.query_async(&mut self.connection.clone()).await.unwrap();
        owed
    }
}
