//! `/healthz` and `/readyz`: what balancers and supervisors ask.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use http::StatusCode;
use serde::Deserialize;

use super::{Lifecycle, Phase};

/// Tells whether what the node stands on is well.
#[async_trait]
pub trait StoreHealth: Send + Sync {
    /// Whether the store answers and accepts writes. Must answer within about a second.
    async fn is_healthy(&self) -> bool;
}

#[derive(Clone)]
struct Health {
    lifecycle: Lifecycle,
    store: Arc<dyn StoreHealth>,
}

/// `/healthz`: the process is alive, whatever else; a supervisor restarts it if this fails. `/readyz`: clients may be
/// sent here.
pub fn router(lifecycle: Lifecycle, store: Arc<dyn StoreHealth>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .with_state(Health { lifecycle, store })
}

#[derive(Deserialize)]
struct ReadyQuery {
    /// HAProxy's `disable-on-404` takes a node out of the rotation gently when it answers 404, and hard when it answers
    /// anything else that is bad.
    draining: Option<u16>,
}

async fn readyz(State(health): State<Health>, Query(query): Query<ReadyQuery>) -> (StatusCode, &'static str) {
    match health.lifecycle.phase() {
        Phase::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting\n"),
        Phase::Running if health.store.is_healthy().await => (StatusCode::OK, "ready\n"),
        Phase::Running => (StatusCode::SERVICE_UNAVAILABLE, "the store is unavailable\n"),
        Phase::NotReady | Phase::Draining | Phase::Flushing | Phase::Stopped => {
            let gently = query.draining == Some(404);
            let status = if gently { StatusCode::NOT_FOUND } else { StatusCode::SERVICE_UNAVAILABLE };
            (status, "draining\n")
        }
    }
}
