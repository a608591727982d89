//! How late messages are when they come at a fixed rate, whatever becomes of those before them.

use std::time::Duration;

use anyhow::{Context, Result};

use super::fan_out::{Pace, gather};
use super::figures::Figures;
use super::payload::PAYLOAD_BYTES;
use super::report::Table;
use super::samples::{Samples, number};
use super::subject::{Rooms, Subject};
use super::{Bench, progress};

/// Of what a subject can do with [`CAPACITY_IN_FLIGHT`].
const SHARES: [f64; 2] = [0.3, 0.7];
const CAPACITY_IN_FLIGHT: u64 = 64;

#[derive(Debug, Default, Clone)]
struct Row {
    capacity: Samples,
    at: [Figures; SHARES.len()],
}

pub(super) async fn run(bench: &Bench) -> Result<Vec<Table>> {
    let subjects = bench.subjects();
    let mut all = vec![Row::default(); subjects.len()];
    for run in 1..=bench.options.runs() {
        for (subject, row) in subjects.iter().zip(&mut all) {
            measure(bench, *subject, row).await.context(subject.name())?;
            let late: Vec<String> = row.at.iter().map(|figures| figures.p99_ms.show(1)).collect();
            progress(&format!("  {}, run {run}: p99 {} ms", subject.name(), late.join(", ")));
        }
    }
    let rows = subjects.iter().zip(&all).flat_map(|(subject, row)| {
        SHARES.iter().zip(&row.at).map(|(share, figures)| {
            vec![
                format!("{} %", number(share * 100.0, 0)),
                subject.name().to_owned(),
                row.capacity.show(0),
                figures.deliveries_per_second.show(0),
                figures.cpu_us.show(2),
                figures.p50_ms.show(2),
                figures.p99_ms.show(2),
            ]
        })
    });
    Ok(vec![Table {
        title: format!(
            "Latency at a fixed rate: one room, {} members",
            number(bench.options.members as f64, 0)
        ),
        about: format!(
            "Messages of {PAYLOAD_BYTES} bytes come at a fixed rate, a share of what the same server could do just before with \
             {CAPACITY_IN_FLIGHT} in flight. Latency counts from when a message was due, not from when it could be sent; the \
             load's timer is exact to a millisecond."
        ),
        columns: vec![
            "share of its capacity",
            "who",
            "capacity, deliveries/s",
            "deliveries/s",
            "server CPU µs/delivery",
            "p50 ms",
            "p99 ms",
        ],
        rows: rows.collect(),
    }])
}

async fn measure(bench: &Bench, subject: Subject, row: &mut Row) -> Result<()> {
    let members = bench.options.members;
    let stand = subject.start(bench, Rooms { count: 1, members }).await?;
    let (listening, mut publisher) = gather(&stand, members).await?;
    let full = listening.measure(bench, &stand, Pace::InFlight(CAPACITY_IN_FLIGHT), &mut publisher).await?;
    let capacity = full.deliveries_per_second();
    row.capacity.push(capacity);
    for (share, figures) in SHARES.iter().zip(&mut row.at) {
        let pace = Pace::Every(Duration::from_secs_f64(members as f64 / (capacity * share)));
        figures.push(&listening.measure(bench, &stand, pace, &mut publisher).await?);
    }
    Ok(())
}
