//! Ten thousand people who cannot make up their minds: what it costs to show them as away and back again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Error, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use memchr::memmem;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at, sleep, sleep_until};

use super::crowd::{self, AT_ONCE};
use super::samples::Samples;
use super::subject::{Rooms, fill_rooms};
use super::{Bench, Table, progress};
use crate::client::{Connection, Target};
use crate::process;

const ROOMS: usize = 100;
/// How often each of them looks away, and how often back.
const FLAPS_EVERY: Duration = Duration::from_secs(2);
/// Until all who came have been told to all others.
const SETTLE: Duration = Duration::from_secs(4);
/// Events come once a second.
const SHORTEST: Duration = Duration::from_secs(5);

const AWAY: &[u8] = br#"{"send":{"data":{"type":"activity","active":false}}}"#;
const BACK: &[u8] = br#"{"send":{"data":{"type":"activity","active":true}}}"#;
const EVENT: &[u8] = br#""presence.changed""#;
const ENTRY: &[u8] = br#""presence":"#;

#[derive(Default)]
struct Figures {
    idle_cpu: Samples,
    cpu: Samples,
    moves_per_second: Samples,
    events_per_second: Samples,
    entries_per_second: Samples,
}

/// What the tasks share.
#[derive(Default)]
struct Crowd {
    flaps: Cell<bool>,
    moves: Cell<u64>,
    events: Cell<u64>,
    entries: Cell<u64>,
    failure: RefCell<Option<Error>>,
}

pub(super) async fn run(bench: &Bench) -> Result<Vec<Table>> {
    let mut figures = Figures::default();
    for run in 1..=bench.options.runs() {
        measure(bench, &mut figures).await?;
        progress(&format!("  run {run}: {} % of a core", figures.cpu.show(1)));
    }
    let count = bench.options.connections;
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    Ok(vec![Table {
        title: format!("{count} people who come and go"),
        about: format!(
            "Each follows one of {ROOMS} rooms and says every {} s, each at another moment, that nobody looks, or that \
             somebody does again. Everybody in the room is told, once a second at most, however many moved. \
             `cargo run --release -p chinwag-testkit -- bench --only presence` measures this alone.",
            FLAPS_EVERY.as_secs()
        ),
        columns: vec!["what", "value"],
        rows: vec![
            row("server CPU while all are quiet", format!("{} % of a core", figures.idle_cpu.show(1))),
            row("server CPU while they flap", format!("{} % of a core", figures.cpu.show(1))),
            row("moves", format!("{} /s", figures.moves_per_second.show(0))),
            row("events that each connection gets", format!("{} /s", figures.events_per_second.show(2))),
            row("people named in them", format!("{} /s", figures.entries_per_second.show(1))),
        ],
    }])
}

async fn measure(bench: &Bench, figures: &mut Figures) -> Result<()> {
    let count = bench.options.connections;
    let directory = bench.directory()?;
    let server = bench.start(directory.path()).await?;
    let target = Target::chinwag(server.address);
    let rooms = fill_rooms(&[target], Rooms { count: ROOMS, members: count.div_ceil(ROOMS) }).await?;

    let crowd = Rc::new(Crowd::default());
    let mut tasks = JoinSet::new();
    stream::iter(0..count)
        .map(|number| {
            let follow = crowd::follow(&rooms[number % ROOMS]);
            async move { Ok::<_, Error>((number, crowd::join(target, number, Some(follow), |_| Ok(())).await?.0)) }
        })
        .buffer_unordered(AT_ONCE)
        .try_for_each(|(number, connection)| {
            tasks.spawn_local(stay(connection, number, count, crowd.clone()));
            async { Ok(()) }
        })
        .await
        .context("cannot connect them all")?;
    sleep(SETTLE).await;
    let lasts = bench.options.measured_for().max(SHORTEST);
    figures.idle_cpu.push(cpu_during(server.pid(), lasts).await?);

    crowd.flaps.set(true);
    sleep(SETTLE).await;
    let before = (crowd.moves.get(), crowd.events.get(), crowd.entries.get());
    figures.cpu.push(cpu_during(server.pid(), lasts).await?);
    let per_second = |now: u64, before: u64| (now - before) as f64 / lasts.as_secs_f64();
    figures.moves_per_second.push(per_second(crowd.moves.get(), before.0));
    figures.events_per_second.push(per_second(crowd.events.get(), before.1) / count as f64);
    figures.entries_per_second.push(per_second(crowd.entries.get(), before.2) / count as f64);
    match crowd.failure.take() {
        Some(error) => Err(error.context("a connection was lost")),
        None => Ok(()),
    }
}

/// How much of a core the server takes, in percent.
async fn cpu_during(server: u32, lasts: Duration) -> Result<f64> {
    let (before, started) = (process::cpu_time(server)?, Instant::now());
    sleep_until(started + lasts).await;
    let cpu = process::cpu_time(server)?.saturating_sub(before).as_secs_f64();
    Ok(cpu * 100.0 / started.elapsed().as_secs_f64())
}

async fn stay(mut connection: Connection, number: usize, count: usize, crowd: Rc<Crowd>) {
    if let Err(error) = flap(&mut connection, number, count, &crowd).await {
        crowd.failure.borrow_mut().get_or_insert(error);
    }
}

/// Counts what it is told, and looks away and back, at moments of its own.
async fn flap(connection: &mut Connection, number: usize, count: usize, crowd: &Crowd) -> Result<()> {
    let share = number as f64 / count.max(1) as f64;
    let mut moments = interval_at(Instant::now() + FLAPS_EVERY.mul_f64(share), FLAPS_EVERY);
    let mut is_away = false;
    let mut count_told = |line: &[u8]| {
        if memmem::find(line, EVENT).is_some() {
            crowd.events.set(crowd.events.get() + 1);
            crowd.entries.set(crowd.entries.get() + memmem::find_iter(line, ENTRY).count() as u64);
        }
        Ok(())
    };
    loop {
        // Reading may be cancelled while it waits.
        tokio::select! {
            read = connection.read(&mut count_told) => read?,
            _ = moments.tick() => {
                if crowd.flaps.get() {
                    is_away = !is_away;
                    connection.send_line(if is_away { AWAY } else { BACK }).await?;
                    crowd.moves.set(crowd.moves.get() + 1);
                }
            }
        }
    }
}
