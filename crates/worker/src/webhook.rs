//! Webhooks: the embedding application is told of changes by signed requests, in the form of Standard Webhooks.
//!
//! A request is acknowledged by any 2xx. Requests about one room come one at a time and in the order of its changes. Each
//! may come more than once (a worker can die after the receiver's answer and before it is noted), but then with the same
//! `webhook-id`, by which the receiver tells.
//!
//! The URL is the operator's own setting, so it may be of a private address; redirects are not followed, since where they
//! lead is not.

pub(crate) mod answer;
mod body;
mod secret;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::outbox::Job;
use chinwag_chat::{Change, ChangeRef, Channel, Clock, Rev, RoomChange, Store, StoreError, WorkKind};
use reqwest::Client;
use reqwest::redirect::Policy;

use crate::{Handler, NoClient, RetryPolicy, Verdict, described};

pub use reqwest::Url;
pub use secret::{BadSecret, Secret};

/// Where changes are told, and how.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// Where to.
    pub url: Url,
    /// What requests are signed with.
    pub secret: Secret,
    /// How long a request may take.
    pub timeout: Duration,
    /// How often and when it is repeated.
    pub retries: RetryPolicy,
    /// Who asks, for the receiver's log.
    pub user_agent: String,
}

/// Tells the embedding application of changes.
pub struct Webhooks {
    settings: WebhookSettings,
    client: Client,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Webhooks {
    /// Tells of the changes in this store.
    ///
    /// # Errors
    /// There is no TLS to be had.
    pub fn new(
        settings: WebhookSettings,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NoClient> {
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(settings.timeout)
            .user_agent(&settings.user_agent)
            .build()
            .map_err(|error| NoClient(error.to_string()))?;
        Ok(Self { settings, client, store, clock })
    }

    /// The change that a job is about; nothing where the room's log does not hold it.
    async fn change(&self, about: ChangeRef) -> Result<Option<RoomChange>, StoreError> {
        let before = Rev(about.rev.0.saturating_sub(1));
        let page = self.store.changes_after(&Channel::Room(about.room), before, 1).await?;
        let found = page.changes.into_iter().next().filter(|change| change.rev() == about.rev);
        Ok(found.and_then(|change| match change {
            Change::Room(change) => Some(change),
            Change::User(_) => None,
        }))
    }

    async fn tell(&self, change: &RoomChange) -> Verdict {
        let id = body::id(change);
        let body = match body::of(&id, change) {
            Ok(body) => body,
            Err(error) => return Verdict::Hopeless { reason: error.to_string() },
        };
        let at = self.clock.now().unix_seconds();
        let signature = self.settings.secret.sign(&id, at, &body);
        let request = self
            .client
            .post(self.settings.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", signature)
            .body(body);
        match request.send().await {
            Ok(response) => answer::verdict(response, self.clock.now()).await,
            Err(error) => {
                // The URL may hold a secret.
                let error = error.without_url();
                Verdict::Failed { reason: described(&error), not_before: None }
            }
        }
    }
}

#[async_trait]
impl Handler for Webhooks {
    fn kind(&self) -> WorkKind {
        WorkKind::WEBHOOK
    }

    fn retries(&self) -> RetryPolicy {
        self.settings.retries
    }

    fn timeout(&self) -> Duration {
        // The request has a limit of its own; this is for the store, too.
        self.settings.timeout + Duration::from_secs(2)
    }

    async fn attempt(&self, job: &Job) -> Verdict {
        let about: ChangeRef = match serde_json::from_str(&job.payload) {
            Ok(about) => about,
            Err(error) => return Verdict::Hopeless { reason: format!("the job makes no sense: {error}") },
        };
        match self.change(about).await {
            Ok(Some(change)) => self.tell(&change).await,
            Ok(None) => Verdict::Hopeless { reason: "the room's log does not hold the change".to_owned() },
            // It has outlived its time: there is nothing left to tell.
            Err(StoreError::Gone(_)) => Verdict::Done,
            Err(error) => Verdict::Failed { reason: error.to_string(), not_before: None },
        }
    }
}
