//! What a proof consists of.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, Error, Result};
use clap::Args;

use super::fault::Kind;
use crate::cluster_launcher::BusKind;

/// The flags of `chaos`.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The seeds of the runs: `7`, or `1-20`.
    #[arg(long, default_value = "1-18")]
    pub seeds: Seeds,
    /// Go on with the seeds that follow until that many minutes are over.
    #[arg(long)]
    pub minutes: Option<u64>,
    /// The bus; each in turn if none is named.
    #[arg(long, value_enum)]
    pub bus: Option<BusKind>,
    /// The kinds of faults; all that apply if none is named.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub faults: Vec<Kind>,
    /// How many faults a run has, one after the other.
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,
    /// How many nodes.
    #[arg(long, default_value_t = 3)]
    pub nodes: usize,
    /// How many clients.
    #[arg(long, default_value_t = 40)]
    pub clients: usize,
    /// How many clients of the official JavaScript SDK beside them.
    #[arg(long, default_value_t = 3)]
    pub sdk_clients: usize,
    /// How many people join and leave rooms beside them.
    #[arg(long, default_value_t = 2)]
    pub guests: usize,
    /// How many rooms.
    #[arg(long, default_value_t = 8)]
    pub rooms: usize,
    /// How many messages all of them write in a second.
    #[arg(long, default_value_t = 100.0)]
    pub rate: f64,
    /// The fixed small set of runs that `make test` makes.
    #[arg(long)]
    pub quick: bool,
    /// The `chinwag` binary; the one beside this program if none is named.
    #[arg(long)]
    pub binary: Option<PathBuf>,
    /// Where the proof is written; nothing is if not said.
    #[arg(long)]
    pub output: Option<PathBuf>,
    /// Keep timeline, history and logs of runs that went well too.
    #[arg(long)]
    pub keep_all: bool,
    /// Where runs that failed are kept; beside this program if not said.
    #[arg(long)]
    pub keep: Option<PathBuf>,
}

impl Options {
    /// What is asked for; of `quick`, so much that a debug build on a busy machine is done in three minutes.
    pub(super) fn sized(&self) -> Self {
        if self.quick {
            Self { clients: 20, sdk_clients: 2, guests: 1, rooms: 5, rate: 50.0, ..self.clone() }
        } else {
            self.clone()
        }
    }

    pub(super) fn writes_every(&self) -> Duration {
        let people = self.clients + self.sdk_clients;
        Duration::from_secs_f64((people as f64 / self.rate.max(0.1)).min(60.0))
    }

    pub(super) fn kept_in(&self) -> Result<PathBuf> {
        if let Some(keep) = &self.keep {
            return Ok(keep.clone());
        }
        let program = std::env::current_exe().context("cannot find this program")?;
        Ok(program.with_file_name("chaos"))
    }
}

/// One seed, or some in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeds {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

impl FromStr for Seeds {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let seeds = Self { first: first.trim().parse()?, last: last.trim().parse()? };
        anyhow::ensure!(seeds.first <= seeds.last, "the first seed comes after the last");
        Ok(seeds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_one_or_some_in_a_row() {
        assert_eq!("7".parse::<Seeds>().unwrap(), Seeds { first: 7, last: 7 });
        assert_eq!("1-20".parse::<Seeds>().unwrap(), Seeds { first: 1, last: 20 });
        assert!("3-1".parse::<Seeds>().is_err() && "x".parse::<Seeds>().is_err());
    }
}
