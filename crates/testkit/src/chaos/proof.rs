//! All runs, and what is told of them.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::time::Instant;

use super::fault::Kind;
use super::options::Options;
use super::plan::Plan;
use super::run::carry_out;
use super::verdict::Verdict;
use super::{js, report};
use crate::bench::machine;
use crate::cluster_launcher::BusKind;
use crate::launcher::Node;
use crate::{launcher, process};

/// The runs of `make test`: each bus once, and each kind of fault once.
const QUICK: [(BusKind, &[Kind]); 6] = [
    (BusKind::None, &[Kind::NodeKilled, Kind::SentTwice]),
    (BusKind::Redis, &[Kind::BusRestarted, Kind::BusFlushed, Kind::CutFromBus]),
    (BusKind::Sentinel, &[Kind::BusFailedOver, Kind::NodePaused]),
    (BusKind::Cluster, &[Kind::BusFailedOver, Kind::DatabaseFailedOver, Kind::ClockOff]),
    (BusKind::Nats, &[Kind::BusFrozen, Kind::CutFromClients, Kind::SlowReaders]),
    (BusKind::Postgres, &[Kind::DatabaseRestarted, Kind::CutFromStore, Kind::NodeDrained]),
];

/// Makes the runs, says how each went, and writes the proof.
///
/// # Errors
/// A promise was broken, or a cluster could not be started.
pub fn run(options: &Options) -> Result<()> {
    process::raise_open_files()?;
    let options = &options.sized();
    let kept_in = options.kept_in()?;
    fs::create_dir_all(&kept_in)?;
    // A copy, so that whoever builds meanwhile changes nothing.
    let binary = kept_in.join("chinwag");
    fs::copy(launcher::find_binary(options.binary.as_deref())?, &binary).context("cannot copy the server")?;
    let about = about(options, &binary)?;
    let sdk_clients = if js::are_possible() {
        options.sdk_clients
    } else {
        say("SKIPPED: the official JavaScript SDK, which is not installed: scripts/ensure-tests.sh does it");
        0
    };
    if !Node::can_set_clock() {
        say("SKIPPED: clocks that are an hour off, for want of a C compiler");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build()?;
    let mut verdicts = Vec::new();
    let mut impossible = 0;
    let until = options.minutes.map(|minutes| Instant::now() + Duration::from_secs(minutes * 60));
    for (number, mut plan) in plans(options, &binary, &kept_in).enumerate() {
        if until.is_some_and(|until| number > 0 && Instant::now() > until) {
            break;
        }
        plan.js_clients = sdk_clients;
        let _ = fs::remove_dir_all(&plan.directory);
        let started = Instant::now();
        match runtime.block_on(carry_out(&plan)) {
            Ok(verdict) => {
                say(&line(&verdict, started.elapsed()));
                if !verdict.is_good() {
                    explain(&plan, &verdict.text());
                }
                verdicts.push(verdict);
            }
            Err(error) => {
                impossible += 1;
                say(&format!("seed {:>4}  {:<9} COULD NOT BE RUN", plan.seed, plan.bus));
                explain(&plan, &format!("{error:#}\n"));
            }
        }
    }
    if let Some(output) = &options.output {
        fs::write(output, report::markdown(&verdicts, &about))
            .with_context(|| format!("cannot write {}", output.display()))?;
        say(&format!("wrote {}", output.display()));
    }
    let bad = verdicts.iter().filter(|verdict| !verdict.is_good()).count() + impossible;
    ensure!(bad == 0, "{bad} of {} runs failed", verdicts.len() + impossible);
    Ok(())
}

fn plans(options: &Options, binary: &Path, kept_in: &Path) -> Box<dyn Iterator<Item = Plan>> {
    let plan = |seed: u64, bus: BusKind, kinds: &[Kind], rounds: usize| Plan {
        seed,
        bus,
        kinds: kinds.to_vec(),
        rounds,
        nodes: options.nodes,
        clients: options.clients,
        guests: options.guests,
        js_clients: 0,
        rooms: options.rooms,
        writes_every: options.writes_every(),
        binary: binary.to_owned(),
        directory: directory(kept_in, seed, bus),
        keep: options.keep_all,
    };
    if options.quick {
        let runs: Vec<Plan> =
            (1..).zip(QUICK).map(|(seed, (bus, kinds))| plan(seed, bus, kinds, kinds.len())).collect();
        return Box::new(runs.into_iter());
    }
    let kinds = if options.faults.is_empty() { Kind::ALL.to_vec() } else { options.faults.clone() };
    let last = if options.minutes.is_some() { u64::MAX } else { options.seeds.last };
    let (bus, rounds) = (options.bus, options.rounds);
    let template = plan(0, BusKind::None, &kinds, rounds);
    let kept_in = kept_in.to_owned();
    Box::new((options.seeds.first..=last).map(move |seed| {
        let bus = bus.unwrap_or_else(|| bus_of(seed));
        Plan { seed, bus, directory: directory(&kept_in, seed, bus), ..template.clone() }
    }))
}

/// Each in turn.
fn bus_of(seed: u64) -> BusKind {
    let place = usize::try_from(seed % BusKind::ALL.len() as u64).unwrap_or_default();
    BusKind::ALL.get(place).copied().unwrap_or(BusKind::None)
}

fn directory(kept_in: &Path, seed: u64, bus: BusKind) -> PathBuf {
    kept_in.join(format!("{seed}-{bus}"))
}

fn line(verdict: &Verdict, took: Duration) -> String {
    let kinds: Vec<String> = verdict
        .windows
        .iter()
        .map(|measured| {
            let kinds: Vec<String> = measured.window.kinds.iter().map(ToString::to_string).collect();
            let waited = measured.touched_waited.max(measured.others_waited).unwrap_or_default();
            format!("{} ({:.1} s)", kinds.join(" + "), waited.as_secs_f64())
        })
        .collect();
    format!(
        "seed {:>4}  {:<9} {}  {:>6} acknowledged, {:>7} shown, all at the head after {:>4.1} s, {:>3} s: {}",
        verdict.seed,
        verdict.bus,
        if verdict.is_good() { "good  " } else { "BROKEN" },
        verdict.acknowledged,
        verdict.shown,
        verdict.all_at_head_after.as_secs_f64(),
        took.as_secs(),
        kinds.join(", "),
    )
}

fn explain(plan: &Plan, what: &str) {
    for line in what.lines().take(20) {
        say(&format!("    {line}"));
    }
    say(&format!("    timeline, history and the nodes' logs are in {}", plan.directory.display()));
    let kinds: Vec<String> = plan.kinds.iter().filter_map(|kind| value_name(*kind)).collect();
    say(&format!(
        "    again: cargo run -p chinwag-testkit -- chaos --seeds {} --bus {} --rounds {} --faults {}",
        plan.seed,
        plan.bus,
        plan.rounds,
        kinds.join(",")
    ));
}

fn value_name(kind: Kind) -> Option<String> {
    use clap::ValueEnum as _;
    Some(kind.to_possible_value()?.get_name().to_owned())
}

/// What the runs are made on.
fn about(options: &Options, binary: &Path) -> Result<Vec<(&'static str, String)>> {
    let seeds = match (options.quick, options.minutes) {
        (true, _) => "the fixed ones of `make test`".to_owned(),
        (false, Some(minutes)) => format!("from {} on, for {minutes} minutes", options.seeds.first),
        (false, None) => format!("{} to {}", options.seeds.first, options.seeds.last),
    };
    Ok(vec![
        ("Command", format!("`chinwag-testkit {}`", command(std::env::args().skip(1)))),
        ("Seeds", seeds),
        ("Version", format!("{}, commit {}", said_by(Command::new(binary).arg("--version"))?, commit())),
        ("Clients' build", if cfg!(debug_assertions) { "debug" } else { "release" }.to_owned()),
        ("Machine", machine::hardware()?),
        (
            "Each run",
            format!(
                "{} nodes, {} rooms, {} clients of which every tenth reads slowly, {} of the official JavaScript SDK, \
                 {} who join and leave; {:.0} messages a second, of which one in ten is sent on two nodes at once; {} faults",
                options.nodes,
                options.rooms,
                options.clients,
                options.sdk_clients,
                options.guests,
                options.rate,
                options.rounds
            ),
        ),
    ])
}

/// What was typed, without the places of files, which say nothing elsewhere.
fn command(mut typed: impl Iterator<Item = String>) -> String {
    let mut words = Vec::new();
    while let Some(word) = typed.next() {
        if ["--binary", "--keep", "--output"].contains(&word.as_str()) {
            typed.next();
        } else {
            words.push(word);
        }
    }
    words.join(" ")
}

fn commit() -> String {
    said_by(Command::new("git").args(["rev-parse", "--short", "HEAD"]))
        .unwrap_or_else(|_| "unknown".to_owned())
}

fn said_by(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    ensure!(output.status.success(), "it failed");
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Progress goes to standard error.
fn say(what: &str) {
    // Nobody is there to be told that nobody is there to be told.
    let _ = writeln!(io::stderr(), "{what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_told_without_the_places_of_files() {
        let typed =
            "chaos --binary /tmp/a --seeds 1-3 --output b.md --minutes 5".split(' ').map(str::to_owned);
        assert_eq!(command(typed), "chaos --seeds 1-3 --minutes 5");
    }
}
