//! Ten thousand people who only listen: how fast they come in, and what each costs.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Error, Result, bail};
use futures_util::{StreamExt, TryFutureExt, TryStreamExt, stream};
use serde_json::json;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::bars::Bar;
use super::crowd::{self, AT_ONCE};
use super::samples::Samples;
use super::subject::Subject;
use super::{Bench, Table, idle, progress};
use crate::client::{Connection, Target};
use crate::limit::Mode;
use crate::process;

pub(super) const ROOMS: usize = 100;
pub(super) const LARGE_MESSAGE_BYTES: usize = 60_000;
/// The id of a room that does not exist: nobody made one in 1970.
const NO_ROOM: &str = "00000000000000000000000000";
/// How many large messages are on their way at a time.
pub(super) const LARGE_AT_ONCE: usize = 16;
/// The server gives memory back to the kernel in its own time; what it keeps longer than this counts.
pub(super) const SETTLE: Duration = Duration::from_secs(12);
pub(super) const ALL_SENT_WITHIN: Duration = Duration::from_secs(300);

#[derive(Default)]
struct Figures {
    connects_per_second: Samples,
    cpu_us: Samples,
    before_mib: Samples,
    rss_kib: Samples,
    pss_kib: Samples,
    rss_after_refused_kib: Samples,
    rss_after_kept_kib: Samples,
}

/// What the crowd's tasks share.
#[derive(Default)]
struct Crowd {
    /// Each sends a large message that is refused: what is left of it is buffers.
    refused: Round,
    /// Each sends a large message that is kept: the node holds a room's newest changes in memory too.
    kept: Round,
    failure: RefCell<Option<Error>>,
}

/// Everybody sends one large message, a few at a time.
struct Round {
    may_send: Semaphore,
    sent: Cell<usize>,
    moved: Notify,
}

impl Default for Round {
    fn default() -> Self {
        Self { may_send: Semaphore::new(0), sent: Cell::new(0), moved: Notify::new() }
    }
}

pub(super) async fn run(bench: &Bench) -> Result<Vec<Table>> {
    let mut figures = Figures::default();
    for run in 1..=bench.options.runs() {
        measure(bench, &mut figures).await?;
        progress(&format!("  run {run}: {} connects/s", figures.connects_per_second.show(0)));
    }
    let beside = beside(bench, &figures).await?;
    let count = bench.options.connections;
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    Ok(vec![
        Table {
            title: format!("{count} connections"),
            about: format!(
                "Each opens a WebSocket, signs in with a JWT (HS256) of a user who exists, and follows the user's own \
             channel and one of {ROOMS} rooms; {AT_ONCE} are on their way at a time. Memory is what the process \
             has more than before they came, {} s after the last did anything, divided by their number; the \
             kernel's socket buffers are not in it. Then each sends {LARGE_MESSAGE_BYTES} bytes to a room that does \
             not exist, and is refused: what stays is buffers. Then each sends as much to a room of its own that \
             nobody follows: the newest changes of rooms, which the node keeps in memory, and the store's cache come \
             in addition.",
                SETTLE.as_secs()
            ),
            columns: vec!["what", "value"],
            rows: vec![
                row("connect + token + subscriptions", format!("{} /s", figures.connects_per_second.show(0))),
                row("server CPU for that", format!("{} µs", figures.cpu_us.show(0))),
                row("RSS before", format!("{} MiB", figures.before_mib.show(1))),
                row("RSS per idle connection", format!("{} KiB", figures.rss_kib.show(2))),
                row("PSS per idle connection", format!("{} KiB", figures.pss_kib.show(2))),
                row(
                    "the same after a large refused one each",
                    format!("{} KiB", figures.rss_after_refused_kib.show(2)),
                ),
                row(
                    "the same after a large kept one each",
                    format!("{} KiB", figures.rss_after_kept_kib.show(2)),
                ),
            ],
        },
        beside,
    ])
}

/// The same of the peers, as far as they have such a thing, beside Chinwag's.
async fn beside(bench: &Bench, ours: &Figures) -> Result<Table> {
    bench.judge([
        Bar::at_least("connect + token + subscriptions", 10_000.0, ours.connects_per_second.median(), "/s"),
        Bar::at_most("memory per idle connection", 4.0, ours.rss_kib.median(), " KiB"),
        Bar::at_most(
            "the same after a large refused message each",
            4.0,
            ours.rss_after_refused_kib.median(),
            " KiB",
        ),
        Bar::at_most(
            "the same after a large kept message each",
            4.0,
            ours.rss_after_kept_kib.median(),
            " KiB",
        ),
    ]);
    let row = |who: &str, figures: [&Samples; 4]| {
        let [connects, cpu, idle, after] = figures;
        vec![who.to_owned(), connects.show(0), cpu.show(0), idle.show(2), after.show(2)]
    };
    let ours = [&ours.connects_per_second, &ours.cpu_us, &ours.rss_kib, &ours.rss_after_refused_kib];
    let mut rows = vec![row("Chinwag, durable", ours)];
    let others = bench.subjects().into_iter();
    for subject in others.filter(|who| who.is_peer() || *who == Subject::Limit(Mode::Direct)) {
        // Once each: what a connection takes hardly varies, and every run costs a minute.
        let mut figures = idle::Figures::default();
        if let Err(error) = idle::measure(bench, subject, &mut figures).await {
            progress(&format!("*** {} did not stand this: {error:#} ***", subject.name()));
        }
        let rate = figures.connects_per_second.show(0);
        progress(&format!("  {}: {rate} connects/s", subject.name()));
        let idle::Figures { connects_per_second, cpu_us, rss_kib, rss_after_large_kib } = &figures;
        rows.push(row(subject.name(), [connects_per_second, cpu_us, rss_kib, rss_after_large_kib]));
    }
    Ok(Table {
        title: format!("{} connections, beside the peers", bench.options.connections),
        about: format!(
            "Each opens a WebSocket, shows a token where the peer has such a thing (see above), and follows a channel of its \
             own and one of {ROOMS} rooms; on the bare limit only the room. Memory is the server's resident set, as above. \
             Then each sends {LARGE_MESSAGE_BYTES} bytes, a few at a time, to a channel that one more connection follows: \
             what stays is buffers. Chinwag's are the large refused ones of the table above; the others were measured once. A peer that \
             did not stand it (it closed connections) has – from there on."
        ),
        columns: vec![
            "who",
            "connects/s",
            "server CPU µs/connect",
            "RSS KiB/connection",
            "after a large message each",
        ],
        rows,
    })
}

async fn measure(bench: &Bench, figures: &mut Figures) -> Result<()> {
    let count = bench.options.connections;
    let directory = bench.directory()?;
    let (rooms, own_rooms) = prepare(bench, directory.path(), count).await?;

    let server = bench.start(directory.path()).await?;
    let target = Target::chinwag(server.address);
    // One connection, so that whatever the server sets up for the first of them is not counted.
    drop(crowd::user(target, 0).await?);
    sleep(Duration::from_secs(1)).await;
    let before = process::memory(server.pid())?;
    let cpu_before = process::cpu_time(server.pid())?;
    let started = Instant::now();

    let crowd = Rc::new(Crowd::default());
    let mut tasks = JoinSet::new();
    stream::iter(0..count)
        .map(|number| {
            let follow = crowd::follow(&rooms[number % ROOMS]);
            crowd::join(target, number, Some(follow), |_| Ok(())).map_ok(move |joined| (number, joined.0))
        })
        .buffer_unordered(AT_ONCE)
        .try_for_each(|(number, connection)| {
            tasks.spawn_local(stay(connection, crowd.clone(), own_rooms[number].clone()));
            async { Ok(()) }
        })
        .await
        .context("cannot connect them all")?;
    let took = started.elapsed().as_secs_f64();
    let cpu = process::cpu_time(server.pid())?.saturating_sub(cpu_before).as_secs_f64();
    figures.connects_per_second.push(count as f64 / took);
    figures.cpu_us.push(cpu * 1e6 / count as f64);

    sleep(SETTLE).await;
    crowd.check()?;
    let idle = process::memory(server.pid())?;
    let per_connection = |bytes: u64, base: u64| bytes.saturating_sub(base) as f64 / 1024.0 / count as f64;
    figures.before_mib.push(before.rss_bytes as f64 / (1024.0 * 1024.0));
    figures.rss_kib.push(per_connection(idle.rss_bytes, before.rss_bytes));
    figures.pss_kib.push(per_connection(idle.pss_bytes, before.pss_bytes));

    let rounds = [
        (&crowd.refused, &mut figures.rss_after_refused_kib),
        (&crowd.kept, &mut figures.rss_after_kept_kib),
    ];
    for (round, samples) in rounds {
        timeout(ALL_SENT_WITHIN, crowd.all_send(round, count))
            .await
            .context("not all were sent in time")??;
        sleep(SETTLE).await;
        crowd.check()?;
        samples.push(per_connection(process::memory(server.pid())?.rss_bytes, before.rss_bytes));
    }
    Ok(())
}

/// Users and rooms, made on a node of their own, so that making them leaves no trace in the memory of the one that
/// is measured. Tells the rooms to follow, and of each user the room that nobody follows.
async fn prepare(
    bench: &Bench,
    directory: &std::path::Path,
    count: usize,
) -> Result<(Vec<String>, Vec<String>)> {
    let server = bench.start(directory).await?;
    let target = Target::chinwag(server.address);
    let own_rooms = stream::iter(0..count)
        .map(|number| async move { crowd::create_room(&mut crowd::user(target, number).await?, "own").await })
        .buffered(AT_ONCE)
        .try_collect()
        .await
        .context("cannot create users and their rooms")?;
    let mut owner = crowd::user(target, 0).await?;
    Ok((crowd::create_rooms(&mut owner, ROOMS).await?, own_rooms))
}

impl Round {
    /// One has sent; the next may.
    fn count(&self, permit: SemaphorePermit<'_>) {
        drop(permit);
        self.sent.set(self.sent.get() + 1);
        self.moved.notify_one();
    }
}

impl Crowd {
    /// Lets everybody send and waits until all have.
    async fn all_send(&self, round: &Round, count: usize) -> Result<()> {
        round.may_send.add_permits(LARGE_AT_ONCE);
        while round.sent.get() < count {
            round.moved.notified().await;
            self.check()?;
        }
        Ok(())
    }

    fn check(&self) -> Result<()> {
        match self.failure.borrow_mut().take() {
            Some(error) => Err(error.context("a connection was lost")),
            None => Ok(()),
        }
    }
}

/// Listens for ever, and sends its large messages once it may.
async fn stay(mut connection: Connection, crowd: Rc<Crowd>, room: String) {
    if let Err(error) = listen(&mut connection, &crowd, &room).await {
        crowd.failure.borrow_mut().get_or_insert(error);
        crowd.refused.moved.notify_one();
        crowd.kept.moved.notify_one();
    }
}

async fn listen(connection: &mut Connection, crowd: &Crowd, room: &str) -> Result<()> {
    let permit = wait_for(connection, &crowd.refused).await?;
    if send_large(connection, NO_ROOM).await.is_ok() {
        bail!("a message to a room that does not exist was accepted");
    }
    crowd.refused.count(permit);
    let permit = wait_for(connection, &crowd.kept).await?;
    send_large(connection, room).await?;
    crowd.kept.count(permit);
    loop {
        connection.read(&mut |_| Ok(())).await?;
    }
}

/// Listens until it may send.
async fn wait_for<'a>(connection: &mut Connection, round: &'a Round) -> Result<SemaphorePermit<'a>> {
    let mut ignore = |_: &[u8]| Ok(());
    let permit = round.may_send.acquire();
    tokio::pin!(permit);
    loop {
        // Reading may be cancelled while it waits; waiting for the permit goes on.
        tokio::select! {
            read = connection.read(&mut ignore) => read?,
            permit = &mut permit => return Ok(permit?),
        }
    }
}

async fn send_large(connection: &mut Connection, room: &str) -> Result<()> {
    let text = "x".repeat(LARGE_MESSAGE_BYTES);
    connection.rpc("message.send", &json!({"room": room, "client_id": "large", "text": text})).await?;
    Ok(())
}
