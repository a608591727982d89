//! One room with many members: what a delivery costs, beside what it costs where nothing else is done.

mod members;
mod publisher;

use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::crowd::{self, AT_ONCE};
use super::limit_program::LimitProgram;
use super::samples::{Samples, number};
use super::tally::Position;
use super::{Bench, Table, progress};
use crate::client::{Connection, Target};
use crate::limit::Mode;
use members::{Measured, Members};
use publisher::Publisher;

const WINDOWS: [usize; 3] = [1, 8, 64];
const TEXT_BYTES: usize = 128;
/// How many people a room is told to take in at a time.
const JOINS_AT_ONCE: usize = 32;

/// Who delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Chinwag,
    Limit(Mode),
}

const SUBJECTS: [Subject; 3] =
    [Subject::Chinwag, Subject::Limit(Mode::Direct), Subject::Limit(Mode::Coalesced)];

impl Subject {
    fn name(self) -> &'static str {
        match self {
            Self::Chinwag => "Chinwag, durable",
            Self::Limit(Mode::Direct) => "bare limit, direct",
            Self::Limit(Mode::Coalesced) => "bare limit, coalesced",
        }
    }
}

#[derive(Default, Clone)]
struct Figures {
    deliveries_per_second: Samples,
    cpu_us: Samples,
    p50_ms: Samples,
    p99_ms: Samples,
}

impl Figures {
    fn push(&mut self, measured: &Measured) {
        self.deliveries_per_second.push(measured.deliveries as f64 / measured.seconds);
        self.cpu_us.push(measured.cpu_seconds * 1e6 / measured.deliveries as f64);
        self.p50_ms.push(measured.latency_us.value_at_quantile(0.5) as f64 / 1e3);
        self.p99_ms.push(measured.latency_us.value_at_quantile(0.99) as f64 / 1e3);
    }
}

pub(super) async fn run(bench: &Bench) -> Result<Vec<Table>> {
    let mut figures = vec![vec![Figures::default(); SUBJECTS.len()]; WINDOWS.len()];
    for run in 1..=bench.options.runs() {
        // The limit sends lines of the length that Chinwag's have.
        let mut line_bytes = vec![0; WINDOWS.len()];
        for (which, subject) in SUBJECTS.into_iter().enumerate() {
            for (window, measured) in measure(bench, subject, &line_bytes).await?.into_iter().enumerate() {
                if subject == Subject::Chinwag {
                    line_bytes[window] = measured.line_bytes;
                }
                figures[window][which].push(&measured);
            }
            let rates: Vec<String> = figures
                .iter()
                .map(|window| number(window[which].deliveries_per_second.median(), 0))
                .collect();
            progress(&format!("  {}, run {run}: {} deliveries/s", subject.name(), rates.join(", ")));
        }
    }
    let rows = WINDOWS.iter().zip(&figures).flat_map(|(window, figures)| {
        SUBJECTS.iter().zip(figures).map(|(subject, own)| row(*window, *subject, own, figures))
    });
    Ok(vec![Table {
        title: format!("Fan-out: one room, {} members", bench.options.members),
        about: format!(
            "One connection, which does not follow the room, sends messages of {TEXT_BYTES} bytes; a message is in flight until every member has \
             it. The bare limit is a program of a few lines on epoll that writes a ready frame of the same length to as \
             many sockets, on the same core: once per message (direct), or once for all messages that came \
             together (coalesced). It stores nothing and checks nothing."
        ),
        columns: vec![
            "in flight",
            "who",
            "deliveries/s",
            "server CPU µs/delivery",
            "p50 ms",
            "p99 ms",
            "CPU, times direct",
            "rate, share of coalesced",
        ],
        rows: rows.collect(),
    }])
}

fn row(window: usize, subject: Subject, own: &Figures, all: &[Figures]) -> Vec<String> {
    let [_, direct, coalesced] = all else { return Vec::new() };
    let cpu = own.cpu_us.median() / direct.cpu_us.median();
    let rate = own.deliveries_per_second.median() / coalesced.deliveries_per_second.median();
    vec![
        window.to_string(),
        subject.name().to_owned(),
        own.deliveries_per_second.show(0),
        own.cpu_us.show(2),
        own.p50_ms.show(2),
        own.p99_ms.show(2),
        format!("{}x", number(cpu, 2)),
        format!("{} %", number(rate * 100.0, 0)),
    ]
}

/// One measurement for each of [`WINDOWS`].
async fn measure(bench: &Bench, subject: Subject, line_bytes: &[usize]) -> Result<Vec<Measured>> {
    match subject {
        Subject::Chinwag => chinwag(bench).await,
        Subject::Limit(mode) => limit(bench, mode, line_bytes).await,
    }
}

async fn chinwag(bench: &Bench) -> Result<Vec<Measured>> {
    let directory = bench.directory()?;
    let server = bench.start(directory.path()).await?;
    let target = Target::chinwag(server.address);
    let count = bench.options.members;
    let mut owner = crowd::user(target, 0).await?;
    let room = crowd::create_room(&mut owner, "bench").await?;
    // User 0 is a member already: the room is theirs.
    stream::iter(1..count)
        .map(|number| enter(target, number, &room))
        .buffer_unordered(JOINS_AT_ONCE)
        .try_for_each(|()| async { Ok(()) })
        .await
        .context("cannot join the room")?;
    let joined = stream::iter(0..count)
        .map(|number| crowd::join(target, number, Some(crowd::follow(&room)), |_| Ok(())))
        .buffer_unordered(AT_ONCE)
        .map_ok(|(connection, signed_in)| {
            let offset = signed_in.subscribed.map_or(0, |subscribed| subscribed.offset);
            (connection, Position::at(offset))
        })
        .try_collect()
        .await
        .context("cannot follow the room")?;
    let mut members = Members::listen(joined, server.pid())?;
    let mut publisher = Publisher::to_chinwag(owner, room, members.complete());
    members.measure_each(bench, &WINDOWS, &mut publisher, |_| 0).await
}

/// Makes the user a member. Whoever does so does not follow the room yet: a thousand joins told to a thousand members
/// would be a measurement of its own.
async fn enter(target: Target, number: usize, room: &str) -> Result<()> {
    crowd::enter(&mut crowd::user(target, number).await?, number, room).await
}

async fn limit(bench: &Bench, mode: Mode, line_bytes: &[usize]) -> Result<Vec<Measured>> {
    let program = LimitProgram::start(bench, mode)?;
    let open =
        |path, number| Connection::open(Target { server: program.address, path }, crowd::source(number));
    let joined = stream::iter(0..bench.options.members)
        .map(|number| open("/member", number))
        .buffer_unordered(AT_ONCE)
        .map_ok(|connection| (connection, Position::default()))
        .try_collect()
        .await
        .context("cannot connect to the limit program")?;
    let sender = open("/publish", 0).await?;
    let mut members = Members::listen(joined, program.pid())?;
    let mut publisher = Publisher::to_limit(sender);
    members.measure_each(bench, &WINDOWS, &mut publisher, |window| line_bytes[window]).await
}
