//! Reading a channel's log for those who ask for a part of it.

use std::collections::VecDeque;
use std::sync::Arc;

use chinwag_chat::{Channel, Head, Rev, Store, StoreError};
use chinwag_protocol::Publication;

use crate::Entry;

/// The most entries that are read at once, whatever is asked for.
const MAX_HISTORY: usize = 1_000;

/// The entries after a position, or before it and backwards, as many as are asked for and fit into `max_bytes`; and the
/// channel's head. Whoever wants more asks again from the last.
///
/// # Errors
/// The store's; so where a position is named that the log does not go back to any more.
pub async fn history(
    store: &dyn Store,
    channel: &Channel,
    since: Option<Rev>,
    limit: usize,
    reverse: bool,
    max_bytes: usize,
) -> Result<(Vec<Publication>, Head), StoreError> {
    let limit = limit.min(MAX_HISTORY);
    let heads = store.heads(std::slice::from_ref(channel)).await?;
    let head = heads.first().copied().unwrap_or_default();
    // The revs asked for are those after the first and up to the second. Backwards, they end right before the position
    // (or at the head) and are turned round.
    let (after, mut until) = if reverse {
        let until = since.map_or(head.rev, |since| head.rev.min(Rev(since.0.saturating_sub(1))));
        (Rev(until.0.saturating_sub(limit as u64)), until)
    } else {
        let after = since.unwrap_or_default();
        (after, Rev(after.0.saturating_add(limit as u64)))
    };
    let name: Arc<str> = channel.to_string().into();
    let mut publications: VecDeque<Publication> = VecDeque::new();
    let (mut position, mut bytes) = (after, 0);
    while position < until.min(head.rev) {
        let wanted = usize::try_from(until.0 - position.0).unwrap_or(MAX_HISTORY).min(MAX_HISTORY);
        let page = match store.changes_after(channel, position, wanted).await {
            // Whoever names no position gets what there is.
            Err(StoreError::Gone(begins_after)) if since.is_none() || reverse => {
                position = begins_after;
                if !reverse {
                    until = Rev(begins_after.0.saturating_add(limit as u64));
                }
                continue;
            }
            page => page?,
        };
        let Some(last) = page.changes.last() else { break };
        position = last.rev();
        for change in &page.changes {
            let publication = Entry::new(change, name.clone()).publication().clone();
            bytes += publication.data.len();
            publications.push_back(publication);
        }
        if bytes > max_bytes && !reverse {
            break;
        }
        // Backwards, the newest are wanted first, so it is the oldest that do not fit.
        while bytes > max_bytes && publications.len() > 1 {
            bytes -= publications.pop_front().map_or(0, |oldest| oldest.data.len());
        }
    }
    let mut publications = Vec::from(publications);
    if reverse {
        publications.reverse();
    }
    Ok((publications, head))
}
