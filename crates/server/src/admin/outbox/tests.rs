//! The outbox over the admin socket: a real socket, a real outbox, the client.

use std::time::Duration;

use chinwag_chat::outbox::Settlement;
use chinwag_chat::store::Users as _;
use chinwag_chat::{
    Bus, Chat, FollowUp, FollowUps, Hint, IdSource, Limits, NewUser, Rev, RoomId, RoomKind, User,
};
use chinwag_store_sqlite::{Options, SqliteOutbox, SqliteStore};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::*;
use crate::admin::AdminSocket;
use crate::admin::client::AdminClient;
use crate::clock::SystemClock;
use crate::entropy::OsEntropy;

/// A bus that leads nowhere.
struct Nowhere;

impl Bus for Nowhere {
    fn publish(&self, _: Hint) {}
}

/// A node whose outbox the operator looks into, and where every new room owes a webhook.
struct Node {
    chat: Chat,
    ada: User,
    outbox: Arc<dyn Outbox>,
    client: AdminClient,
    _stop: DropGuard,
    _directory: tempfile::TempDir,
}

async fn node() -> Node {
    let directory = tempfile::tempdir().unwrap();
    let (bus, clock) = (Arc::new(Nowhere), Arc::new(SystemClock));
    let path = directory.path().join("chinwag.db");
    let store = Arc::new(SqliteStore::open(&path, bus.clone(), &OsEntropy, Options::default()).unwrap());
    let ids = IdSource::new(clock.clone(), Arc::new(OsEntropy));
    let ada = User::new("ada".parse().unwrap(), "ada".parse().unwrap(), "Ada".parse().unwrap());
    let account = NewUser { user: ada.clone(), password: None, created_at: Timestamp::from_unix_ms(1) };
    store.create_user(account).await.unwrap();
    let wanted = FollowUp { kind: WorkKind::WEBHOOK, events: vec!["room.created"] };
    let chat = Chat::new(store.clone(), bus, clock.clone(), ids, Limits::default())
        .with_follow_ups(FollowUps::new(vec![wanted], None), None);
    let outbox: Arc<dyn Outbox> = Arc::new(SqliteOutbox::new(store.clone(), clock));

    let socket = directory.path().join("admin.sock");
    let listener = AdminSocket::bind(&socket).await.unwrap();
    let stop = CancellationToken::new();
    let router = router(outbox.clone(), store, chat.follow_ups().clone());
    tokio::spawn(listener.serve(router, stop.clone().cancelled_owned()));
    let client = AdminClient::new(&socket);
    Node { chat, ada, outbox, client, _stop: stop.drop_guard(), _directory: directory }
}

impl Node {
    /// Owes a job about a new room.
    async fn owe(&self) -> RoomId {
        let name = Some("Here".parse().unwrap());
        let made = self.chat.create_room(&self.ada.id, RoomKind::Public, name, vec![]).await.unwrap();
        made.room.id
    }

    /// Makes dead letters of all jobs.
    async fn bury_all(&self) {
        let hold = Duration::from_secs(60);
        for leased in self.outbox.lease(&[WorkKind::WEBHOOK], 100, hold).await.unwrap() {
            let how = Settlement::Dead { reason: "gone".to_owned() };
            assert!(self.outbox.settle(leased.lease, how).await.unwrap());
        }
    }
}

#[tokio::test]
async fn the_operator_sees_what_is_owed_and_what_has_died() {
    let node = node().await;
    let room = node.owe().await;
    let owed = node.client.outbox(Part::Owed, None, 10).await.unwrap();
    assert_eq!((owed.backlog.owed, owed.backlog.dead, owed.jobs.len()), (1, 0, 1));
    assert_eq!(owed.jobs[0].about, serde_json::json!({ "room": room, "rev": 1 }));
    node.bury_all().await;
    let dead = node.client.outbox(Part::Dead, None, 10).await.unwrap();
    assert_eq!((dead.backlog.owed, dead.backlog.dead), (0, 1));
    assert_eq!((dead.jobs[0].id, dead.jobs[0].reason.as_deref()), (owed.jobs[0].id, Some("gone")));
    assert!(node.client.outbox(Part::Dead, Some(dead.jobs[0].id), 10).await.unwrap().jobs.is_empty());
}

#[tokio::test]
async fn the_operator_puts_dead_letters_back_or_throws_them_away() {
    let node = node().await;
    for _ in 0..3 {
        node.owe().await;
    }
    node.bury_all().await;
    let dead = node.client.outbox(Part::Dead, None, 10).await.unwrap().jobs;
    assert_eq!(node.client.replay(&Letters::Of(vec![dead[0].id])).await.unwrap(), 1);
    assert_eq!(node.client.drop_letters(&Letters::Of(vec![dead[1].id, dead[1].id])).await.unwrap(), 1);
    assert_eq!(node.client.replay(&Letters::OfKind(WorkKind::WEBHOOK)).await.unwrap(), 1);
    assert_eq!(node.client.drop_letters(&Letters::OfKind(WorkKind::WEBHOOK)).await.unwrap(), 0);
    let Backlog { owed, dead, .. } = node.client.outbox(Part::Owed, None, 0).await.unwrap().backlog;
    assert_eq!((owed, dead), (2, 0));
}

#[tokio::test]
async fn whoever_names_no_letters_is_told_how() {
    let node = node().await;
    let refused = node.client.replay(&Letters::Of(vec![])).await.unwrap_err().to_string();
    assert!(refused.contains("by their numbers"), "{refused}");
}

#[tokio::test]
async fn a_rooms_webhooks_are_owed_once_more_whatever_became_of_them() {
    let node = node().await;
    let room = node.owe().await;
    node.bury_all().await;
    assert_eq!(node.client.replay_room(room, Rev::ZERO).await.unwrap(), 1);
    let job = node.outbox.jobs(Part::Owed, None, 10).await.unwrap().pop().unwrap();
    assert_eq!((job.key, job.payload), (room.to_string(), format!(r#"{{"room":"{room}","rev":1}}"#)));
    assert_eq!(node.client.replay_room(room, Rev(1)).await.unwrap(), 0);
    assert_eq!(node.client.replay_room(RoomId::from_parts(1, 1), Rev::ZERO).await.unwrap(), 0);
}
