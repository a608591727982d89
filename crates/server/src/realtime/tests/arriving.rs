//! What becomes of somebody's rooms while they arrive.

use std::sync::Arc;

use chinwag_bus_local::LocalBus;
use chinwag_chat::{Bus, Channel, Chat, Hint, NewUser, RoomId, RoomKind, Timestamp, User, UserId};
use chinwag_store_memory::MemoryStore;
use futures_util::FutureExt as _;
use parking_lot::Mutex;

use super::{ADA, HttpStream, Shared};
use crate::entropy::OsEntropy;
use crate::realtime::{Realtime, router};

/// Something happens at the very moment at which the node begins to follow that channel.
type Plot = (Channel, Box<dyn FnOnce() + Send>);

/// A bus that loses every hint.
#[derive(Default)]
struct Plotter(Mutex<Option<Plot>>);

impl Bus for Plotter {
    fn publish(&self, _: Hint) {}

    fn follow(&self, channel: &Channel) {
        let due = self.0.lock().take_if(|(when, _)| when == channel);
        if let Some((_, plot)) = due {
            plot();
        }
    }
}

struct Scene {
    node: Arc<Realtime>,
    plotter: Arc<Plotter>,
    ada: UserId,
    host: UserId,
}

impl Scene {
    async fn new() -> Self {
        let plotter = Arc::new(Plotter::default());
        let bus: Arc<dyn Bus> = plotter.clone();
        let store = Arc::new(MemoryStore::new(bus.clone(), &OsEntropy));
        let (_, hints) = LocalBus::new(1);
        let shared = Shared { store, bus, hints, directory: tempfile::tempdir().unwrap() };
        let node = Arc::new(shared.node("a"));
        let [ada, host] = ["app-7", "host"].map(|id| id.parse::<UserId>().unwrap());
        for id in [&ada, &host] {
            let name = id.as_str();
            let user = User::new(id.clone(), name.parse().unwrap(), name.parse().unwrap());
            let new = NewUser { user, password: None, created_at: Timestamp::from_unix_ms(0) };
            node.api.chat().store().create_user(new).await.unwrap();
        }
        Self { node, plotter, ada, host }
    }

    fn chat(&self) -> &Chat {
        self.node.api.chat()
    }

    async fn room(&self) -> RoomId {
        create_room(self.chat(), &self.host, &self.ada).await
    }

    fn plot(&self, when: impl Into<Channel>, what: impl FnOnce() + Send + 'static) {
        *self.plotter.0.lock() = Some((when.into(), Box::new(what)));
    }

    /// Takes ada out of the room at that moment.
    fn plot_removal(&self, when: impl Into<Channel>, room: RoomId) {
        let (chat, ada, host) = (self.chat().clone(), self.ada.clone(), self.host.clone());
        let removal = move || chat.remove_member(room, &host, ada).now_or_never().unwrap().unwrap();
        self.plot(when, removal);
    }

    /// Ada arrives: her connection, and what the server subscribed it to.
    async fn arrive(&self) -> (HttpStream, Vec<String>) {
        let mut stream = HttpStream::open(&router(self.node.clone()), ADA).await;
        let reply = stream.reply().await;
        assert!(self.plotter.0.lock().is_none(), "it happened");
        let subscribed = reply["connect"]["subs"].as_object().unwrap().keys().cloned().collect();
        (stream, subscribed)
    }

    fn channels(&self, rooms: &[RoomId]) -> Vec<String> {
        let mut channels: Vec<String> = rooms.iter().map(|room| Channel::Room(*room).to_string()).collect();
        channels.push(Channel::User(self.ada.clone()).to_string());
        channels
    }
}

async fn create_room(chat: &Chat, host: &UserId, member: &UserId) -> RoomId {
    let created = chat.create_room(host, RoomKind::Group, None, vec![member.clone()]).await.unwrap();
    created.room.id
}

#[tokio::test]
async fn a_membership_that_ends_while_its_member_arrives_is_over() {
    let scene = Scene::new().await;
    let (stays, ends) = (scene.room().await, scene.room().await);
    scene.plot_removal(Channel::User(scene.ada.clone()), ends);
    let (_stream, subscribed) = scene.arrive().await;
    assert_eq!(subscribed, scene.channels(&[stays]));
    assert_eq!(scene.node.hub.room_count(), 1, "nor are its heads told");
}

/// The node knows her own channel by then, but not what has become of it: the hints were lost.
#[tokio::test]
async fn so_it_is_where_another_device_of_theirs_was_there_before() {
    let scene = Scene::new().await;
    let stays = scene.room().await;
    let (_before, subscribed) = scene.arrive().await;
    assert_eq!(subscribed, scene.channels(&[stays]));
    let ends = scene.room().await;
    scene.plot_removal(ends, ends);
    let (_stream, subscribed) = scene.arrive().await;
    assert_eq!(subscribed, scene.channels(&[stays]));
    assert_eq!(scene.node.hub.room_count(), 1);
}

#[tokio::test]
async fn a_room_that_somebody_comes_into_while_they_arrive_is_theirs_from_the_start() {
    let scene = Scene::new().await;
    let known = scene.room().await;
    let (chat, ada, host) = (scene.chat().clone(), scene.ada.clone(), scene.host.clone());
    scene.plot(Channel::User(scene.ada.clone()), move || {
        create_room(&chat, &host, &ada).now_or_never().unwrap();
    });
    let (_stream, subscribed) = scene.arrive().await;
    assert_eq!((subscribed.len(), scene.node.hub.room_count()), (3, 2), "{subscribed:?}");
    assert!(scene.channels(&[known]).iter().all(|channel| subscribed.contains(channel)));
}
