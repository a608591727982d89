//! Plays many seeds, one seed, and the same seed again.
//!
//! `SEEDS` says how many, `FROM` with which to begin, `SEED` which one to play again, and `TRACE` to print all of it.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a failing test is a panic and prints what it found, and how long it took"
)]

use std::env;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chinwag_simulation::{Report, Scenario, run};

/// How many seeds are played unless told otherwise.
const SEEDS: u64 = 1_000;

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap())
}

/// Plays seeds on all processors; returns their reports in the order of the seeds.
fn play(seeds: std::ops::Range<u64>) -> Vec<Report> {
    let next = AtomicU64::new(seeds.start);
    let work = || {
        let mut reports = vec![];
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return reports;
            }
            let report = run(&Scenario::of(seed));
            if !report.is_good() {
                println!("{report}\n");
            }
            reports.push(report);
        }
    };
    let workers = thread::available_parallelism().map_or(2, usize::from);
    let mut reports: Vec<Report> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    reports.sort_by_key(|report| report.scenario.seed);
    reports
}

#[test]
fn every_seed_keeps_every_promise() {
    let from = number("FROM").unwrap_or(0);
    let seeds = number("SEEDS").unwrap_or(SEEDS);
    let began = Instant::now();
    let reports = play(from..from + seeds);
    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    let slowest = reports.iter().map(|report| report.caught_up_in).max().unwrap_or(Duration::ZERO);
    println!(
        "{} seeds in {:.1} s: {} sends acknowledged, {} changes shown, {} steps; the slowest had all {:.1} s after the last fault",
        reports.len(),
        began.elapsed().as_secs_f64(),
        sum(|report| report.acknowledged),
        sum(|report| report.received),
        sum(|report| report.steps),
        slowest.as_secs_f64(),
    );
    let bad: Vec<u64> =
        reports.iter().filter(|report| !report.is_good()).map(|report| report.scenario.seed).collect();
    assert!(bad.is_empty(), "promises were broken by the seeds {bad:?}; how is said above");
    // A simulation in which nothing happens would prove nothing.
    assert!(sum(|report| report.acknowledged) > 10 * seeds);
}

/// Plays the seed that `SEED` names, and nothing if it names none.
#[test]
fn replay() {
    let Some(seed) = number("SEED") else { return };
    let scenario = Scenario::of(seed);
    let report = run(&if env::var_os("TRACE").is_some() { scenario.traced() } else { scenario });
    println!("{report}");
    assert!(report.is_good());
}

#[test]
fn a_seed_plays_the_same_again() {
    for seed in 0..20 {
        let (first, second) = (run(&Scenario::of(seed)), run(&Scenario::of(seed)));
        assert_eq!(first, second);
    }
    assert_ne!(run(&Scenario::of(0)).trace_hash, run(&Scenario::of(1)).trace_hash);
}

/// Hashes of maps are seeded by each process anew, so the order of one must not decide anything.
#[test]
fn a_seed_plays_the_same_in_another_process() {
    if let Some(seed) = number("HASH_OF") {
        println!("hash of {seed}: {:x}", run(&Scenario::of(seed)).trace_hash);
        return;
    }
    for seed in [9, 45, 67] {
        let output = Command::new(env::current_exe().unwrap())
            .args(["a_seed_plays_the_same_in_another_process", "--exact", "--nocapture"])
            .env("HASH_OF", seed.to_string())
            .output()
            .unwrap();
        let expected = format!("hash of {seed}: {:x}\n", run(&Scenario::of(seed)).trace_hash);
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.contains(&expected), "expected {expected}, but the other process said {printed}");
    }
}
