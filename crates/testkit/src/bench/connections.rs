//! Ten thousand people who only listen: how fast they come in, and what each costs.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Error, Result, bail, ensure};
use futures_util::{StreamExt, TryFutureExt, TryStreamExt, stream};
use serde_json::json;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::crowd::{self, AT_ONCE};
use super::samples::Samples;
use super::{Bench, Table, progress};
use crate::client::{Connection, Target};
use crate::process::{self, Memory};

const ROOMS: usize = 100;
const LARGE_MESSAGE_BYTES: usize = 60_000;
/// How many large messages are on their way at a time.
const LARGE_AT_ONCE: usize = 16;
/// The server gives memory back to the kernel in its own time; what it keeps longer than this counts.
const SETTLE: Duration = Duration::from_secs(12);
const ALL_SENT_WITHIN: Duration = Duration::from_secs(300);

#[derive(Default)]
struct Figures {
    connects_per_second: Samples,
    cpu_us: Samples,
    before_mib: Samples,
    rss_kib: Samples,
    pss_kib: Samples,
    rss_after_large_kib: Samples,
}

/// What the crowd's tasks share.
struct Crowd {
    /// A permit to send the large message.
    may_send: Semaphore,
    sent: Cell<usize>,
    all_sent: Notify,
    failure: RefCell<Option<Error>>,
}

pub(super) async fn run(bench: &Bench) -> Result<Vec<Table>> {
    let mut figures = Figures::default();
    for run in 1..=bench.options.runs() {
        measure(bench, &mut figures).await?;
        progress(&format!("  run {run}: {} connects/s", figures.connects_per_second.show(0)));
    }
    let count = bench.options.connections;
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    Ok(vec![Table {
        title: format!("{count} connections"),
        about: format!(
            "Each opens a WebSocket, signs in with a JWT (HS256) of a user who exists, and follows the user's own \
             channel and one of {ROOMS} rooms; {AT_ONCE} are on their way at a time. Memory is what the process \
             has more than before they came, {} s after the last did anything, divided by their number; the \
             kernel's socket buffers are not in it. Then each sends one message of {LARGE_MESSAGE_BYTES} bytes to \
             a room of its own that nobody follows.",
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
                "RSS per connection after large messages",
                format!("{} KiB", figures.rss_after_large_kib.show(2)),
            ),
        ],
    }])
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

    let crowd = Rc::new(Crowd {
        may_send: Semaphore::new(0),
        sent: Cell::new(0),
        all_sent: Notify::new(),
        failure: RefCell::new(None),
    });
    let mut tasks = JoinSet::new();
    stream::iter(0..count)
        .map(|number| {
            let follow = crowd::follow(&rooms[number % ROOMS]);
            crowd::join(target, number, Some(follow), |_| Ok(())).map_ok(move |joined| (number, joined.0))
        })
        .buffer_unordered(AT_ONCE)
        .try_for_each(|(number, connection)| {
            tasks.spawn_local(stay(connection, crowd.clone(), own_rooms[number].clone(), count));
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

    let after: Memory = {
        crowd.may_send.add_permits(LARGE_AT_ONCE);
        let all_sent = timeout(ALL_SENT_WITHIN, crowd.all_sent.notified()).await;
        crowd.check()?;
        ensure!(all_sent.is_ok(), "only {} of {count} large messages were sent in time", crowd.sent.get());
        sleep(SETTLE).await;
        crowd.check()?;
        process::memory(server.pid())?
    };
    figures.rss_after_large_kib.push(per_connection(after.rss_bytes, before.rss_bytes));
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

impl Crowd {
    fn check(&self) -> Result<()> {
        match self.failure.borrow_mut().take() {
            Some(error) => Err(error.context("a connection was lost")),
            None => Ok(()),
        }
    }
}

/// Listens for ever, and sends one large message once it may.
async fn stay(mut connection: Connection, crowd: Rc<Crowd>, room: String, count: usize) {
    if let Err(error) = listen(&mut connection, &crowd, &room, count).await {
        crowd.failure.borrow_mut().get_or_insert(error);
        crowd.all_sent.notify_one();
    }
}

async fn listen(connection: &mut Connection, crowd: &Crowd, room: &str, count: usize) -> Result<()> {
    let mut ignore = |_: &[u8]| Ok(());
    loop {
        // Both may be cancelled: reading while it waits, and waiting for a permit.
        tokio::select! {
            read = connection.read(&mut ignore) => read?,
            permit = crowd.may_send.acquire() => {
                let _permit = permit?;
                send_large(connection, room).await?;
                crowd.sent.set(crowd.sent.get() + 1);
                if crowd.sent.get() == count {
                    crowd.all_sent.notify_one();
                }
                break;
            }
        }
    }
    loop {
        connection.read(&mut ignore).await?;
    }
}

async fn send_large(connection: &mut Connection, room: &str) -> Result<()> {
    let text = "x".repeat(LARGE_MESSAGE_BYTES);
    let sent =
        connection.rpc("message.send", &json!({"room": room, "client_id": "large", "text": text})).await?;
    if sent["seq"].as_u64().is_none() {
        bail!("the large message was not accepted");
    }
    Ok(())
}
