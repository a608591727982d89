//! How many requests there were, how they went, and how long they took.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{counter, histogram};
use tokio::time::Instant;

use crate::metrics::names;

/// Counts a request by its route, which is one of a few, never by its path.
pub(super) async fn count(request: Request, next: Next) -> Response {
    let route = match request.extensions().get::<MatchedPath>() {
        Some(path) => path.as_str().to_owned(),
        None => "web".to_owned(),
    };
    let started = Instant::now();
    let response = next.run(request).await;
    let status = match response.status().as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    };
    histogram!(names::HTTP_REQUEST_SECONDS, "route" => route.clone()).record(started.elapsed());
    counter!(names::HTTP_REQUESTS, "route" => route, "status" => status).increment(1);
    response
}
