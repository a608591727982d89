//! Reading a channel's log.

use chinwag_chat::{Channel, Rev, StoreError};
use chinwag_connection::{Answer, Failure, Position};
use chinwag_protocol::ErrorCode;
use chinwag_realtime::history;

use super::Visit;
use super::effects::{Outcome, failed};

/// How much one `history` returns: an answer must fit into a message of the gateway's.
const MAX_HISTORY_BYTES: usize = 64 * 1024;

impl Visit<'_> {
    /// The entries after a position, or before it and backwards, as many as are asked for and fit.
    pub(super) async fn history(
        &self,
        channel: &Channel,
        since: Option<&Position>,
        limit: i32,
        reverse: bool,
    ) -> Outcome {
        self.readable(channel).await?;
        let store = &self.realtime.delivery.store;
        let epoch = store.epoch();
        if since.is_some_and(|since| !since.epoch.is_empty() && since.epoch != epoch.as_str()) {
            return Err(Failure::Error(ErrorCode::UnrecoverablePosition.into()));
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let since = since.map(|since| Rev(since.offset));
        let read = history(&**store, channel, since, limit, reverse, MAX_HISTORY_BYTES).await;
        let (publications, head) = read.map_err(|error| match error {
            StoreError::Gone(_) => Failure::Error(ErrorCode::UnrecoverablePosition.into()),
            error => failed(error.into()),
        })?;
        let head = Position { offset: head.rev.0, epoch: epoch.as_str().to_owned() };
        Ok(Answer::History { publications, head })
    }
}
