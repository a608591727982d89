//! The simulation notices when a part breaks its promise: each lie is found within a few seeds.
#![allow(clippy::print_stdout, reason = "the test says how soon it found what")]

use chinwag_simulation::{Lie, Scenario, run};

/// Within how many seeds a lie must be found.
const SEEDS: u64 = 60;

/// Plays seeds until the lie is found, by one of these words.
fn is_found(lie: Lie, words: &[&str]) {
    let found = (0..SEEDS).find_map(|seed| {
        let report = run(&Scenario::of(seed).with(lie));
        let words_of = |violation: &String| words.iter().any(|word| violation.contains(word));
        report.violations.into_iter().find(words_of).map(|violation| (seed, violation))
    });
    match found {
        Some((seed, violation)) => println!("{lie:?} is found by seed {seed}: {violation}"),
        None => panic!("{SEEDS} seeds do not show that {lie:?}"),
    }
}

#[test]
fn a_store_that_forgets_messages_is_found() {
    is_found(Lie::StoreForgetsMessages, &["I1"]);
}

#[test]
fn a_store_that_forgets_client_ids_is_found() {
    is_found(Lie::StoreForgetsClientIds, &["I1", "I6"]);
}

#[test]
fn a_store_that_lets_everybody_read_is_found() {
    is_found(Lie::StoreLetsEverybodyRead, &["foreign room", "I5"]);
}

#[test]
fn a_store_that_shows_old_heads_is_found() {
    is_found(Lie::StoreShowsOldHeads, &["I7", "could not resume"]);
}

#[test]
fn a_bus_that_renumbers_changes_is_found() {
    is_found(Lie::BusRenumbersChanges, &["I3", "not what was committed"]);
}

#[test]
fn a_network_that_repeats_frames_is_found() {
    is_found(Lie::NetworkRepeatsFrames, &["I2"]);
}

#[test]
fn a_network_that_loses_frames_is_found() {
    is_found(Lie::NetworkLosesFrames, &["I4"]);
}

#[test]
fn a_client_that_renames_its_retries_is_found() {
    is_found(Lie::ClientRenamesRetries, &["I1", "I6"]);
}

#[test]
fn a_client_that_resumes_too_late_is_found() {
    is_found(Lie::ClientResumesTooLate, &["I4"]);
}
