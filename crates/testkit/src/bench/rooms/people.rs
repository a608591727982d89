//! Those who write and listen.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Error, Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use hdrhistogram::Histogram;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::Pace;
use crate::bench::crowd::AT_ONCE;
use crate::bench::dialect::Heard;
use crate::bench::payload::{PAYLOAD_BYTES, Stamp};
use crate::bench::subject::{Rooms, Stand};
use crate::bench::tally::nanoseconds;
use crate::bench::wire::Wire;

/// How long the last messages may take to arrive once no more are sent.
const DRAIN_WITHIN: Duration = Duration::from_secs(60);

/// Everybody in all rooms, each with a task.
pub(super) struct People {
    shared: Rc<Shared>,
    _tasks: JoinSet<()>,
}

/// What the tasks share.
struct Shared {
    started: Instant,
    rooms: Rooms,
    pace: Pace,
    sent: Cell<u64>,
    deliveries: Cell<u64>,
    /// Nobody sends any more.
    stopping: Cell<bool>,
    latency_us: RefCell<Option<Histogram<u64>>>,
    failure: RefCell<Option<Error>>,
    /// Everything that was sent has arrived, or somebody has failed.
    moved: Notify,
}

impl People {
    /// Opens all connections, then everybody begins to write.
    pub(super) async fn come(stand: &Stand, rooms: Rooms, pace: Pace) -> Result<Self> {
        let joined: Vec<(usize, Wire)> = stream::iter(0..rooms.count * rooms.members)
            .map(|number| async move { anyhow::Ok((number, stand.join(number, &mut |_| Ok(())).await?)) })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
            .context("cannot follow the rooms")?;
        let shared = Rc::new(Shared {
            started: Instant::now(),
            rooms,
            pace,
            sent: Cell::new(0),
            deliveries: Cell::new(0),
            stopping: Cell::new(false),
            latency_us: RefCell::new(None),
            failure: RefCell::new(None),
            moved: Notify::new(),
        });
        let mut tasks = JoinSet::new();
        for (number, wire) in joined {
            let (shared, room) = (shared.clone(), stand.room(number).to_owned());
            tasks.spawn_local(async move {
                if let Err(error) = Person::new(number, room, &shared).take_part(wire).await {
                    shared.failure.borrow_mut().get_or_insert(error);
                    shared.moved.notify_one();
                }
            });
        }
        Ok(Self { shared, _tasks: tasks })
    }

    pub(super) fn deliveries(&self) -> u64 {
        self.shared.deliveries.get()
    }

    /// Begins to take latencies, or ends and hands them over.
    pub(super) fn take_latencies(&self, next: Option<Histogram<u64>>) -> Option<Histogram<u64>> {
        self.shared.latency_us.replace(next)
    }

    /// Nobody sends any more, and everything that was sent must arrive.
    pub(super) async fn drain(&self) -> Result<()> {
        let shared = &self.shared;
        shared.stopping.set(true);
        let through = timeout(DRAIN_WITHIN, async {
            while !shared.is_through() && shared.failure.borrow().is_none() {
                shared.moved.notified().await;
            }
        });
        let through = through.await;
        if let Some(error) = shared.failure.take() {
            return Err(error.context("a member failed"));
        }
        ensure!(
            through.is_ok(),
            "{} messages were sent to {} people each, but only {} deliveries came",
            shared.sent.get(),
            shared.rooms.members,
            shared.deliveries.get()
        );
        Ok(())
    }
}

impl Shared {
    fn is_through(&self) -> bool {
        self.stopping.get() && self.deliveries.get() == self.sent.get() * self.rooms.members as u64
    }
}

/// One of them.
struct Person<'a> {
    number: usize,
    room: String,
    shared: &'a Shared,
    sent: u32,
    /// By member of the room: the newest message of theirs that has come.
    newest: Vec<u32>,
}

impl<'a> Person<'a> {
    fn new(number: usize, room: String, shared: &'a Shared) -> Self {
        Self { number, room, shared, sent: 0, newest: vec![0; shared.rooms.members] }
    }

    async fn take_part(mut self, mut wire: Wire) -> Result<()> {
        let shared = self.shared;
        let mut due = match shared.pace {
            Pace::OnReturn => shared.started,
            // One after the other, and not all at once.
            Pace::Every(interval) => {
                let everybody = shared.rooms.count * shared.rooms.members;
                shared.started + interval.mul_f64(self.number as f64 / everybody as f64)
            }
        };
        loop {
            let may_send = !shared.stopping.get() && due <= Instant::now();
            match shared.pace {
                Pace::OnReturn if may_send && self.is_back() => self.send(&mut wire).await?,
                Pace::Every(interval) if may_send => {
                    due += interval;
                    self.send(&mut wire).await?;
                }
                _ => {}
            }
            // Listening may be given up while it waits.
            match shared.pace {
                Pace::Every(_) if !shared.stopping.get() => {
                    timeout_at(due, self.listen(&mut wire)).await.unwrap_or(Ok(()))?;
                }
                _ => self.listen(&mut wire).await?,
            }
        }
    }

    fn is_back(&self) -> bool {
        self.newest.get(self.number / self.shared.rooms.count) == Some(&self.sent)
    }

    async fn send(&mut self, wire: &mut Wire) -> Result<()> {
        self.sent += 1;
        self.shared.sent.set(self.shared.sent.get() + 1);
        let sent_at_ns = nanoseconds(self.shared.started.elapsed());
        let stamp = Stamp { sent_at_ns, sender: u32::try_from(self.number)?, number: self.sent };
        wire.say(&self.room, &stamp.message(PAYLOAD_BYTES)).await
    }

    async fn listen(&mut self, wire: &mut Wire) -> Result<()> {
        let Self { number, shared, newest, .. } = self;
        let (number, rooms) = (*number, shared.rooms.count);
        let mut now_ns = None;
        wire.hear(&mut |heard| {
            let Heard::Delivery(payload) = heard else { return Ok(()) };
            let stamp = Stamp::of(payload).context("a delivery that nobody sent")?;
            let sender = usize::try_from(stamp.sender)?;
            let seen = newest.get_mut(sender / rooms).context("a delivery of a stranger")?;
            ensure!(
                sender % rooms == number % rooms && stamp.number == *seen + 1,
                "message {} of {sender} came to {number} after {seen}",
                stamp.number
            );
            *seen = stamp.number;
            shared.deliveries.set(shared.deliveries.get() + 1);
            if let Some(latency) = shared.latency_us.borrow_mut().as_mut() {
                let now = *now_ns.get_or_insert_with(|| nanoseconds(shared.started.elapsed()));
                latency.saturating_record(now.saturating_sub(stamp.sent_at_ns) / 1_000);
            }
            Ok(())
        })
        .await?;
        if shared.is_through() {
            shared.moved.notify_one();
        }
        Ok(())
    }
}
