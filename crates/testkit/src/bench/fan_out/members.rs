//! Those who listen, and the loops around them.

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
use crate::bench::dialect::Heard;
use crate::bench::figures::{MAX_LATENCY_US, Measured};
use crate::bench::payload::Stamp;
use crate::bench::subject::Stand;
use crate::bench::tally::{Position, Tally, nanoseconds};
use crate::bench::wire::Wire;

/// How long the last messages may take to arrive once no more are sent.
const DRAIN_WITHIN: Duration = Duration::from_secs(60);

/// When the next message is due.
#[derive(Debug, Clone, Copy)]
pub(in crate::bench) enum Pace {
    /// As soon as fewer than so many are under way.
    InFlight(u64),
    /// Once in so long, however late the others are; latency counts from when it was due.
    Every(Duration),
}

/// All members of a room, each with a task that reads.
pub(in crate::bench) struct Members {
    shared: Rc<Shared>,
    _tasks: JoinSet<()>,
}

struct Shared {
    tally: RefCell<Tally>,
    /// Some message has reached everybody, or a member has failed.
    moved: Notify,
    failure: RefCell<Option<Error>>,
}

impl Members {
    /// Begins to read. Nothing has been sent to the room yet.
    pub(in crate::bench) fn listen(joined: Vec<Wire>) -> Self {
        let shared = Rc::new(Shared {
            tally: RefCell::new(Tally::new(joined.len())),
            moved: Notify::new(),
            failure: RefCell::new(None),
        });
        let mut tasks = JoinSet::new();
        for wire in joined {
            tasks.spawn_local(read(wire, shared.clone()));
        }
        Self { shared, _tasks: tasks }
    }

    /// Warms up, measures, and waits until everything that was sent has arrived everywhere.
    pub(in crate::bench) async fn measure(
        &self,
        bench: &Bench,
        stand: &Stand,
        pace: Pace,
        publisher: &mut Publisher,
    ) -> Result<Measured> {
        let tally = &self.shared.tally;
        let warm = Instant::now() + bench.options.warm_up();
        self.send_until(pace, warm, publisher).await?;

        tally.borrow_mut().take_latencies(Some(Histogram::new_with_max(MAX_LATENCY_US, 3)?));
        let (deliveries_before, started) = (tally.borrow().deliveries, Instant::now());
        let cpu_before = stand.cpu_time()?;
        let until = started + bench.options.measured_for();
        self.send_until(pace, until, publisher).await?;
        let cpu_seconds = stand.cpu_time()?.saturating_sub(cpu_before).as_secs_f64();
        let seconds = started.elapsed().as_secs_f64();
        let latency_us = tally.borrow_mut().take_latencies(None).context("no latencies were taken")?;
        let deliveries = tally.borrow().deliveries - deliveries_before;

        // Whatever is under way must arrive: nothing may be lost at the end either.
        let drained = timeout(DRAIN_WITHIN, self.drain(publisher)).await;
        ensure!(
            drained.is_ok(),
            "{} messages were sent, but everybody has only the first {}",
            publisher.sent(),
            tally.borrow().complete()
        );
        drained.unwrap_or(Ok(()))?;
        Ok(Measured { deliveries, seconds, cpu_seconds, latency_us })
    }

    async fn send_until(&self, pace: Pace, until: Instant, publisher: &mut Publisher) -> Result<()> {
        match pace {
            Pace::InFlight(window) => self.keep_in_flight(window, until, publisher).await,
            Pace::Every(interval) => self.send_every(interval, until, publisher).await,
        }
    }

    async fn keep_in_flight(&self, window: u64, until: Instant, publisher: &mut Publisher) -> Result<()> {
        while Instant::now() < until {
            while publisher.sent() - self.shared.tally.borrow().complete() < window {
                let now_ns = self.shared.tally.borrow().now_ns();
                publisher.send(now_ns).await?;
            }
            self.wait(until, publisher).await?;
        }
        Ok(())
    }

    async fn send_every(&self, interval: Duration, until: Instant, publisher: &mut Publisher) -> Result<()> {
        let mut due = Instant::now();
        loop {
            while due <= Instant::now() {
                let late_ns = nanoseconds(due.elapsed());
                let due_ns = self.shared.tally.borrow().now_ns().saturating_sub(late_ns);
                publisher.send(due_ns).await?;
                due += interval;
            }
            if Instant::now() >= until {
                return Ok(());
            }
            self.wait(due.min(until), publisher).await?;
        }
    }

    async fn drain(&self, publisher: &mut Publisher) -> Result<()> {
        while self.shared.tally.borrow().complete() < publisher.sent() {
            self.wait(Instant::now() + DRAIN_WITHIN, publisher).await?;
        }
        Ok(())
    }

    /// Until something has moved, or a time.
    async fn wait(&self, until: Instant, publisher: &mut Publisher) -> Result<()> {
        // All may be cancelled: reading while it waits, a notification, a deadline.
        let moved = async {
            tokio::select! {
                read = publisher.read() => read,
                () = self.shared.moved.notified() => Ok(()),
            }
        };
        if let Ok(result) = timeout_at(until, moved).await {
            result?;
        }
        match self.shared.failure.borrow_mut().take() {
            Some(error) => Err(error.context("a member failed")),
            None => Ok(()),
        }
    }
}

async fn read(mut wire: Wire, shared: Rc<Shared>) {
    let mut position = Position::default();
    loop {
        let mut now_ns = None;
        let result = wire
            .hear(&mut |heard| {
                let Heard::Delivery(payload) = heard else { return Ok(()) };
                let stamp = Stamp::of(payload).context("a delivery that nobody sent")?;
                let mut tally = shared.tally.borrow_mut();
                let now_ns = *now_ns.get_or_insert_with(|| tally.now_ns());
                if tally.count(&mut position, stamp.number.into(), stamp.sent_at_ns, now_ns)? {
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
