//! How many clients may come in at once.
//!
//! When a node dies, all its clients come to the others in the same moment, and each of them costs several reads of the
//! store before it is connected. A bounded number of connects is worked on at a time, a few more wait their turn, first
//! come, first served; the others are told at once when to come back. What a place is worth is measured all the time, so
//! a store that gets slower lets fewer wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chinwag_api::{ApiError, ErrorCode};
use metrics::{Counter, Gauge, counter, gauge};
use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use crate::metrics::names;

/// How long a connect takes, before any was measured.
const FIRST_GUESS: Duration = Duration::from_millis(5);
/// How much the latest connect counts against all before it: one part of so many.
const MEMORY: u32 = 16;
/// How many times longer than anybody waits the line must be before it begins outside, at the handshake.
const SWAMPED: u32 = 4;
/// The longest time after which somebody is told to come back.
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// How many clients are let in at once.
#[derive(Debug, Clone)]
pub struct AdmissionSettings {
    /// How many connects are worked on at a time.
    pub max_concurrent: usize,
    /// How long one may wait for its turn.
    pub patience: Duration,
}

impl Default for AdmissionSettings {
    fn default() -> Self {
        Self { max_concurrent: 64, patience: Duration::from_secs(2) }
    }
}

/// The door.
pub(crate) struct Admission {
    settings: AdmissionSettings,
    places: Semaphore,
    waiting: AtomicUsize,
    /// Transports that are open and have not asked to connect yet.
    arriving: AtomicUsize,
    /// How long a connect took of late.
    usual: Mutex<Duration>,
    figures: Figures,
}

/// What is told to Prometheus.
struct Figures {
    admitted: Counter,
    refused: Counter,
    waiting: Gauge,
}

/// There is no place; the client may come back after the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoPlace(Duration);

/// One that was let in.
pub(crate) struct Place<'a> {
    admission: &'a Admission,
    began: Instant,
    _permit: SemaphorePermit<'a>,
}

impl Admission {
    pub(crate) fn new(settings: AdmissionSettings) -> Self {
        Self {
            places: Semaphore::new(settings.max_concurrent),
            settings,
            waiting: AtomicUsize::new(0),
            arriving: AtomicUsize::new(0),
            usual: Mutex::new(FIRST_GUESS),
            figures: Figures {
                admitted: counter!(names::CONNECTS, "result" => "admitted"),
                refused: counter!(names::CONNECTS, "result" => "refused"),
                waiting: gauge!(names::CONNECTS_WAITING),
            },
        }
    }

    /// Waits for a place, if there will be one soon. It is free again when what this returns is dropped.
    pub(crate) async fn enter(&self) -> Result<Place<'_>, NoPlace> {
        let Some(permit) = self.place().await else {
            self.figures.refused.increment(1);
            return Err(self.no_place(self.waiting.load(Ordering::Relaxed)));
        };
        self.figures.admitted.increment(1);
        Ok(Place { admission: self, began: Instant::now(), _permit: permit })
    }

    async fn place(&self) -> Option<SemaphorePermit<'_>> {
        if let Ok(permit) = self.places.try_acquire() {
            return Some(permit);
        }
        let in_line = InLine::behind(self);
        if self.wait_of(in_line.number) > self.settings.patience {
            return None;
        }
        timeout(self.settings.patience, self.places.acquire()).await.ok()?.ok()
    }

    /// Whether a transport may be opened: not where far more are on their way than could be let in.
    pub(crate) fn may_arrive(&self) -> Result<(), NoPlace> {
        let ahead = self.waiting.load(Ordering::Relaxed) + self.arriving.load(Ordering::Relaxed);
        if self.wait_of(ahead) > self.settings.patience * SWAMPED {
            return Err(self.no_place(ahead));
        }
        Ok(())
    }

    /// Counts a transport that has not asked to connect yet.
    pub(crate) fn arriving(&self) {
        self.arriving.fetch_add(1, Ordering::Relaxed);
    }

    /// It has, or is gone.
    pub(crate) fn arrived(&self) {
        self.arriving.fetch_sub(1, Ordering::Relaxed);
    }

    /// How long whoever comes after so many others will wait.
    fn wait_of(&self, ahead: usize) -> Duration {
        let turns = ahead.div_ceil(self.settings.max_concurrent.max(1));
        self.usual.lock().saturating_mul(u32::try_from(turns).unwrap_or(u32::MAX))
    }

    fn no_place(&self, ahead: usize) -> NoPlace {
        NoPlace(self.wait_of(ahead).clamp(Duration::from_secs(1), LONGEST_RETRY))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut usual = self.admission.usual.lock();
        *usual = *usual * (MEMORY - 1) / MEMORY + self.began.elapsed() / MEMORY;
    }
}

impl NoPlace {
    /// What a client is told: `too_many_requests` once it has a connection, `unavailable` before.
    pub(crate) fn told(self, code: ErrorCode) -> ApiError {
        let seconds = u32::try_from(self.0.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX);
        let detail = format!("many clients are connecting just now; come back in {seconds} s");
        let mut error = ApiError::because(code, detail);
        error.retry_after = Some(seconds);
        error
    }
}

/// Somebody who waits, until this is dropped.
struct InLine<'a> {
    admission: &'a Admission,
    /// How many there are with this one.
    number: usize,
}

impl<'a> InLine<'a> {
    fn behind(admission: &'a Admission) -> Self {
        admission.figures.waiting.increment(1.0);
        let number = admission.waiting.fetch_add(1, Ordering::Relaxed) + 1;
        Self { admission, number }
    }
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.admission.waiting.fetch_sub(1, Ordering::Relaxed);
        self.admission.figures.waiting.decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::future::join_all;
    use metrics::with_local_recorder;
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    const WORK: Duration = Duration::from_millis(100);

    fn admission(max_concurrent: usize) -> Arc<Admission> {
        Arc::new(Admission::new(AdmissionSettings { max_concurrent, patience: Duration::from_secs(2) }))
    }

    async fn connect(admission: &Admission) -> Result<(), NoPlace> {
        let _place = admission.enter().await?;
        tokio::time::sleep(WORK).await;
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_gets_in_as_fast_as_there_are_places_and_no_faster() {
        let admission = admission(4);
        let began = Instant::now();
        for result in join_all((0..40).map(|_| connect(&admission))).await {
            assert_eq!(result, Ok(()));
        }
        assert_eq!(began.elapsed(), WORK * 10);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_would_wait_too_long_is_told_when_to_come_back() {
        let admission = admission(4);
        // The node learns how long a connect takes.
        for _ in 0..100 {
            connect(&admission).await.unwrap();
        }
        let began = Instant::now();
        let results = join_all((0..1_000).map(|_| async {
            let result = connect(&admission).await;
            (result, began.elapsed())
        }));
        let results = results.await;
        let admitted = results.iter().filter(|(result, _)| result.is_ok()).count();
        assert!((70..=90).contains(&admitted), "{admitted} in two seconds");
        for (result, after) in &results {
            if let Err(NoPlace(wait)) = result {
                assert!(*wait >= Duration::from_secs(1) && *wait <= LONGEST_RETRY, "{wait:?}");
                assert!(*after <= Duration::from_secs(2), "nobody waits for a refusal: {after:?}");
            }
        }
        assert_eq!(admission.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_hangs_keeps_nobody_waiting_longer_than_the_patience() {
        let admission = admission(1);
        let _stuck = admission.enter().await.unwrap();
        let began = Instant::now();
        assert!(connect(&admission).await.is_err());
        assert_eq!(began.elapsed(), Duration::from_secs(2));
    }

    /// It once showed how long the line was when somebody last joined it, long after it was gone.
    #[tokio::test(start_paused = true)]
    async fn the_figure_of_those_who_wait_goes_back_to_none() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let admission = with_local_recorder(&recorder, || admission(1));
        let figure = |line: &str| recorder.handle().render().lines().any(|found| found == line);
        let crowd: Vec<_> = (0..4)
            .map(|_| {
                let admission = admission.clone();
                tokio::spawn(async move { connect(&admission).await })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(figure("chinwag_connects_waiting 3"), "{}", recorder.handle().render());
        for client in crowd {
            assert_eq!(client.await.unwrap(), Ok(()));
        }
        assert!(figure("chinwag_connects_waiting 0"), "{}", recorder.handle().render());
        assert!(figure(r#"chinwag_connects_total{result="admitted"} 4"#), "{}", recorder.handle().render());
    }

    #[tokio::test(start_paused = true)]
    async fn the_line_begins_outside_only_where_far_more_come_than_can_be_let_in() {
        let admission = admission(10);
        for _ in 0..100 {
            connect(&admission).await.unwrap();
        }
        let mut opened = 0;
        while admission.may_arrive().is_ok() {
            admission.arriving();
            opened += 1;
        }
        assert!((780..=820).contains(&opened), "{opened} for eight seconds of work");
        let error = admission.may_arrive().unwrap_err().told(ErrorCode::Unavailable);
        assert_eq!((error.code.status(), error.retry_after), (503, Some(9)));
        for _ in 0..opened {
            admission.arrived();
        }
        assert_eq!(admission.may_arrive(), Ok(()));
    }
}
