//! Questions about the outbox.

use chinwag_chat::outbox::{JobId, Letters, Part};
use chinwag_chat::{Rev, RoomId};
use http::Method;

use super::{AdminClient, ClientError, percent_encoded};
use crate::admin::outbox::{Count, OutboxReport};

impl AdminClient {
    /// Part of the outbox, from after that job on, at most so many.
    pub async fn outbox(
        &self,
        part: Part,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<OutboxReport, ClientError> {
        let after = after.map(|id| format!("&after={id}")).unwrap_or_default();
        self.get(&format!("/outbox?dead={}&limit={limit}{after}", part == Part::Dead)).await
    }

    /// Puts dead letters back. How many.
    pub async fn replay(&self, letters: &Letters) -> Result<u64, ClientError> {
        self.with_letters("/outbox/replay", letters).await
    }

    /// Has the webhooks of a room's changes after that one sent once more. How many.
    pub async fn replay_room(&self, room: RoomId, after: Rev) -> Result<u64, ClientError> {
        let answer =
            self.ask(Method::POST, &format!("/outbox/replay-room?room={room}&after={after}")).await?;
        let Count { count } = serde_json::from_slice(&answer)?;
        Ok(count)
    }

    /// Throws dead letters away. How many.
    pub async fn drop_letters(&self, letters: &Letters) -> Result<u64, ClientError> {
        self.with_letters("/outbox/drop", letters).await
    }

    async fn with_letters(&self, path: &str, letters: &Letters) -> Result<u64, ClientError> {
        let which = match letters {
            Letters::Of(ids) => {
                format!("ids={}", ids.iter().map(JobId::to_string).collect::<Vec<_>>().join(","))
            }
            Letters::OfKind(kind) => format!("kind={}", percent_encoded(kind.as_str())),
        };
        let answer = self.ask(Method::POST, &format!("{path}?{which}")).await?;
        let Count { count } = serde_json::from_slice(&answer)?;
        Ok(count)
    }
}
