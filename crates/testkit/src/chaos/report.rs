//! `docs/proof.md`: what came out, by kind of fault.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::fault::Kind;
use super::figures::Measured;
use super::verdict::Verdict;
use crate::history::Invariant;

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    One(Kind),
    TwoAtOnce,
}

/// What is in a row.
#[derive(Default)]
struct Row<'a> {
    windows: Vec<&'a Measured>,
    /// The runs that it was part of, by their place.
    runs: Vec<usize>,
}

/// The report, with what the runs were made on above it.
pub(super) fn markdown(verdicts: &[Verdict], about: &[(&str, String)]) -> String {
    let mut text = String::from(
        "# The proof\n\n\
         Written by `make chaos`. Real nodes on a real PostgreSQL and a real bus, with clients that write, read, resume and\n\
         retry without being told of anything, while what the table names goes wrong. What every client was shown is held\n\
         against the store's log: see `crates/testkit/src/history.rs` for the promises, `crates/testkit/src/chaos.rs` for\n\
         the rest.\n\n",
    );
    for (name, value) in about {
        // Writing to a string does not fail.
        let _ = writeln!(text, "- {name}: {value}");
    }
    summary(&mut text, verdicts);
    table(&mut text, verdicts);
    failures(&mut text, verdicts);
    text
}

fn summary(text: &mut String, verdicts: &[Verdict]) {
    let sum = |count: fn(&Verdict) -> usize| verdicts.iter().map(count).sum::<usize>();
    let broken = |invariant| verdicts.iter().map(|verdict| verdict.broken(invariant)).sum::<usize>();
    let at_head = verdicts.iter().map(|verdict| verdict.all_at_head_after).max().unwrap_or_default();
    let _ = write!(
        text,
        "\n**{} runs, {} faults, {} messages acknowledged, {} changes shown: {} lost, {} shown twice, {} out of order, \
         {} silent gaps, {} leaked, {} retried with harm, {} late for good; {} other faults.** \
         After the last fault of a run, every client had everything within {} at the latest, of which the clients went \
         on writing for 2 s.\n",
        verdicts.len(),
        sum(|verdict| verdict.windows.iter().map(|window| window.window.kinds.len()).sum()),
        sum(|verdict| verdict.acknowledged),
        sum(|verdict| verdict.shown),
        broken(Invariant::AcknowledgedIsKept),
        broken(Invariant::ShownOnce),
        broken(Invariant::OneOrder),
        broken(Invariant::NoSilentGap),
        broken(Invariant::NoLeak),
        broken(Invariant::RetryIsSafe),
        broken(Invariant::Live),
        sum(|verdict| verdict.problems.len()),
        seconds(at_head),
    );
    let mut buses: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for verdict in verdicts {
        let (runs, acknowledged) = buses.entry(verdict.bus.to_string()).or_default();
        *runs += 1;
        *acknowledged += verdict.acknowledged;
    }
    text.push_str("\n| bus | runs | acknowledged |\n| --- | ---: | ---: |\n");
    for (bus, (runs, acknowledged)) in buses {
        let _ = writeln!(text, "| {bus} | {runs} | {acknowledged} |");
    }
}

fn table(text: &mut String, verdicts: &[Verdict]) {
    let mut rows: BTreeMap<What, Row<'_>> = BTreeMap::new();
    for (run, verdict) in verdicts.iter().enumerate() {
        for measured in &verdict.windows {
            let what = match measured.window.kinds[..] {
                [kind] => What::One(kind),
                _ => What::TwoAtOnce,
            };
            let row = rows.entry(what).or_default();
            row.windows.push(measured);
            if row.runs.last() != Some(&run) {
                row.runs.push(run);
            }
        }
    }
    text.push_str(
        "\nEach fault lasts from its beginning until every client has recovered. *Waited* is the time from a message's \
         acknowledgement to its arrival: the worst at a client that the fault did not concern (of other nodes), and at one that it \
         did. *Caught up* is the time from the beginning of the fault, which itself may last ten seconds, until the last late message had arrived \
         where it concerned somebody; median and worst. *Log reads* are all nodes' reads of rooms' logs from the \
         store, median and worst. Lost, doubled, misordered and gaps are those of the whole runs in which the fault was.\n\n\
         | fault | times | acknowledged | lost | doubled | misordered | silent gaps | others waited | waited | caught up | log reads |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for (what, row) in rows {
        let name = match what {
            What::One(kind) => kind.to_string(),
            What::TwoAtOnce => "two of them at once".to_owned(),
        };
        let broken = |invariant| -> usize {
            row.runs
                .iter()
                .filter_map(|run| verdicts.get(*run))
                .map(|verdict| verdict.broken(invariant))
                .sum()
        };
        let acknowledged: usize = row.windows.iter().map(|measured| measured.acknowledged).sum();
        let worst = |waited: fn(&Measured) -> Option<Duration>| {
            row.windows
                .iter()
                .filter_map(|measured| waited(measured))
                .max()
                .map_or_else(|| "–".to_owned(), seconds)
        };
        let caught_up = row.windows.iter().map(|measured| measured.caught_up_after).collect();
        let reads: Vec<u64> = row.windows.iter().filter_map(|measured| measured.window.log_reads).collect();
        let _ = writeln!(
            text,
            "| {name} | {} | {acknowledged} | {} | {} | {} | {} | {} | {} | {} | {} |",
            row.windows.len(),
            broken(Invariant::AcknowledgedIsKept),
            broken(Invariant::ShownOnce) + broken(Invariant::RetryIsSafe),
            broken(Invariant::OneOrder),
            broken(Invariant::NoSilentGap),
            worst(|measured| measured.others_waited),
            worst(|measured| measured.touched_waited),
            median_and_worst(caught_up, seconds),
            median_and_worst(reads, |reads| reads.to_string()),
        );
    }
}

fn failures(text: &mut String, verdicts: &[Verdict]) {
    let bad: Vec<&Verdict> = verdicts.iter().filter(|verdict| !verdict.is_good()).collect();
    if bad.is_empty() {
        return;
    }
    text.push_str("\n## Runs that failed\n");
    for verdict in bad {
        let _ =
            write!(text, "\nSeed {}, bus {}:\n\n```text\n{}```\n", verdict.seed, verdict.bus, verdict.text());
    }
}

fn median_and_worst<T: Ord + Copy>(mut values: Vec<T>, show: impl Fn(T) -> String) -> String {
    values.sort_unstable();
    match (values.get(values.len() / 2), values.last()) {
        (Some(median), Some(worst)) => format!("{} / {}", show(*median), show(*worst)),
        _ => "–".to_owned(),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}
