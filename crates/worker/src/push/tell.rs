//! Telling one device what there is in one room.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::outbox::{Job, NewWork, Placing};
use chinwag_chat::{Clock, Notifying, PushNotice, RoomId, Seq, Store, SubscriptionId, WorkKind};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::{PushSettings, guard, payload};
use crate::webhook::answer;
use crate::{Handler, NoClient, RetryPolicy, Verdict, described};

/// How long a push service keeps what a device cannot take: who looks after a day has more to read than that.
const KEPT_SECONDS: &str = "86400";

/// The pause before a note that failed is tried again.
const NOTE_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// Tells devices.
pub struct Tell {
    settings: PushSettings,
    identity: Identity,
    client: Client,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

/// Which device is to be told of which room, up to which message.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Device {
    pub(super) subscription: SubscriptionId,
    pub(super) room: RoomId,
    pub(super) seq: Seq,
}

impl Device {
    /// The work of telling it. What waits to be told to it about the room is told with it.
    pub(super) fn work(&self) -> serde_json::Result<NewWork> {
        Ok(NewWork {
            kind: WorkKind::PUSH_SEND,
            key: format!("{}:{}", self.subscription, self.room),
            payload: serde_json::to_string(self)?,
            placing: Placing::InsteadOfWaiting,
            delay: Duration::ZERO,
        })
    }
}

impl Tell {
    /// Tells of what is in this store, under that identity.
    ///
    /// # Errors
    /// There is no TLS to be had.
    pub fn new(
        settings: PushSettings,
        identity: Identity,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NoClient> {
        let mut client = Client::builder()
            .redirect(Policy::none())
            .timeout(settings.timeout)
            .user_agent(&settings.user_agent);
        if !settings.allow_private_endpoints {
            // A proxy would look the names up by itself, where nobody looks at what they lead to.
            client = client.no_proxy().dns_resolver(guard::PublicOnly);
        }
        let client = client.build().map_err(|error| NoClient(error.to_string()))?;
        Ok(Self { settings, identity, client, store, clock })
    }

    async fn tell(&self, device: &Device) -> Verdict {
        let notifying = Notifying {
            room: device.room,
            up_to: device.seq,
            max_small_room_members: self.settings.max_small_room_members,
            now: self.clock.now(),
        };
        let notice = match self.store.notice(device.subscription, notifying).await {
            Ok(Some(notice)) => notice,
            Ok(None) => return Verdict::Done,
            Err(error) => return Verdict::Failed { reason: error.to_string(), not_before: None },
        };
        match self.deliver(&notice).await {
            Delivery::Taken => self.note(device, notice.message.seq).await,
            Delivery::Gone => self.forget(device).await,
            Delivery::Failed(verdict) => verdict,
        }
    }

    async fn deliver(&self, notice: &PushNotice) -> Delivery {
        let now = self.clock.now();
        let endpoint = Url::parse(notice.subscription.endpoint.as_str());
        let endpoint =
            endpoint.ok().filter(|url| self.settings.allow_private_endpoints || guard::may_go(url));
        // Nothing that a device says later makes this another address.
        let Some(endpoint) = endpoint else { return Delivery::Gone };
        let badge = notice.badge(now, self.settings.max_small_room_members);
        let payload = payload::of(notice, badge).map_err(|error| error.to_string());
        let authorization = self.identity.vouch(&endpoint, self.settings.subject.as_deref(), now);
        let (payload, authorization) = match (payload, authorization) {
            (Ok(payload), Ok(authorization)) => (payload, authorization),
            (Err(reason), _) | (_, Err(reason)) => return Delivery::Failed(Verdict::Hopeless { reason }),
        };
        let body = match payload::seal(payload, &notice.subscription.keys) {
            Ok(body) => body,
            Err(reason) => {
                tracing::info!(reason, "a device has keys that nothing can be sealed with: it is forgotten");
                return Delivery::Gone;
            }
        };
        let request = self
            .client
            .post(endpoint)
            .header("authorization", authorization)
            .header("content-encoding", "aes128gcm")
            .header("content-type", "application/octet-stream")
            .header("ttl", KEPT_SECONDS)
            .header("topic", notice.message.room.to_string())
            .header("urgency", "high")
            .body(body);
        match request.send().await {
            Ok(response) => self.answered(response).await,
            Err(error) => {
                let reason = described(&error.without_url());
                Delivery::Failed(Verdict::Failed { reason, not_before: None })
            }
        }
    }

    async fn answered(&self, response: Response) -> Delivery {
        match response.status() {
            status if status.is_success() => Delivery::Taken,
            StatusCode::NOT_FOUND | StatusCode::GONE => Delivery::Gone,
            status @ (StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS) => {
                self.later(status, &response)
            }
            status if status.is_server_error() => self.later(status, &response),
            status => {
                let beginning = answer::beginning(response).await;
                let reason = format!("the push service answered {status}: {beginning}");
                Delivery::Failed(Verdict::Hopeless { reason })
            }
        }
    }

    fn later(&self, status: StatusCode, response: &Response) -> Delivery {
        let not_before = answer::asked_for(response, self.clock.now());
        let reason = format!("the push service answered {status}");
        Delivery::Failed(Verdict::Failed { reason, not_before })
    }

    /// Notes that the device was told, however often it takes: it should not be told again for want of a word.
    async fn note(&self, device: &Device, seq: Seq) -> Verdict {
        while let Err(error) = self.store.note_pushed(device.subscription, device.room, seq).await {
            tracing::debug!(%error, "cannot note that a device was told: trying again");
            tokio::time::sleep(NOTE_AGAIN_AFTER).await;
        }
        Verdict::Done
    }

    async fn forget(&self, device: &Device) -> Verdict {
        match self.store.unsubscribe(device.subscription, None).await {
            Ok(_) => Verdict::Done,
            Err(error) => Verdict::Failed { reason: error.to_string(), not_before: None },
        }
    }
}

/// What became of a request.
enum Delivery {
    /// The push service has it.
    Taken,
    /// There is no such device any more.
    Gone,
    /// Neither.
    Failed(Verdict),
}

#[async_trait]
impl Handler for Tell {
    fn kind(&self) -> WorkKind {
        WorkKind::PUSH_SEND
    }

    fn retries(&self) -> RetryPolicy {
        self.settings.retries
    }

    fn timeout(&self) -> Duration {
        // The request has a limit of its own; this is for the store, too.
        self.settings.timeout + Duration::from_secs(5)
    }

    async fn attempt(&self, job: &Job) -> Verdict {
        match serde_json::from_str::<Device>(&job.payload) {
            Ok(device) => self.tell(&device).await,
            Err(error) => Verdict::Hopeless { reason: format!("the job makes no sense: {error}") },
        }
    }
}
