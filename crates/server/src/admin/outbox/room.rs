//! Telling what happened in a room once more, from a position on.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::routing::post;
use axum::{Json, Router};
use chinwag_chat::outbox::{Outbox, WorkKind};
use chinwag_chat::{Change, Channel, FollowUps, Rev, RoomId, Store};
use serde::Deserialize;

use super::Count;
use crate::admin::problem::AdminProblem;

/// How many changes are read at once.
const PAGE: usize = 200;

#[derive(Clone)]
struct Telling {
    outbox: Arc<dyn Outbox>,
    store: Arc<dyn Store>,
    follow_ups: FollowUps,
}

pub(super) fn router(outbox: Arc<dyn Outbox>, store: Arc<dyn Store>, follow_ups: FollowUps) -> Router {
    let telling = Telling { outbox, store, follow_ups };
    Router::new().route("/outbox/replay-room", post(replay)).with_state(telling)
}

#[derive(Deserialize)]
struct Whence {
    room: RoomId,
    after: Rev,
}

/// Owes the webhooks of a room's changes after a position once more, up to where the room is now.
async fn replay(
    State(Telling { outbox, store, follow_ups }): State<Telling>,
    Query(Whence { room, after }): Query<Whence>,
) -> Result<Json<Count>, AdminProblem> {
    let channel = Channel::Room(room);
    let end = store.heads(std::slice::from_ref(&channel)).await?.first().map_or(Rev::ZERO, |head| head.rev);
    let (mut at, mut count) = (after, 0);
    while at < end {
        let page = store.changes_after(&channel, at, PAGE).await?.changes;
        let Some(last) = page.last() else { break };
        at = last.rev();
        let changes = page.into_iter().filter_map(|change| match change {
            Change::Room(change) if change.rev <= end => Some(change),
            _ => None,
        });
        let Some(work) = follow_ups.of_kind(&WorkKind::WEBHOOK, &changes.collect::<Vec<_>>()) else {
            return Err(AdminProblem::bad_request("this node is not set up to send webhooks"));
        };
        outbox.owe(&work).await?;
        count += work.len() as u64;
    }
    tracing::info!(%room, %after, count, "a room's webhooks are sent again for the operator");
    Ok(Json(Count { count }))
}
