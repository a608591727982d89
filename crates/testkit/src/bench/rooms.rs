//! A thousand rooms of ten people, all of whom write.

mod people;

use std::time::Duration;

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use tokio::time::{Instant, sleep_until};

use super::comparison::{Comparison, Row};
use super::figures::{Figures, MAX_LATENCY_US, Measured};
use super::payload::PAYLOAD_BYTES;
use super::report::Table;
use super::samples::number;
use super::subject::{Rooms, Stand, Subject};
use super::{Bench, progress};
use people::People;

const ROOMS: Rooms = Rooms { count: 1_000, members: 10 };
pub(super) const LOAD: &str = "1,000 × 10";

/// A hundred thousand deliveries are under way at a time; it takes some rounds until they are spread evenly.
const SETTLES_AFTER: Duration = Duration::from_secs(3);

/// When somebody sends the next message.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pace {
    /// As soon as the last one has come back.
    OnReturn,
    /// Once in so long.
    Every(Duration),
}

pub(super) async fn run(bench: &Bench) -> Result<Vec<Table>> {
    let subjects = bench.subjects();
    let mut figures = vec![Figures::default(); subjects.len()];
    for run in 1..=bench.options.runs() {
        for (subject, figures) in subjects.iter().zip(&mut figures) {
            let measured = measure(bench, *subject).await.context(subject.name())?;
            let rate = number(measured.deliveries_per_second(), 0);
            progress(&format!("  {}, run {run}: {rate} deliveries/s", subject.name()));
            figures.push(&measured);
        }
    }
    let rows = subjects.into_iter().zip(figures).map(|(subject, figures)| Row { subject, figures });
    let mut comparison = Comparison::new("rooms × members");
    comparison.add(LOAD.to_owned(), rows.collect());
    bench.judge_rooms(&comparison);
    Ok(vec![comparison.table(
        "Many rooms, everybody writes".to_owned(),
        format!(
            "{} connections, {} in each room. Each sends a message of {PAYLOAD_BYTES} bytes to its room as soon as its \
             last one has come back to it. {}",
            number((ROOMS.count * ROOMS.members) as f64, 0),
            ROOMS.members,
            super::comparison::ABOUT
        ),
    )])
}

async fn measure(bench: &Bench, subject: Subject) -> Result<Measured> {
    let stand = subject.start(bench, ROOMS).await?;
    Ok(measure_on(bench, &stand, ROOMS, Pace::OnReturn).await?.0)
}

/// Everybody comes, writes, and gets all of it. Tells also how much of the processor time was the nodes' own.
pub(super) async fn measure_on(
    bench: &Bench,
    stand: &Stand,
    rooms: Rooms,
    pace: Pace,
) -> Result<(Measured, Duration)> {
    let people = People::come(stand, rooms, pace).await?;
    sleep_until(Instant::now() + bench.options.warm_up().max(SETTLES_AFTER)).await;
    people.take_latencies(Some(Histogram::new_with_max(MAX_LATENCY_US, 3)?));
    let (before, started) = (people.deliveries(), Instant::now());
    let (cpu_before, nodes_before) = (stand.cpu_time()?, stand.nodes_cpu_time()?);
    sleep_until(started + bench.options.measured_for()).await;
    let nodes_cpu = stand.nodes_cpu_time()?.saturating_sub(nodes_before);
    let cpu_seconds = stand.cpu_time()?.saturating_sub(cpu_before).as_secs_f64();
    let seconds = started.elapsed().as_secs_f64();
    let deliveries = people.deliveries() - before;
    let latency_us = people.take_latencies(None).context("no latencies were taken")?;
    people.drain().await?;
    Ok((Measured { deliveries, seconds, cpu_seconds, latency_us }, nodes_cpu))
}
