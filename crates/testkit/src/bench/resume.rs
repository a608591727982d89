//! Ten thousand clients come back at once, each with something missed.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use chinwag_protocol::{SubscribeRequest, SubscribeResult};
use futures_util::future::try_join_all;
use serde_json::json;
use tokio::time::{Instant, timeout};

use super::bars::Bar;
use super::crowd;
use super::samples::Samples;
use super::tally::Position;
use super::{Bench, Table, progress, subject};
use crate::client::delivery::Scanner;
use crate::client::{Connection, Target, delivery};
use crate::{metrics, process};

const CLIENTS: usize = 10_000;
const ROOMS: usize = 100;
const MISSED: u64 = 10;
const TEXT_BYTES: usize = 128;
/// Pages of logs that the node has read, as its metrics have it.
const LOG_READS: &str = "chinwag_store_log_reads_total{what=\"changes\"}";
/// Nobody is sent away to come back later: everybody's wait is part of the figure.
const PATIENT: [&str; 2] = ["--realtime-connect-patience", "60s"];
const ALL_WITHIN: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Figures {
    all_ms: Samples,
    cpu_ms: Samples,
    store_reads: Samples,
}

/// A room, and the position of those who will come back.
struct Room {
    id: String,
    left_at: SubscribeResult,
}

pub(super) async fn run(bench: &Bench) -> Result<Vec<Table>> {
    let mut figures = Figures::default();
    for run in 1..=bench.options.runs() {
        measure(bench, &mut figures).await?;
        progress(&format!("  run {run}: {} ms", figures.all_ms.show(0)));
    }
    bench.judge([
        Bar::at_most("10,000 clients resume 10 changes each", 2_000.0, figures.all_ms.median(), " ms"),
        Bar::at_most(
            "store reads for that, for each room",
            1.0,
            figures.store_reads.median() / ROOMS as f64,
            "",
        ),
    ]);
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    Ok(vec![Table {
        title: "Mass resume".to_owned(),
        about: format!(
            "{CLIENTS} clients of {ROOMS} rooms, each {MISSED} changes behind, connect at the same moment with token and \
             position, on a node that was just started after `kill -9`. Until the last has every change it missed, in \
             order. The node is told to let everybody wait for their turn (`{}`), who else would be told to come back.",
            PATIENT.join(" ")
        ),
        columns: vec!["what", "value"],
        rows: vec![
            row("all have caught up after", format!("{} ms", figures.all_ms.show(0))),
            row("server CPU", format!("{} ms", figures.cpu_ms.show(0))),
            row("pages of logs read from the store", figures.store_reads.show(0)),
        ],
    }])
}

async fn measure(bench: &Bench, figures: &mut Figures) -> Result<()> {
    let directory = bench.directory()?;
    let rooms = prepare(bench, directory.path()).await?;
    let server = subject::start_node(bench, directory.path(), &PATIENT).await?;
    let target = Target::chinwag(server.address);
    let cpu_before = process::cpu_time(server.pid())?;
    let started = Instant::now();
    let clients = (0..CLIENTS).map(|number| catch_up(target, number, &rooms[number % ROOMS]));
    // The connections stay open until all are through: closing them is no part of it.
    let _open = timeout(ALL_WITHIN, try_join_all(clients)).await.context("not all caught up in time")??;
    figures.all_ms.push(started.elapsed().as_secs_f64() * 1e3);
    figures.cpu_ms.push(process::cpu_time(server.pid())?.saturating_sub(cpu_before).as_secs_f64() * 1e3);
    let store_reads = metrics::counter(server.address, LOG_READS).await?.unwrap_or(0);
    figures.store_reads.push(store_reads as f64);
    Ok(())
}

/// Users, rooms, positions, and then what will have been missed.
async fn prepare(bench: &Bench, directory: &std::path::Path) -> Result<Vec<Room>> {
    let server = bench.start(directory).await?;
    let target = Target::chinwag(server.address);
    crowd::create_users(target, CLIENTS).await?;
    let mut owner = crowd::user(target, 0).await?;
    let mut rooms = Vec::with_capacity(ROOMS);
    for id in crowd::create_rooms(&mut owner, ROOMS).await? {
        let (_, signed_in) = crowd::join(target, 0, Some(crowd::follow(&id)), |_| Ok(())).await?;
        rooms.push(Room { id, left_at: signed_in.subscribed.context("no position was told")? });
    }
    for room in &rooms {
        for number in 0..MISSED {
            let text = delivery::stamped_text(number, TEXT_BYTES);
            let message = json!({"room": room.id, "client_id": number.to_string(), "text": text});
            owner.rpc("message.send", &message).await?;
        }
    }
    Ok(rooms)
}

async fn catch_up(target: Target, number: usize, room: &Room) -> Result<Connection> {
    let subscribe = SubscribeRequest {
        recover: true,
        epoch: room.left_at.epoch.clone(),
        offset: room.left_at.offset,
        ..crowd::follow(&room.id)
    };
    let scanner = Scanner::default();
    let mut early = Vec::new();
    let (mut connection, signed_in) = crowd::join(target, number, Some(subscribe), |line| {
        early.extend(scanner.scan(line).map(|delivery| delivery.offset));
        Ok(())
    })
    .await?;
    let subscribed = signed_in.subscribed.context("no position was told")?;
    ensure!(subscribed.recovered, "the server says that the position is gone");
    let mut position = Position::at(room.left_at.offset);
    for publication in &subscribed.publications {
        position.advance(publication.offset)?;
    }
    for offset in early {
        position.advance(offset)?;
    }
    while position.offset() < room.left_at.offset + MISSED {
        connection
            .read(&mut |line| scanner.scan(line).map_or(Ok(()), |delivery| position.advance(delivery.offset)))
            .await?;
    }
    Ok(connection)
}
