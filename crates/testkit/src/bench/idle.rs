//! Ten thousand people on a peer who only listen: how fast they come in, what each costs, and what is left of a large
//! message that each has sent.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Error, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::Bench;
use super::connections::{ALL_SENT_WITHIN, LARGE_AT_ONCE, LARGE_MESSAGE_BYTES, ROOMS, SETTLE};
use super::crowd::AT_ONCE;
use super::dialect::{Heard, Identity};
use super::samples::Samples;
use super::subject::{Rooms, Stand, Subject};
use super::wire::Wire;

/// Where the large messages go; one connection listens there and counts.
const SINK: &str = "sink";

#[derive(Debug, Default, Clone)]
pub(super) struct Figures {
    pub(super) connects_per_second: Samples,
    pub(super) cpu_us: Samples,
    pub(super) rss_kib: Samples,
    pub(super) rss_after_large_kib: Samples,
}

/// What the tasks share.
struct Shared {
    /// Who has a permit may send its large message; it is given back when the message has come.
    may_send: Semaphore,
    came: RefCell<usize>,
    moved: Notify,
    failure: RefCell<Option<Error>>,
}

/// One run on a peer, or on the bare limit, which is not sent anything large: all that is sent to it goes to whole rooms.
pub(super) async fn measure(bench: &Bench, subject: Subject, figures: &mut Figures) -> Result<()> {
    let count = bench.options.connections;
    let stand = subject.start(bench, Rooms { count: ROOMS, members: count.div_ceil(ROOMS) }).await?;
    let shared = Rc::new(Shared {
        may_send: Semaphore::new(0),
        came: RefCell::new(0),
        moved: Notify::new(),
        failure: RefCell::new(None),
    });
    let mut tasks = JoinSet::new();
    // The first connection is not counted, nor whatever the server sets up for it.
    let sink = Identity { number: count, follows: &[SINK], writes: SINK };
    let observer = stand.open(sink, &mut |_| Ok(())).await?;
    tasks.spawn_local(until_failure(observe(observer, shared.clone()), shared.clone()));
    sleep(Duration::from_secs(1)).await;

    let (before, cpu_before, started) = (stand.rss_bytes()?, stand.cpu_time()?, Instant::now());
    stream::iter(0..count)
        .map(|number| come(&stand, number))
        .buffer_unordered(AT_ONCE)
        .try_for_each(|wire| {
            tasks.spawn_local(until_failure(stay(wire, shared.clone()), shared.clone()));
            async { Ok(()) }
        })
        .await
        .context("cannot connect them all")?;
    let took = started.elapsed().as_secs_f64();
    let cpu = stand.cpu_time()?.saturating_sub(cpu_before).as_secs_f64();
    figures.connects_per_second.push(count as f64 / took);
    figures.cpu_us.push(cpu * 1e6 / count as f64);

    let per_connection = |now: u64| now.saturating_sub(before) as f64 / 1024.0 / count as f64;
    sleep(SETTLE).await;
    shared.check()?;
    figures.rss_kib.push(per_connection(stand.rss_bytes()?));
    if subject.is_peer() {
        timeout(ALL_SENT_WITHIN, shared.all_send(count)).await.context("not all came in time")??;
        sleep(SETTLE).await;
        shared.check()?;
        figures.rss_after_large_kib.push(per_connection(stand.rss_bytes()?));
    }
    Ok(())
}

/// Follows the own channel and a room.
async fn come(stand: &Stand, number: usize) -> Result<Wire> {
    let own = format!("user-{number}");
    let follows = [own.as_str(), stand.room(number)];
    stand.open(Identity { number, follows: &follows, writes: SINK }, &mut |_| Ok(())).await
}

impl Shared {
    /// Lets everybody send, a few at a time, and waits until all of it has come.
    async fn all_send(&self, count: usize) -> Result<()> {
        self.may_send.add_permits(LARGE_AT_ONCE);
        while *self.came.borrow() < count {
            self.moved.notified().await;
            self.check()?;
        }
        Ok(())
    }

    fn check(&self) -> Result<()> {
        self.failure.take().map_or(Ok(()), |error| Err(error.context("a connection was lost")))
    }
}

async fn until_failure(task: impl Future<Output = Result<()>>, shared: Rc<Shared>) {
    if let Err(error) = task.await {
        shared.failure.borrow_mut().get_or_insert(error);
        shared.moved.notify_one();
    }
}

/// Counts the large messages; for each that has come another may be sent.
async fn observe(mut wire: Wire, shared: Rc<Shared>) -> Result<()> {
    loop {
        wire.hear(&mut |heard| {
            if let Heard::Delivery(payload) = heard
                && payload.len() == LARGE_MESSAGE_BYTES
            {
                *shared.came.borrow_mut() += 1;
                shared.may_send.add_permits(1);
                shared.moved.notify_one();
            }
            Ok(())
        })
        .await?;
    }
}

/// Listens for ever, and sends one large message once it may.
async fn stay(mut wire: Wire, shared: Rc<Shared>) -> Result<()> {
    {
        let mut ignore = |_: Heard<'_>| Ok(());
        let permit = shared.may_send.acquire();
        tokio::pin!(permit);
        loop {
            // Listening may be given up while it waits; waiting for the permit goes on.
            tokio::select! {
                heard = wire.hear(&mut ignore) => heard?,
                permit = &mut permit => {
                    permit?.forget();
                    break;
                }
            }
        }
    }
    wire.say(SINK, "x".repeat(LARGE_MESSAGE_BYTES).as_bytes()).await?;
    loop {
        wire.hear(&mut |_| Ok(())).await?;
    }
}
