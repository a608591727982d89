//! How long it takes to find what was said among very much, and to list very many rooms.

mod texts;

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::bars::Bar;
use super::samples::{Samples, number};
use super::{Bench, Table, crowd, progress, subject};
use crate::client::{Connection, Target};
use crate::postgres::Postgres;
use crate::process;

/// How many rooms the first user is in; the second is in a few of them.
const ROOMS: usize = 2_000;
const FEW_ROOMS: usize = 5;
/// How many connections write. They are one user's, and each is told how far that user has read.
const WRITERS: usize = 32;
/// How often each question is asked.
const TIMES: usize = 50;
const PAGE: usize = 200;
const BAR_MS: f64 = 50.0;
const STORES: [&str; 2] = ["SQLite", "PostgreSQL"];

/// What is looked for: a name for it, by whom, and the call's argument.
fn searches(room: &str) -> Vec<(&'static str, usize, Value)> {
    let rare = texts::rare(0);
    vec![
        ("a word of every second message", 0, json!({"query": texts::COMMON})),
        ("the beginning of such a word", 0, json!({"query": "harb"})),
        ("a word of every hundredth message", 0, json!({"query": format!("{} ", texts::UNCOMMON)})),
        ("a word of ten messages", 0, json!({"query": rare})),
        ("a common and a rare word", 0, json!({"query": format!("{} {rare}", texts::COMMON)})),
        ("a phrase of two words", 0, json!({"query": format!("\"{} {}\"", texts::COMMON, texts::UNCOMMON)})),
        ("a word that nobody said", 0, json!({"query": "nowhere"})),
        ("a common word in one room", 0, json!({"query": texts::COMMON, "room": room})),
        ("a rare word in one room", 0, json!({"query": rare, "room": room})),
        ("a common word by who is in few rooms", 1, json!({"query": texts::COMMON})),
        ("a rare word by who is in few rooms", 1, json!({"query": rare})),
    ]
}

pub(super) async fn run(bench: &Bench) -> Result<Vec<Table>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for store in STORES {
        measure(bench, store, &mut rows).await?;
    }
    let messages = number(bench.options.messages as f64, 0);
    Ok(vec![Table {
        title: "Search, and the list of rooms".to_owned(),
        about: format!(
            "{messages} messages of twelve words in {ROOMS} rooms, sent by {WRITERS} connections of the one user who is in all of the \
             rooms; another is in {FEW_ROOMS}. Each question is `message.search` (50 results) or `room.list` ({PAGE} rooms), asked \
             {TIMES} times, one after the other, after it was asked once; a list of all rooms is that page by page. Every answer is \
             looked at: what must be found was found."
        ),
        columns: vec!["store", "what", "results", "median ms", "slowest ms"],
        rows,
    }])
}

async fn measure(bench: &Bench, store: &str, rows: &mut Vec<Vec<String>>) -> Result<()> {
    let directory = bench.directory()?;
    let postgres = match store {
        "PostgreSQL" => Some(subject::start_postgres(bench).await?),
        _ => None,
    };
    let url = postgres.as_ref().map(Postgres::url);
    let flags: Vec<&str> = url.iter().flat_map(|url| ["--store", url]).collect();
    let server = subject::start_node(bench, directory.path(), &flags).await?;
    let target = Target::chinwag(server.address);
    let mut people = try_join_all((0..2).map(|number| crowd::user(target, number))).await?;
    let rooms = crowd::create_rooms(&mut people[0], ROOMS).await?;
    for room in rooms.iter().take(FEW_ROOMS) {
        crowd::enter(&mut people[1], 1, room).await?;
    }
    let (started, cpu_before) = (Instant::now(), process::cpu_time(server.pid())?);
    write(bench, target, &rooms).await?;
    let cpu = process::cpu_time(server.pid())?.saturating_sub(cpu_before).as_secs_f64();
    let messages = bench.options.messages as f64;
    let rate = messages / started.elapsed().as_secs_f64();
    progress(&format!("  {store}: {rate:.0} sends/s, {:.1} µs of server CPU each", cpu * 1e6 / messages));
    // Those who were there before have answered no ping meanwhile.
    let mut people = try_join_all((0..2).map(|number| crowd::user(target, number))).await?;
    for (what, who, argument) in searches(&rooms[0]) {
        let (samples, results) = ask(&mut people[who], "message.search", &argument, "results").await?;
        ensure!((results == 0) == (what == "a word that nobody said"), "{store}: {what}: {results} results");
        rows.push(row(bench, store, what, results, &samples));
    }
    let (samples, listed) = ask(&mut people[0], "room.list", &json!({"limit": PAGE}), "rooms").await?;
    rows.push(row(bench, store, "a page of 2,000 rooms with what is unread", listed, &samples));
    let (samples, listed) = list_all(&mut people[0]).await?;
    ensure!(listed == ROOMS, "{listed} of {ROOMS} rooms were listed");
    rows.push(row(bench, store, "all 2,000 rooms, page by page", listed, &samples));
    Ok(())
}

fn row(bench: &Bench, store: &str, what: &str, results: usize, samples: &Samples) -> Vec<String> {
    // Ten pages are ten questions.
    if !what.starts_with("all") {
        bench.judge([Bar::at_most(format!("{store}: {what}: median"), BAR_MS, samples.median(), " ms")]);
    }
    let (median, slowest) = (number(samples.median(), 1), number(samples.largest(), 1));
    vec![store.to_owned(), what.to_owned(), results.to_string(), median, slowest]
}

/// Writes all messages, those of a writer one after the other.
async fn write(bench: &Bench, target: Target, rooms: &[String]) -> Result<()> {
    let writers = (0..WRITERS).map(|writer| async move {
        let mut connection = crowd::user(target, 0).await?;
        for n in (writer..bench.options.messages).step_by(WRITERS) {
            let room = &rooms[texts::room(n, rooms.len())];
            let message = json!({"room": room, "client_id": n.to_string(), "text": texts::text(n)});
            connection.rpc("message.send", &message).await?;
        }
        Ok::<_, anyhow::Error>(())
    });
    try_join_all(writers).await?;
    Ok(())
}

/// How long the answers took, in milliseconds, and how much was in the last.
async fn ask(
    connection: &mut Connection,
    method: &str,
    argument: &Value,
    items: &str,
) -> Result<(Samples, usize)> {
    let mut samples = Samples::default();
    let mut answer = connection.rpc(method, argument).await?;
    for _ in 0..TIMES {
        let started = Instant::now();
        answer = connection.rpc(method, argument).await?;
        samples.push(started.elapsed().as_secs_f64() * 1e3);
    }
    let count = answer[items].as_array().context("an answer has no items")?.len();
    Ok((samples, count))
}

async fn list_all(connection: &mut Connection) -> Result<(Samples, usize)> {
    let mut samples = Samples::default();
    let mut listed = 0;
    for _ in 0..TIMES {
        let started = Instant::now();
        listed = 0;
        let mut after = String::new();
        loop {
            let page = connection.rpc("room.list", &json!({"limit": PAGE, "after": after})).await?;
            let rooms = page["rooms"].as_array().context("an answer has no rooms")?;
            listed += rooms.len();
            match rooms.last().and_then(|room| room["id"].as_str()) {
                Some(last) if rooms.len() == PAGE => last.clone_into(&mut after),
                _ => break,
            }
        }
        samples.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok((samples, listed))
}
