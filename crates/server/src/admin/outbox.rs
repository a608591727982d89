//! The outbox, for the operator: what is owed, what has died, and what becomes of that.

mod room;

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use chinwag_chat::outbox::{Backlog, Job, JobId, Letters, Outbox, Part, WorkKind};
use chinwag_chat::{FollowUps, Store, Timestamp};
use serde::{Deserialize, Serialize};

use super::problem::AdminProblem;

/// More jobs than anybody reads; fewer than would hold up the node.
const MAX_JOBS: usize = 10_000;

/// What is in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxReport {
    /// How much there is in all.
    pub backlog: Backlog,
    /// Some of it.
    pub jobs: Vec<JobReport>,
}

/// One job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobReport {
    /// Which.
    pub id: JobId,
    /// What sort of work.
    pub kind: WorkKind,
    /// The line that it stands in.
    pub key: String,
    /// What it is about.
    pub about: serde_json::Value,
    /// When it was noted.
    pub created_at: Timestamp,
    /// How often it was begun.
    pub attempts: u32,
    /// Why it failed the last time.
    pub reason: Option<String>,
}

impl From<Job> for JobReport {
    fn from(job: Job) -> Self {
        let Job { id, kind, key, payload, created_at, attempts, reason } = job;
        let about = serde_json::from_str(&payload).unwrap_or(serde_json::Value::String(payload));
        Self { id, kind, key, about, created_at, attempts, reason }
    }
}

/// How many jobs something was done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// So many.
    pub count: u64,
}

/// The routes, for the listener on the socket. `follow_ups` says which work follows the changes of `store`.
pub fn router(outbox: Arc<dyn Outbox>, store: Arc<dyn Store>, follow_ups: FollowUps) -> Router {
    Router::new()
        .route("/outbox", get(list))
        .route("/outbox/replay", post(replay))
        .route("/outbox/drop", post(discard))
        .with_state(outbox.clone())
        .merge(room::router(outbox, store, follow_ups))
}

#[derive(Deserialize)]
struct ListQuery {
    #[serde(default)]
    dead: bool,
    after: Option<JobId>,
    limit: Option<usize>,
}

async fn list(
    State(outbox): State<Arc<dyn Outbox>>,
    Query(query): Query<ListQuery>,
) -> Result<Json<OutboxReport>, AdminProblem> {
    let part = if query.dead { Part::Dead } else { Part::Owed };
    let limit = query.limit.unwrap_or(MAX_JOBS).min(MAX_JOBS);
    let backlog = outbox.backlog().await?;
    let jobs = outbox.jobs(part, query.after, limit).await?;
    Ok(Json(OutboxReport { backlog, jobs: jobs.into_iter().map(JobReport::from).collect() }))
}

/// Which dead letters: the ids, separated by commas, or all of a kind.
#[derive(Deserialize)]
struct Which {
    ids: Option<String>,
    kind: Option<String>,
}

impl Which {
    fn letters(self) -> Result<Letters, AdminProblem> {
        let unclear = || AdminProblem::bad_request("name dead letters by their numbers, or a kind of work");
        match (self.ids, self.kind) {
            (Some(ids), None) => {
                let ids = ids.split(',').map(|id| id.parse().map(JobId).map_err(|_| unclear()));
                Ok(Letters::Of(ids.collect::<Result<_, _>>()?))
            }
            (None, Some(kind)) => Ok(Letters::OfKind(WorkKind::named(kind))),
            _ => Err(unclear()),
        }
    }
}

async fn replay(
    State(outbox): State<Arc<dyn Outbox>>,
    Query(which): Query<Which>,
) -> Result<Json<Count>, AdminProblem> {
    let count = outbox.replay(&which.letters()?).await?;
    tracing::info!(count, "dead letters replayed by the operator");
    Ok(Json(Count { count }))
}

async fn discard(
    State(outbox): State<Arc<dyn Outbox>>,
    Query(which): Query<Which>,
) -> Result<Json<Count>, AdminProblem> {
    let count = outbox.discard(&which.letters()?).await?;
    tracing::info!(count, "dead letters dropped by the operator");
    Ok(Json(Count { count }))
}

#[cfg(test)]
mod tests;
