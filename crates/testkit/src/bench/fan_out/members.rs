//! Those who listen, and the closed loop around them.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Error, Result, ensure};
use hdrhistogram::Histogram;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::Publisher;
use crate::bench::Bench;
use crate::bench::tally::{Position, Tally};
use crate::client::Connection;
use crate::process;

/// How long the last messages may take to arrive once no more are sent.
const DRAIN_WITHIN: Duration = Duration::from_secs(30);

/// Longer ones count as this long: ten minutes.
const MAX_LATENCY_US: u64 = 600_000_000;

/// What one measurement gave.
pub(super) struct Measured {
    pub(super) deliveries: u64,
    pub(super) seconds: f64,
    /// The server's, user and system.
    pub(super) cpu_seconds: f64,
    pub(super) latency_us: Histogram<u64>,
    /// The length of a delivery's line.
    pub(super) line_bytes: usize,
}

/// All members of a room, each with a task that reads.
pub(super) struct Members {
    shared: Rc<Shared>,
    server_pid: u32,
    _tasks: JoinSet<()>,
}

struct Shared {
    tally: RefCell<Tally>,
    /// Some message has reached everybody, or a member has failed.
    moved: Notify,
    failure: RefCell<Option<Error>>,
}

impl Members {
    /// Begins to read. All members must be at the same position.
    pub(super) fn listen(joined: Vec<(Connection, Position)>, server_pid: u32) -> Result<Self> {
        let start =
            joined.first().map(|(_, position)| position.offset()).context("the room has no members")?;
        ensure!(
            joined.iter().all(|(_, position)| position.offset() == start),
            "the room moved while its members came"
        );
        let shared = Rc::new(Shared {
            tally: RefCell::new(Tally::new(joined.len(), start)),
            moved: Notify::new(),
            failure: RefCell::new(None),
        });
        let mut tasks = JoinSet::new();
        for (connection, position) in joined {
            tasks.spawn_local(read(connection, position, shared.clone()));
        }
        Ok(Self { shared, server_pid, _tasks: tasks })
    }

    /// Up to which offset every member has everything.
    pub(super) fn complete(&self) -> u64 {
        self.shared.tally.borrow().complete()
    }

    /// Measures with each window in turn. `line_bytes` is asked with the window's index.
    pub(super) async fn measure_each(
        &mut self,
        bench: &Bench,
        windows: &[usize],
        publisher: &mut Publisher,
        line_bytes: impl Fn(usize) -> usize,
    ) -> Result<Vec<Measured>> {
        let mut all = Vec::with_capacity(windows.len());
        for (index, window) in windows.iter().enumerate() {
            let measured = self.measure(bench, *window as u64, publisher, line_bytes(index)).await;
            all.push(measured.with_context(|| format!("{window} in flight"))?);
        }
        Ok(all)
    }

    async fn measure(
        &self,
        bench: &Bench,
        window: u64,
        publisher: &mut Publisher,
        line_bytes: usize,
    ) -> Result<Measured> {
        let tally = &self.shared.tally;
        let warm = Instant::now() + bench.options.warm_up();
        self.keep_in_flight(window, warm, publisher, line_bytes).await?;

        tally.borrow_mut().take_latencies(Some(Histogram::new_with_max(MAX_LATENCY_US, 3)?));
        let (deliveries_before, started) = (tally.borrow().deliveries, Instant::now());
        let cpu_before = process::cpu_time(self.server_pid)?;
        let until = started + bench.options.measured_for();
        self.keep_in_flight(window, until, publisher, line_bytes).await?;
        let cpu_seconds = process::cpu_time(self.server_pid)?.saturating_sub(cpu_before).as_secs_f64();
        let seconds = started.elapsed().as_secs_f64();
        let latency_us = tally.borrow_mut().take_latencies(None).context("no latencies were taken")?;
        let (deliveries, line_bytes) =
            (tally.borrow().deliveries - deliveries_before, tally.borrow().line_bytes);
        let measured = Measured { deliveries, seconds, cpu_seconds, latency_us, line_bytes };

        // Whatever is under way must arrive: nothing may be lost at the end either.
        let drained =
            timeout(DRAIN_WITHIN, self.keep_in_flight(0, Instant::now() + DRAIN_WITHIN, publisher, 0));
        drained.await.unwrap_or(Ok(()))?;
        ensure!(
            self.complete() == publisher.sent(),
            "{} messages were sent, but everybody has only the first {}",
            publisher.sent(),
            self.complete()
        );
        Ok(measured)
    }

    /// Sends a message whenever fewer than `window` are under way, until a time; with 0, until none is.
    async fn keep_in_flight(
        &self,
        window: u64,
        until: Instant,
        publisher: &mut Publisher,
        line_bytes: usize,
    ) -> Result<()> {
        while Instant::now() < until {
            while publisher.sent() - self.complete() < window {
                let now_ns = self.shared.tally.borrow().now_ns();
                publisher.send(now_ns, line_bytes).await?;
            }
            if window == 0 && publisher.sent() == self.complete() {
                return Ok(());
            }
            // All may be cancelled: reading while it waits, a notification, a deadline.
            let wait = async {
                tokio::select! {
                    read = publisher.read() => read,
                    () = self.shared.moved.notified() => Ok(()),
                }
            };
            if let Ok(result) = timeout_at(until, wait).await {
                result?;
            }
            if let Some(error) = self.shared.failure.borrow_mut().take() {
                return Err(error.context("a member failed"));
            }
        }
        Ok(())
    }
}

async fn read(mut connection: Connection, mut position: Position, shared: Rc<Shared>) {
    loop {
        let mut now_ns = None;
        let result = connection
            .read(&mut |line| {
                let mut tally = shared.tally.borrow_mut();
                let now_ns = *now_ns.get_or_insert_with(|| tally.now_ns());
                if tally.count(&mut position, line, now_ns)? {
                    shared.moved.notify_one();
                }
                Ok(())
            })
            .await;
        if let Err(error) = result {
            shared.failure.borrow_mut().get_or_insert(error);
            shared.moved.notify_one();
            return;
        }
    }
}
