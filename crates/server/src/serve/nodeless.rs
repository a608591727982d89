//! What a node answers, without the node: for functions that are started for each event and hold no connection.

use std::sync::Arc;

use axum::Router;
use chinwag_api::{Api, PresenceView};
use chinwag_chat::{Bus, Chat, Clock, Entropy, IdSource, NodeId, Store};

use super::{files, node, work};
use crate::clock::SystemClock;
use crate::config::section::{FilesChoice, Retention};
use crate::config::{Config, Roles};
use crate::entropy::OsEntropy;
use crate::housekeeping::duties::{finish_erasures, remove_outlived};
use crate::http::{self, HttpState};
use crate::settings;

/// The calls and pages of a server that has no nodes.
#[derive(Clone)]
pub struct Nodeless {
    /// Everything that can be asked.
    pub api: Arc<Api>,
    /// What the HTTP layer works with.
    pub http: HttpState,
    /// How each connection behaves.
    pub connection: Arc<chinwag_connection::Config>,
    /// The largest frame that a client may send.
    pub max_frame_bytes: usize,
    /// The most rooms that the server subscribes a connection to by itself.
    pub max_subscribed_rooms: usize,
    ids: IdSource,
    retention: Retention,
}

impl Nodeless {
    /// The calls over this store. What they commit is announced on `bus`.
    ///
    /// # Errors
    /// What of the configuration cannot be used: a key, a bucket.
    pub fn new(
        config: &Config,
        store: Arc<dyn Store>,
        bus: Arc<dyn Bus>,
        presence: Arc<dyn PresenceView>,
    ) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let ids = IdSource::new(clock.clone(), entropy.clone());
        let chat = Chat::new(store, bus, clock.clone(), ids.clone(), (&config.limits).into());
        let chat = match work::hook(&config.hook, clock.clone())? {
            Some(hook) => chat.with_hook(hook),
            None => chat,
        };
        let verifier = settings::token_verifier(&config.jwt, clock)?;
        let api = Api::new(chat.clone(), entropy.clone(), presence, verifier, settings::api(config, None));
        // What is written beside a function is gone with it.
        let api = match &config.files.store {
            FilesChoice::S3 { .. } => api.with_files(files::open(config, chat, entropy)?),
            FilesChoice::Directory(_) => api,
        };
        let api = Arc::new(api);
        let http = node::http_state(config, api.clone());
        let realtime = settings::realtime(config);
        Ok(Self {
            api,
            http,
            connection: Arc::new(settings::connection(config)),
            max_frame_bytes: realtime.max_frame_bytes,
            max_subscribed_rooms: realtime.max_subscribed_rooms,
            ids,
            retention: config.retention.clone(),
        })
    }

    /// What nodes see to in the background: sessions that have ended, people who are to be erased, messages that have outlived
    /// their time, files that nothing shows. To be called now and then; what is not done is done the next time.
    ///
    /// # Errors
    /// The first failure; all of it was tried.
    pub async fn see_to_duties(&self) -> anyhow::Result<()> {
        let chat = self.api.chat();
        let holder: NodeId = self.ids.message().to_string().parse().map_err(anyhow::Error::msg)?;
        let sweep = self.api.sweep().await.map(drop).map_err(anyhow::Error::from);
        let erase = finish_erasures(chat, &holder).await.map(drop).map_err(anyhow::Error::from);
        let retain =
            remove_outlived(chat, &holder, &self.retention).await.map(drop).map_err(anyhow::Error::from);
        let collect = match self.api.files() {
            Ok(files) => files.collect().await.map(drop).map_err(anyhow::Error::from),
            Err(_) => Ok(()),
        };
        sweep.and(erase).and(retain).and(collect)
    }

    /// The routes of the calls and of the web UI.
    ///
    /// # Errors
    /// None that could come of a role that there is.
    pub fn router(&self) -> anyhow::Result<Router> {
        let roles: Roles = "api".parse().map_err(anyhow::Error::msg)?;
        Ok(http::router(self.http.clone(), &roles, Router::new()))
    }
}
