//! A key set that is fetched: cached, refreshed when a token names a key that it does not hold, never more often than
//! every so often, whatever tokens come.

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::{Clock, Timestamp};
use jsonwebtoken::Algorithm;
use parking_lot::RwLock;

use super::TokenSetupError;
use super::key::{KeySet, TokenKey};
use crate::ApiError;

const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_KEY_SET_BYTES: usize = 1024 * 1024;
/// The pause after a fetch, good or bad: tokens with invented key ids must not become a flood of requests elsewhere.
const MIN_PAUSE: Duration = Duration::from_secs(30);
/// After this a set is fetched anew even where it holds the key, so that a withdrawn key is believed no longer.
const MAX_AGE: Duration = Duration::from_secs(15 * 60);

#[derive(Default)]
struct Cached {
    set: Option<KeySet>,
    fetched_at: Timestamp,
}

/// Keys that live at a URL.
pub(super) struct RemoteKeys {
    url: reqwest::Url,
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    cached: RwLock<Cached>,
    /// When a fetch was last begun. Held while one goes on, so that there is one at a time and the others wait for it.
    attempted_at: tokio::sync::Mutex<Option<Timestamp>>,
}

impl RemoteKeys {
    pub(super) fn new(url: &str, clock: Arc<dyn Clock>) -> Result<Self, TokenSetupError> {
        let url = reqwest::Url::parse(url).map_err(|_| TokenSetupError::InsecureUrl)?;
        let on_this_machine = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() != "https" && !(url.scheme() == "http" && on_this_machine) {
            return Err(TokenSetupError::InsecureUrl);
        }
        let client = reqwest::Client::builder()
            .timeout(FETCH_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| TokenSetupError::NoClient(error.to_string()))?;
        Ok(Self {
            url,
            client,
            clock,
            cached: RwLock::default(),
            attempted_at: tokio::sync::Mutex::default(),
        })
    }

    /// The key that a token names; nothing where the set, as fresh as it may be, does not hold it.
    pub(super) async fn find(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Option<TokenKey>, ApiError> {
        let (key, is_fresh) = self.look_up(kid, algorithm);
        if key.is_some() && is_fresh {
            return Ok(key);
        }
        self.refresh().await?;
        Ok(self.look_up(kid, algorithm).0)
    }

    fn look_up(&self, kid: Option<&str>, algorithm: Algorithm) -> (Option<TokenKey>, bool) {
        let cached = self.cached.read();
        let key = cached.set.as_ref().and_then(|set| set.find(kid, algorithm));
        (key, self.clock.now().since(cached.fetched_at) < MAX_AGE)
    }

    /// Fetches the set unless that was tried just now. Fails only where there is no set at all: an old one is better
    /// than turning everybody away while the application restarts.
    async fn refresh(&self) -> Result<(), ApiError> {
        let mut attempted_at = self.attempted_at.lock().await;
        let now = self.clock.now();
        let tried_just_now = attempted_at.is_some_and(|at| now.since(at) < MIN_PAUSE);
        if !tried_just_now {
            *attempted_at = Some(now);
            match self.fetch().await {
                Ok(set) => *self.cached.write() = Cached { set: Some(set), fetched_at: now },
                Err(cause) => tracing::warn!(url = %self.url, cause, "cannot fetch the keys for tokens"),
            }
        }
        if self.cached.read().set.is_some() {
            Ok(())
        } else {
            Err(ApiError::unavailable("the keys for tokens were never fetched"))
        }
    }

    async fn fetch(&self) -> Result<KeySet, String> {
        let answer = self.client.get(self.url.clone()).send().await.map_err(|error| error.to_string())?;
        let mut answer = answer.error_for_status().map_err(|error| error.to_string())?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| error.to_string())? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_KEY_SET_BYTES {
                return Err("the key set is too large".to_owned());
            }
        }
        KeySet::parse(&body)
    }
}
