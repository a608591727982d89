//! What a delivery costs on one node, and on two that share the same people.

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Error, Result};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::stand::Stand;
use super::{Options, progress};
use crate::bench::crowd::{self, AT_ONCE};
use crate::bench::report::Table;
use crate::bench::samples::{Samples, number};
use crate::bench::tally::Position;
use crate::client::delivery::{Scanner, stamped_text};
use crate::client::{Connection, Target};

const SENDERS: usize = 16;
const WARM_UP: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(8);
const TEXT_BYTES: usize = 128;

/// Rooms and how many people each has, and how often each sender sends.
#[derive(Debug, Clone, Copy)]
struct Load {
    rooms: usize,
    members: usize,
    sends_per_second: u32,
}

const LOADS: [Load; 2] = [
    Load { rooms: 100, members: 10, sends_per_second: 800 },
    Load { rooms: 1, members: 1_000, sends_per_second: 80 },
];

pub(super) async fn run(options: &Options, binary: &Path) -> Result<Table> {
    let mut rows = Vec::new();
    for load in LOADS {
        let mut figures = [Samples::default(), Samples::default()];
        for run in 1..=options.runs.max(1) {
            for (nodes, figure) in (1..).zip(&mut figures) {
                figure.push(measure(binary, nodes, load).await?);
            }
            let [one, two] = &figures;
            progress(&format!("{load:?}, run {run}: {} and {} µs", one.show(2), two.show(2)));
        }
        let [one, two] = &figures;
        rows.push(vec![
            format!("{} × {}", load.rooms, load.members),
            load.sends_per_second.to_string(),
            one.show(2),
            two.show(2),
            format!("{}x", number(two.median() / one.median(), 2)),
        ]);
    }
    Ok(Table {
        title: "The price of scaling out".to_owned(),
        about: format!(
            "The same load at the same fixed rate, on one node with PostgreSQL alone and on two with PostgreSQL and Redis, with everybody's \
             connections spread over both: the processor time of the nodes, user and system, for each delivery. \
             {SENDERS} senders, messages of {TEXT_BYTES} bytes, {} s after {} s of warm-up.",
            MEASURED.as_secs(),
            WARM_UP.as_secs()
        ),
        columns: vec![
            "rooms × members",
            "sends/s",
            "one node, CPU µs/delivery",
            "two nodes, CPU µs/delivery",
            "two to one",
        ],
        rows,
    })
}

/// The nodes' processor time for each delivery, in microseconds.
async fn measure(binary: &Path, nodes: usize, load: Load) -> Result<f64> {
    let stand = Stand::start(binary, nodes).await?;
    let nodes: Rc<[SocketAddr]> = stand.addresses().into();
    let target = |number: usize| Target::chinwag(nodes[number % nodes.len()]);
    let people = load.rooms * load.members;
    let mut owner = crowd::user(target(0), people).await?;
    let rooms: Rc<[String]> = crowd::create_rooms(&mut owner, load.rooms).await?.into();
    stream::iter(0..people + SENDERS)
        .map(|number| {
            let room = &rooms[number % rooms.len()];
            async move { crowd::enter(&mut crowd::user(target(number), number).await?, number, room).await }
        })
        .buffer_unordered(32)
        .try_for_each(|()| async { Ok(()) })
        .await
        .context("cannot fill the rooms")?;
    let deliveries = Rc::new(Cell::new(0_u64));
    let listeners = stream::iter(0..people)
        .map(|number| {
            crowd::join(
                target(number / rooms.len()),
                number,
                Some(crowd::follow(&rooms[number % rooms.len()])),
                |_| Ok(()),
            )
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<_>>()
        .await
        .context("cannot follow the rooms")?;
    let mut tasks: JoinSet<Error> = JoinSet::new();
    for (connection, signed_in) in listeners {
        let at = signed_in.subscribed.context("no position was told")?;
        tasks.spawn_local(listen(connection, Position::at(at.offset), deliveries.clone()));
    }
    let interval = Duration::from_secs(1) * u32::try_from(SENDERS)? / load.sends_per_second;
    for sender in 0..SENDERS {
        let connection = crowd::user(target(sender), people + sender).await?;
        tasks.spawn_local(send(connection, sender, people + sender, rooms.clone(), interval));
    }
    let measured = async {
        sleep(WARM_UP).await;
        let (cpu, count) = (stand.cpu_time()?, deliveries.get());
        sleep(MEASURED).await;
        let cpu = stand.cpu_time()?.saturating_sub(cpu);
        Ok(cpu.as_secs_f64() * 1e6 / (deliveries.get() - count).max(1) as f64)
    };
    tokio::select! {
        measured = measured => measured,
        Some(failed) = tasks.join_next() => Err(failed.map_or_else(Error::from, |error| error.context("a client failed"))),
    }
}

async fn listen(mut connection: Connection, mut position: Position, deliveries: Rc<Cell<u64>>) -> Error {
    let scanner = Scanner::default();
    loop {
        let mut count = |line: &[u8]| {
            if let Some(delivery) = scanner.scan(line) {
                position.advance(delivery.offset)?;
                deliveries.set(deliveries.get() + 1);
            }
            Ok(())
        };
        if let Err(error) = connection.read(&mut count).await {
            return error;
        }
    }
}

/// Sends to one room of its own after the other; a member of each room must be the sender, so it keeps to its own.
async fn send(
    mut connection: Connection,
    sender: usize,
    number: usize,
    rooms: Rc<[String]>,
    interval: Duration,
) -> Error {
    let room = &rooms[number % rooms.len()];
    let mut due = Instant::now() + interval * u32::try_from(sender).unwrap_or(0) / 16;
    for count in 0_u64.. {
        sleep_until(due).await;
        due += interval;
        let message = json!({"room": room, "client_id": format!("{number}-{count}"), "text": stamped_text(count, TEXT_BYTES)});
        if let Err(error) = connection.rpc("message.send", &message).await {
            return error;
        }
    }
    anyhow::anyhow!("there are no more numbers")
}
