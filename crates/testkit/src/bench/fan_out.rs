//! One room with many members: what a delivery costs, beside what it costs elsewhere and where nothing else is done.

mod members;
mod publisher;

use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::comparison::{Comparison, Row};
use super::crowd::AT_ONCE;
use super::figures::{Figures, Measured};
use super::payload::PAYLOAD_BYTES;
use super::report::Table;
use super::samples::number;
use super::subject::{Rooms, Stand, Subject};
use super::wire::Wire;
use super::{Bench, progress};

pub(super) use members::{Members, Pace};
pub(super) use publisher::Publisher;

const WINDOWS: [u64; 3] = [1, 8, 64];

pub(super) async fn run(bench: &Bench, members: usize) -> Result<Vec<Table>> {
    let subjects = bench.subjects();
    let mut figures = vec![vec![Figures::default(); subjects.len()]; WINDOWS.len()];
    for run in 1..=bench.options.runs() {
        for (which, subject) in subjects.iter().enumerate() {
            let measured = measure(bench, *subject, members).await.context(subject.name())?;
            for (window, measured) in measured.iter().enumerate() {
                figures[window][which].push(measured);
            }
            let rates: Vec<String> =
                measured.iter().map(|one| number(one.deliveries_per_second(), 0)).collect();
            progress(&format!("  {}, run {run}: {} deliveries/s", subject.name(), rates.join(", ")));
        }
    }
    let mut comparison = Comparison::new("in flight");
    for (window, figures) in WINDOWS.iter().zip(figures) {
        let rows = subjects.iter().zip(figures).map(|(subject, figures)| Row { subject: *subject, figures });
        comparison.add(window.to_string(), rows.collect());
    }
    bench.judge_fan_out(members, &comparison);
    Ok(vec![comparison.table(
        format!("Fan-out: one room, {} members", number(members as f64, 0)),
        format!(
            "One connection, which does not follow the room, sends messages of {PAYLOAD_BYTES} bytes; a message is in \
             flight until every member has it. {}",
            super::comparison::ABOUT
        ),
    )])
}

/// One measurement for each of [`WINDOWS`].
async fn measure(bench: &Bench, subject: Subject, members: usize) -> Result<Vec<Measured>> {
    let stand = subject.start(bench, Rooms { count: 1, members }).await?;
    let (listening, mut publisher) = gather(&stand, members).await?;
    let mut all = Vec::with_capacity(WINDOWS.len());
    for window in WINDOWS {
        let measured = listening.measure(bench, &stand, Pace::InFlight(window), &mut publisher).await;
        all.push(measured.with_context(|| format!("{window} in flight"))?);
    }
    Ok(all)
}

/// Everybody comes to the only room there is, and one more who writes.
pub(super) async fn gather(stand: &Stand, members: usize) -> Result<(Members, Publisher)> {
    let joined: Vec<Wire> = stream::iter(0..members)
        .map(|number| async move { stand.join(number, &mut |_| Ok(())).await })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
        .context("cannot follow the room")?;
    let publisher = Publisher::new(stand.publisher(members).await?, stand.room(0).to_owned());
    Ok((Members::listen(joined), publisher))
}
