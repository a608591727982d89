//! Reading a channel's log.

use std::collections::VecDeque;
use std::sync::Arc;

use chinwag_chat::{Channel, Rev};
use chinwag_connection::{Answer, Failure, Position};
use chinwag_protocol::{ErrorCode, Publication};
use chinwag_realtime::Entry;

use super::{Outcome, failed, readable};
use crate::realtime::context::Context;

/// The most entries that one `history` returns, whatever it asks for.
const MAX_HISTORY: usize = 1_000;

/// How much one `history` returns, whatever it asks for: whoever wants more asks again from the last.
const MAX_HISTORY_BYTES: usize = 256 * 1024;

/// The entries after a position, or before it and backwards, as many as are asked for and fit.
pub(super) async fn run(
    context: &Context,
    channel: &Channel,
    since: Option<&Position>,
    limit: i32,
    reverse: bool,
) -> Outcome {
    readable(context, channel).await?;
    let store = context.node.api.chat().store();
    let epoch = store.epoch();
    if since.is_some_and(|since| !since.epoch.is_empty() && since.epoch != epoch.as_str()) {
        return Err(Failure::Error(ErrorCode::UnrecoverablePosition.into()));
    }
    let limit = usize::try_from(limit).unwrap_or(MAX_HISTORY).min(MAX_HISTORY);
    let heads = store.heads(std::slice::from_ref(channel)).await.map_err(|error| failed(error.into()))?;
    let head = heads.first().copied().unwrap_or_default().rev;
    // The revs asked for are those after the first and up to the second. Backwards, they end right before the position
    // (or at the head) and are turned round.
    let since = since.map(|since| Rev(since.offset));
    let (after, until) = if reverse {
        let until = since.map_or(head, |since| head.min(Rev(since.0.saturating_sub(1))));
        (Rev(until.0.saturating_sub(limit as u64)), until)
    } else {
        let after = since.unwrap_or_default();
        (after, Rev(after.0.saturating_add(limit as u64)))
    };
    let name: Arc<str> = channel.to_string().into();
    let mut publications: VecDeque<Publication> = VecDeque::new();
    let (mut position, mut bytes) = (after, 0);
    while position < until.min(head) {
        let wanted = usize::try_from(until.0 - position.0).unwrap_or(MAX_HISTORY).min(MAX_HISTORY);
        let page =
            store.changes_after(channel, position, wanted).await.map_err(|error| failed(error.into()))?;
        let Some(last) = page.changes.last() else { break };
        position = last.rev();
        for change in &page.changes {
            let publication = Entry::new(change, name.clone()).publication().clone();
            bytes += publication.data.len();
            publications.push_back(publication);
        }
        if bytes > MAX_HISTORY_BYTES && !reverse {
            break;
        }
        // Backwards, the newest are wanted first, so it is the oldest that do not fit.
        while bytes > MAX_HISTORY_BYTES && publications.len() > 1 {
            bytes -= publications.pop_front().map_or(0, |oldest| oldest.data.len());
        }
    }
    let mut publications = Vec::from(publications);
    if reverse {
        publications.reverse();
    }
    Ok(Answer::History { publications, head: Position { offset: head.0, epoch: epoch.as_str().to_owned() } })
}
