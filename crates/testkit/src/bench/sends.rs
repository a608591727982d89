//! How many messages a second are accepted, each durable before it is acknowledged.

use std::collections::HashMap;

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use hdrhistogram::Histogram;
use serde_json::json;
use tokio::time::Instant;

use super::bars::Bar;
use super::crowd;
use super::samples::Samples;
use super::{Bench, Table, disk, progress, subject};
use crate::client::{Connection, Target, delivery};
use crate::postgres::Postgres;
use crate::process;

const IN_FLIGHT: usize = 64;
const TEXT_BYTES: usize = 128;
const LOADS: [(Store, usize); 3] =
    [(Store::Sqlite, IN_FLIGHT), (Store::Sqlite, 1), (Store::Postgres, IN_FLIGHT)];

/// Who makes it durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Store {
    Sqlite,
    Postgres,
}

impl Store {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// How many sends a second are wanted.
    fn bar(self) -> f64 {
        match self {
            Self::Sqlite => 20_000.0,
            Self::Postgres => 10_000.0,
        }
    }
}

#[derive(Default)]
struct Figures {
    sends_per_second: Samples,
    cpu_us: Samples,
    p50_ms: Samples,
    p99_ms: Samples,
    syncs_per_second: Samples,
    ratio: Samples,
}

/// What one sender saw.
struct Sent {
    /// Microseconds from sending to the acknowledgement, of those acknowledged in the measured time.
    latency_us: Vec<u64>,
    /// The newest `seq` that it was told, and how many acknowledgements it got in all.
    newest_seq: u64,
    acknowledged: u64,
}

pub(super) async fn run(bench: &Bench) -> Result<Vec<Table>> {
    let mut rows = Vec::new();
    for (store, rooms) in LOADS {
        let mut figures = Figures::default();
        for run in 1..=bench.options.runs() {
            measure(bench, store, rooms, &mut figures).await?;
            let rate = figures.sends_per_second.show(0);
            progress(&format!("  {}, {rooms} rooms, run {run}: {rate} sends/s", store.name()));
        }
        if rooms == IN_FLIGHT {
            let what = format!(
                "acknowledged durable sends, {IN_FLIGHT} in flight over {rooms} rooms, {}",
                store.name()
            );
            bench.judge([Bar::at_least(what, store.bar(), figures.sends_per_second.median(), "/s")]);
        }
        rows.push(vec![
            store.name().to_owned(),
            format!("{IN_FLIGHT} in flight over {rooms} {}", if rooms == 1 { "room" } else { "rooms" }),
            figures.sends_per_second.show(0),
            figures.syncs_per_second.show(0),
            figures.ratio.show(2),
            figures.cpu_us.show(1),
            figures.p50_ms.show(2),
            figures.p99_ms.show(2),
        ]);
    }
    Ok(vec![Table {
        title: "Durable sends".to_owned(),
        about: format!(
            "{IN_FLIGHT} connections, each with one `message.send` of {TEXT_BYTES} bytes under way; acknowledged \
             after fsync. Each sender is a member of its room; none follows it, so they are told of its head only. \
             Beside it, measured just before on the same disk: one page of \
             4 KiB written and made durable with `fdatasync` after the other. At the end, each room's newest `seq` \
             must be the number of acknowledgements. PostgreSQL has its own processes, on both cores; the processor time is \
             Chinwag's."
        ),
        columns: vec![
            "store",
            "load",
            "acknowledged sends/s",
            "disk's fdatasyncs/s",
            "sends per fdatasync",
            "server CPU µs/send",
            "p50 ms",
            "p99 ms",
        ],
        rows,
    }])
}

async fn measure(bench: &Bench, store: Store, room_count: usize, figures: &mut Figures) -> Result<()> {
    let directory = bench.directory()?;
    let syncs_per_second = disk::syncs_per_second(directory.path(), bench.options.measured_for() / 2)?;
    let postgres = match store {
        Store::Sqlite => None,
        Store::Postgres => Some(subject::start_postgres(bench).await?),
    };
    let url = postgres.as_ref().map(Postgres::url);
    let flags: Vec<&str> = url.iter().flat_map(|url| ["--store", url]).collect();
    let server = subject::start_node(bench, directory.path(), &flags).await?;
    let target = Target::chinwag(server.address);
    let mut senders = try_join_all((0..IN_FLIGHT).map(|number| crowd::user(target, number))).await?;
    let (owners, others) = senders.split_at_mut(room_count);
    let rooms = try_join_all(owners.iter_mut().map(|owner| crowd::create_room(owner, "bench"))).await?;
    for (number, sender) in others.iter_mut().enumerate() {
        crowd::enter(sender, room_count + number, &rooms[number % room_count]).await?;
    }

    let from = Instant::now() + bench.options.warm_up();
    let until = from + bench.options.measured_for();
    let sending = senders.into_iter().enumerate().map(|(number, connection)| {
        let room = rooms[number % room_count].as_str();
        async move { Ok::<_, anyhow::Error>((room, send(connection, room, from, until).await?)) }
    });
    let cpu = async {
        tokio::time::sleep_until(from).await;
        let before = process::cpu_time(server.pid())?;
        tokio::time::sleep_until(until).await;
        Ok(process::cpu_time(server.pid())?.saturating_sub(before).as_secs_f64())
    };
    let (sent, cpu) = tokio::try_join!(try_join_all(sending), cpu)?;

    check(&sent)?;
    let mut latency = Histogram::<u64>::new(3)?;
    for value in sent.iter().flat_map(|(_, sent)| &sent.latency_us) {
        latency.record(*value)?;
    }
    let sends_per_second = latency.len() as f64 / bench.options.measured_for().as_secs_f64();
    figures.sends_per_second.push(sends_per_second);
    figures.syncs_per_second.push(syncs_per_second);
    figures.ratio.push(sends_per_second / syncs_per_second);
    figures.cpu_us.push(cpu * 1e6 / latency.len() as f64);
    figures.p50_ms.push(latency.value_at_quantile(0.5) as f64 / 1e3);
    figures.p99_ms.push(latency.value_at_quantile(0.99) as f64 / 1e3);
    Ok(())
}

async fn send(mut connection: Connection, room: &str, from: Instant, until: Instant) -> Result<Sent> {
    let mut sent = Sent { latency_us: Vec::new(), newest_seq: 0, acknowledged: 0 };
    loop {
        let started = Instant::now();
        if started >= until {
            return Ok(sent);
        }
        let client_id = sent.acknowledged.to_string();
        let text = delivery::stamped_text(sent.acknowledged, TEXT_BYTES);
        let answer = connection
            .rpc("message.send", &json!({"room": room, "client_id": client_id, "text": text}))
            .await?;
        sent.newest_seq = answer["seq"].as_u64().context("an acknowledgement has no seq")?;
        sent.acknowledged += 1;
        let now = Instant::now();
        if (from..until).contains(&now) {
            sent.latency_us.push(u64::try_from((now - started).as_micros())?);
        }
    }
}

fn check(sent: &[(&str, Sent)]) -> Result<()> {
    let mut rooms: HashMap<&str, (u64, u64)> = HashMap::new();
    for (room, sent) in sent {
        let (newest, acknowledged) = rooms.entry(room).or_default();
        *newest = (*newest).max(sent.newest_seq);
        *acknowledged += sent.acknowledged;
    }
    for (room, (newest, acknowledged)) in rooms {
        ensure!(
            newest == acknowledged,
            "room {room} is at seq {newest}, but {acknowledged} messages were acknowledged"
        );
    }
    Ok(())
}
