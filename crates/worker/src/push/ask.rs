//! Whom the messages of a room notify.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::outbox::{Job, NewWork, Placing};
use chinwag_chat::{Clock, Notifying, RoomId, Seq, Store, SubscriptionId, UserId, WorkKind};
use serde::{Deserialize, Serialize};

use super::PushSettings;
use super::tell::Device;
use crate::{Handler, RetryPolicy, Verdict};

/// Of how many devices is asked at once.
const PAGE: usize = 500;

/// How long a question may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Asks whom messages notify, and has each of their devices told.
pub struct Ask {
    settings: PushSettings,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

/// What is asked: whom the messages of a room up to one notify, after that device.
#[derive(Debug, Serialize, Deserialize)]
struct Question {
    room: RoomId,
    seq: Seq,
    #[serde(default)]
    after: Option<(UserId, SubscriptionId)>,
}

impl Ask {
    /// Asks this store.
    #[must_use]
    pub fn new(settings: PushSettings, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { settings, store, clock }
    }

    async fn ask(&self, question: Question) -> Result<Vec<NewWork>, String> {
        let Question { room, seq: up_to, after } = question;
        let max_small_room_members = self.settings.max_small_room_members;
        let notifying = Notifying { room, up_to, max_small_room_members, now: self.clock.now() };
        let found = self.store.to_notify(notifying, after.as_ref(), PAGE).await;
        let found = found.map_err(|error| error.to_string())?;
        let devices = found.devices.iter();
        let tell = devices.map(|(_, id)| Device { subscription: *id, room, seq: up_to }.work());
        let mut work = tell.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        if found.devices.len() == PAGE {
            let after = found.devices.into_iter().next_back();
            work.push(Question { room, seq: up_to, after }.work().map_err(|error| error.to_string())?);
        } else if let Some(later) = found.later {
            // Those that came while this one waited have not had their time yet.
            work.push(NewWork::to_notify(room, later, self.settings.wait));
        }
        Ok(work)
    }
}

impl Question {
    /// The rest of a question, to be asked at once.
    fn work(&self) -> serde_json::Result<NewWork> {
        Ok(NewWork {
            kind: WorkKind::PUSH,
            key: self.room.to_string(),
            payload: serde_json::to_string(self)?,
            placing: Placing::Behind,
            delay: Duration::ZERO,
        })
    }
}

#[async_trait]
impl Handler for Ask {
    fn kind(&self) -> WorkKind {
        WorkKind::PUSH
    }

    fn retries(&self) -> RetryPolicy {
        self.settings.retries
    }

    fn timeout(&self) -> Duration {
        TIMEOUT
    }

    async fn attempt(&self, job: &Job) -> Verdict {
        let question: Question = match serde_json::from_str(&job.payload) {
            Ok(question) => question,
            Err(error) => return Verdict::Hopeless { reason: format!("the job makes no sense: {error}") },
        };
        match self.ask(question).await {
            Ok(work) if work.is_empty() => Verdict::Done,
            Ok(work) => Verdict::Split(work),
            Err(reason) => Verdict::Failed { reason, not_before: None },
        }
    }
}
