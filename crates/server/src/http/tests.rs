//! The HTTP layer over a real store, without a socket.

mod authentication;
mod calls;
mod changing;
mod contract;
mod events;
mod files;
mod integration;
mod pages;
mod problems;
mod roles;
mod search;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use chinwag_api::files::Files;
use chinwag_api::{Api, ApiSettings, KeySource, NobodyOnline, TokenSettings, TokenVerifier};
use chinwag_blobs::DirectoryBlobs;
use chinwag_chat::{Bus, Chat, Hint, IdSource, Limits};
use chinwag_store_sqlite::{Options, SqliteStore};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{HttpState, OriginPolicy, Peer, SecureCookies, router};
use crate::clock::SystemClock;
use crate::config::Roles;
use crate::entropy::OsEntropy;

pub(super) const HOST: &str = "chat.example";
pub(super) const OWN_ORIGIN: &str = "https://chat.example";
pub(super) const LISTED_ORIGIN: &str = "https://app.example";
pub(super) const PASSWORD: &str = "correct horse battery";
pub(super) const TOKEN_SECRET: &[u8] = b"a secret of thirty-two bytes....";

/// Keeps what would go to other nodes.
#[derive(Default)]
pub(super) struct RecordingBus(pub(super) Mutex<Vec<Hint>>);

impl Bus for RecordingBus {
    fn publish(&self, hint: Hint) {
        self.0.lock().push(hint);
    }
}

/// A server without a socket.
pub(super) struct TestServer {
    pub(super) router: Router,
    pub(super) bus: Arc<RecordingBus>,
    pub(super) api: Arc<Api>,
    pub(super) directory: tempfile::TempDir,
}

impl TestServer {
    pub(super) fn new() -> Self {
        Self::with(ApiSettings::default())
    }

    pub(super) fn with(settings: ApiSettings) -> Self {
        Self::made(settings, &Roles::default())
    }

    pub(super) fn of_roles(roles: &Roles) -> Self {
        Self::made(ApiSettings::default(), roles)
    }

    fn made(settings: ApiSettings, roles: &Roles) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let bus = Arc::new(RecordingBus::default());
        let path = directory.path().join("chinwag.db");
        let store = SqliteStore::open(&path, bus.clone(), &OsEntropy, Options::default()).unwrap();
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
        let ids = IdSource::new(clock.clone(), entropy.clone());
        let chat = Chat::new(Arc::new(store), bus.clone(), clock.clone(), ids, Limits::default());
        let keys = KeySource::Secret(TOKEN_SECRET.to_vec());
        let verifier = TokenVerifier::new(TokenSettings::new(keys), clock).unwrap();
        let blobs = Arc::new(DirectoryBlobs::open(&directory.path().join("files")).unwrap());
        let files = Files::new(chat.clone(), blobs, entropy.clone(), files::settings());
        let api = Api::new(chat, entropy, Arc::new(NobodyOnline), Some(verifier), settings);
        let api = Arc::new(api.with_files(files));
        let state = HttpState {
            api: api.clone(),
            origins: Arc::new(OriginPolicy::new([LISTED_ORIGIN])),
            secure_cookies: SecureCookies::Auto,
            trusted_proxies: Arc::new([]),
        };
        Self { router: router(state, roles, Router::new()), bus, api, directory }
    }

    pub(super) async fn answer(&self, mut request: Request<Body>) -> Response {
        request.headers_mut().entry(header::HOST).or_insert(HOST.parse().unwrap());
        request.extensions_mut().insert(Peer { address: "192.0.2.1".parse().ok(), is_tls: false });
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// The status and the JSON of an answer.
    pub(super) async fn ask(&self, request: Request<Body>) -> (StatusCode, Value) {
        let response = self.answer(request).await;
        (response.status(), body(response).await)
    }

    /// Signs up and in: the user's id and token.
    pub(super) async fn user(&self, name: &str) -> (String, String) {
        let account = json!({"name": name, "password": PASSWORD});
        let (status, user) = self.ask(post("/api/v1/users", &account)).await;
        assert_eq!(status, StatusCode::CREATED, "{user}");
        let (status, session) = self.ask(post("/api/v1/sessions", &account)).await;
        assert_eq!(status, StatusCode::CREATED, "{session}");
        (text(&user["id"]), text(&session["token"]))
    }
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not text: {value}")).to_owned()
}

pub(super) async fn body(response: Response) -> Value {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() }
}

pub(super) fn request(method: &str, path: &str) -> Request<Body> {
    Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
}

pub(super) fn post(path: &str, json: &Value) -> Request<Body> {
    with_body("POST", path, json.to_string())
}

pub(super) fn with_body(method: &str, path: &str, body: impl Into<Body>) -> Request<Body> {
    let builder = Request::builder().method(method).uri(path);
    builder.header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap()
}

/// Chained changes to a request.
pub(super) trait RequestExt {
    fn with_header(self, name: &'static str, value: &str) -> Self;
    fn by(self, token: &str) -> Self;
    fn by_cookie(self, token: &str) -> Self;
}

impl RequestExt for Request<Body> {
    fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers_mut().insert(name, value.parse().unwrap());
        self
    }

    fn by(self, token: &str) -> Self {
        self.with_header("authorization", &format!("Bearer {token}"))
    }

    fn by_cookie(self, token: &str) -> Self {
        self.with_header("cookie", &format!("theme=dark; chinwag_session={token}"))
    }
}
