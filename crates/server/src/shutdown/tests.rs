//! The phases, on a clock that tests hold in their hand.

use std::future::{pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use http::{Request, StatusCode};
use tokio::time::Instant;
use tower::ServiceExt;

use super::health::{StoreHealth, router};
use super::signals::Asked;
use super::*;
use crate::config::{self, Inputs, section::Drain};

fn deadlines() -> Drain {
    config::load(Inputs::default()).unwrap().config.drain
}

struct Store(AtomicBool);

#[async_trait]
impl StoreHealth for Store {
    async fn is_healthy(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[tokio::test(start_paused = true)]
async fn a_clean_stop_waits_for_the_balancer_and_goes_through_every_phase() {
    let lifecycle = Lifecycle::default();
    lifecycle.advance(Phase::Running);
    let watched = lifecycle.clone();
    let drain = async move { assert_eq!(watched.phase(), Phase::Draining) };
    let watched = lifecycle.clone();
    let flush = async move { assert_eq!(watched.phase(), Phase::Flushing) };
    let start = Instant::now();
    let stop = Stop { drain, flush, at_once: pending() };
    let ending = wind_down(&lifecycle, &deadlines(), Asked::Terminate, stop).await;
    assert_eq!((ending, start.elapsed()), (Ending::Clean, deadlines().not_ready));
    assert_eq!(lifecycle.phase(), Phase::Stopped);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_balancer_after_ctrl_c() {
    let start = Instant::now();
    let stop = Stop { drain: ready(()), flush: ready(()), at_once: pending() };
    wind_down(&Lifecycle::default(), &deadlines(), Asked::Interrupt, stop).await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn clients_that_do_not_leave_are_left_at_the_deadline_and_work_is_flushed_all_the_same() {
    let start = Instant::now();
    let stop = Stop { drain: pending(), flush: ready(()), at_once: pending() };
    let ending = wind_down(&Lifecycle::default(), &deadlines(), Asked::Interrupt, stop).await;
    assert_eq!((ending, start.elapsed()), (Ending::OutOfTime(Phase::Draining), deadlines().timeout));
}

#[tokio::test(start_paused = true)]
async fn a_second_signal_ends_it_at_once() {
    let lifecycle = Lifecycle::default();
    let at_once = tokio::time::sleep(Duration::from_millis(10));
    let stop = Stop { drain: pending(), flush: pending(), at_once };
    let start = Instant::now();
    assert_eq!(wind_down(&lifecycle, &deadlines(), Asked::Terminate, stop).await, Ending::AtOnce);
    assert_eq!((lifecycle.phase(), start.elapsed()), (Phase::Stopped, Duration::from_millis(10)));
}

#[tokio::test]
async fn a_phase_that_is_past_does_not_return() {
    let lifecycle = Lifecycle::default();
    lifecycle.advance(Phase::Draining);
    lifecycle.advance(Phase::Running);
    assert_eq!(lifecycle.phase(), Phase::Draining);
    lifecycle.reached(Phase::NotReady).await;
}

async fn get(lifecycle: &Lifecycle, store: &Arc<Store>, path: &str) -> StatusCode {
    let request = Request::get(path).body(Body::empty()).unwrap();
    router(lifecycle.clone(), store.clone()).oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn readiness_follows_the_phase_and_the_store_and_health_does_not() {
    let lifecycle = Lifecycle::default();
    let store = Arc::new(Store(AtomicBool::new(true)));
    assert_eq!(get(&lifecycle, &store, "/readyz").await, StatusCode::SERVICE_UNAVAILABLE);
    lifecycle.advance(Phase::Running);
    assert_eq!(get(&lifecycle, &store, "/readyz").await, StatusCode::OK);
    assert_eq!(get(&lifecycle, &store, "/readyz?draining=404").await, StatusCode::OK);
    store.0.store(false, Ordering::Relaxed);
    assert_eq!(get(&lifecycle, &store, "/readyz?draining=404").await, StatusCode::SERVICE_UNAVAILABLE);
    store.0.store(true, Ordering::Relaxed);
    lifecycle.advance(Phase::NotReady);
    assert_eq!(get(&lifecycle, &store, "/readyz").await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(get(&lifecycle, &store, "/readyz?draining=404").await, StatusCode::NOT_FOUND);
    assert_eq!(get(&lifecycle, &store, "/healthz").await, StatusCode::OK);
}
