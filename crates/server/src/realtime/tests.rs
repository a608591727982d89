//! Nodes without a listener: their real-time routes over a real store.

mod arriving;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use chinwag_api::{Api, ApiSettings, KeySource, NobodyOnline, TokenSettings, TokenVerifier};
use chinwag_bus_local::{LocalBus, LocalHints};
use chinwag_chat::{Bus, Chat, IdSource, Limits, Store};
use chinwag_realtime::{Hub, HubConfig};
use chinwag_store_sqlite::{Options, SqliteStore};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{AdmissionSettings, Realtime, RealtimeSettings, router};
use crate::clock::SystemClock;
use crate::entropy::OsEntropy;
use crate::http::{OriginPolicy, Peer};

/// A token of ada's, made with this secret.
pub(crate) const ADA: &str = include_str!("../http/tests/ada.jwt");
const TOKEN_SECRET: &[u8] = b"a secret of thirty-two bytes....";

/// What the nodes of a test share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(super) bus: Arc<dyn Bus>,
    pub(super) hints: LocalHints,
    pub(super) directory: tempfile::TempDir,
}

impl Shared {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (bus, hints) = LocalBus::new(1_024);
        let bus: Arc<dyn Bus> = Arc::new(bus);
        let path = directory.path().join("chinwag.db");
        let store = Arc::new(SqliteStore::open(&path, bus.clone(), &OsEntropy, Options::default()).unwrap());
        Self { store, bus, hints, directory }
    }

    /// A node of that name over the store.
    pub(crate) fn node(&self, name: &str) -> Realtime {
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
        let ids = IdSource::new(clock.clone(), entropy.clone());
        let chat = Chat::new(self.store.clone(), self.bus.clone(), clock.clone(), ids, Limits::default());
        let keys = KeySource::Secret(TOKEN_SECRET.to_vec());
        let verifier = TokenVerifier::new(TokenSettings::new(keys), clock).unwrap();
        let settings = ApiSettings::default();
        let api = Api::new(chat, entropy.clone(), Arc::new(NobodyOnline), Some(verifier), settings);
        let hub = Hub::new(self.store.clone(), self.bus.clone(), HubConfig::default());
        let settings = RealtimeSettings {
            max_frame_bytes: 64 * 1024,
            max_queued_bytes: 1 << 20,
            write_timeout: std::time::Duration::from_secs(10),
            max_subscribed_rooms: 100,
        };
        let connection = chinwag_connection::Config { node: name.to_owned(), ..Default::default() };
        let origins = Arc::new(OriginPolicy::new([""; 0]));
        let tasks = tokio_util::task::TaskTracker::new();
        Realtime::new(
            Arc::new(api),
            Arc::new(hub),
            settings,
            connection,
            origins,
            Arc::new([]),
            tasks,
            entropy,
        )
    }
}

/// Sends a request to a node.
pub(super) async fn post(router: &Router, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Response {
    let mut request = Request::post(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::from(body)).unwrap();
    request.extensions_mut().insert(Peer { address: "192.0.2.1".parse().ok(), is_tls: false });
    router.clone().oneshot(request).await.unwrap()
}

/// A client's HTTP stream, read reply by reply.
pub(crate) struct HttpStream {
    pieces: axum::body::BodyDataStream,
    read: Vec<u8>,
}

impl HttpStream {
    /// Opens a stream with a `connect`.
    pub(crate) async fn open(router: &Router, token: &str) -> Self {
        let connect = json!({ "id": 1, "connect": { "token": token.trim() } }).to_string().into_bytes();
        let response = post(router, "/connection/http_stream", &[], connect).await;
        assert_eq!(response.status(), StatusCode::OK);
        Self { pieces: response.into_body().into_data_stream(), read: vec![] }
    }

    /// The next reply; null where the stream has ended.
    pub(crate) async fn reply(&mut self) -> Value {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                return serde_json::from_slice(&line).unwrap();
            }
            let Some(piece) = self.pieces.next().await else { return Value::Null };
            self.read.extend_from_slice(&piece.unwrap());
        }
    }
}

#[tokio::test]
async fn a_client_that_reads_nothing_does_not_keep_its_connections_work_from_going_on() {
    let shared = Shared::new();
    let node = Arc::new(shared.node("a"));
    let router = router(node.clone());
    let mut stream = HttpStream::open(&router, ADA).await;
    let session = stream.reply().await["connect"]["session"].as_str().unwrap().to_owned();
    // Each answer is a piece of the response, and nobody takes any; the commands are taken all the same.
    for id in 2..200 {
        let call = json!({ "id": id, "rpc": { "method": "room.list", "data": {} } }).to_string();
        let body = json!({ "session": session, "node": "a", "data": call }).to_string().into_bytes();
        let mut status = StatusCode::TOO_MANY_REQUESTS;
        while status == StatusCode::TOO_MANY_REQUESTS {
            status = post(&router, "/emulation", &[], body.clone()).await.status();
            tokio::task::yield_now().await;
        }
        assert_eq!(status, StatusCode::NO_CONTENT);
    }
    let mut answered: Vec<u64> = vec![];
    while answered.len() < 198 {
        answered.extend(stream.reply().await["id"].as_u64());
    }
    answered.sort_unstable();
    assert_eq!(answered, (2..200).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_client_that_comes_when_too_many_do_is_told_when_to_come_back_and_gets_in_then() {
    let shared = Shared::new();
    let settings = AdmissionSettings { max_concurrent: 1, patience: std::time::Duration::ZERO };
    let node = Arc::new(shared.node("a").with_admission(settings));
    let router = router(node.clone());
    let place = node.admission.enter().await.unwrap();
    let refused = HttpStream::open(&router, ADA).await.reply().await;
    assert_eq!(refused["error"]["code"], 111);
    assert_eq!(refused["error"]["temporary"], true, "the SDKs try again by themselves");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(
        message.starts_with("too_many_requests: ") && message.ends_with(" come back in 1 s"),
        "{message}"
    );
    drop(place);
    let admitted = HttpStream::open(&router, ADA).await.reply().await;
    assert!(admitted["connect"]["client"].is_string(), "{admitted}");

    // Where far more have come than can be let in, they are sent back before they have a connection.
    for _ in 0..10 {
        node.admission.arriving();
    }
    let connect = json!({ "id": 1, "connect": { "token": ADA.trim() } }).to_string().into_bytes();
    let answer = post(&router, "/connection/http_stream", &[], connect).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
}
