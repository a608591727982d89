//! What to measure, and how thoroughly.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use super::Peer;

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Time to first ready, size of the binary.
    Startup,
    /// Connects per second and memory of idle connections.
    Connections,
    /// Acknowledged durable sends, beside the disk's own rate.
    Sends,
    /// One room with a thousand members.
    FanOut,
    /// One room with ten thousand members.
    FanOutLarge,
    /// A thousand rooms of ten people, all of whom write.
    Rooms,
    /// How late messages are at a fixed rate.
    Latency,
    /// Many clients that were away at once.
    Resume,
    /// Many people who look away and back.
    Presence,
    /// One node beside two.
    ScaleOut,
    /// What is found among very many messages, and a list of very many rooms.
    Search,
}

/// A peer's name, or nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// Chinwag and the limits alone.
    None,
    /// That peer.
    Of(Peer),
}

impl FromStr for Company {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "none" => Ok(Self::None),
            name => Peer::from_str(name, false).map(Self::Of),
        }
    }
}

/// The flags of `bench`.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// How often everything is measured; the median counts.
    #[arg(long, default_value_t = 3)]
    pub runs: usize,
    /// Measure everything once, and briefly.
    #[arg(long)]
    pub quick: bool,
    /// How long one measurement lasts, in seconds, after a warm-up of a quarter of that.
    #[arg(long, default_value_t = 2.0)]
    pub seconds: f64,
    /// How many idle connections.
    #[arg(long, default_value_t = 10_000)]
    pub connections: usize,
    /// How many members the room has.
    #[arg(long, default_value_t = 1_000)]
    pub members: usize,
    /// How many members the large room has.
    #[arg(long, default_value_t = 10_000)]
    pub many_members: usize,
    /// Among how many messages is searched.
    #[arg(long, default_value_t = 1_000_000)]
    pub messages: usize,
    /// Measure only these; nothing is written then unless --output says where.
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<Scenario>,
    /// Measure Chinwag beside these only: names of peers, or `none`.
    #[arg(long, value_delimiter = ',')]
    pub peers: Vec<Company>,
    /// The chinwag binary; the release build beside this program if not said.
    #[arg(long)]
    pub binary: Option<PathBuf>,
    /// Where the tables are written.
    #[arg(long)]
    pub output: Option<PathBuf>,
    /// Where data directories are made; beside this program if not said. Not in memory: the disk is measured too.
    #[arg(long)]
    pub scratch: Option<PathBuf>,
    /// The server's core.
    #[arg(long, default_value_t = 0)]
    pub server_core: usize,
    /// The load's core.
    #[arg(long, default_value_t = 1)]
    pub load_core: usize,
}

impl Options {
    pub(super) fn scenarios(&self) -> Vec<Scenario> {
        if self.only.is_empty() { Scenario::value_variants().to_vec() } else { self.only.clone() }
    }

    pub(super) fn peers(&self) -> Vec<Peer> {
        if self.peers.is_empty() {
            return Peer::value_variants().to_vec();
        }
        let named = self.peers.iter().filter_map(|company| match company {
            Company::None => None,
            Company::Of(peer) => Some(*peer),
        });
        named.collect()
    }

    pub(super) fn runs(&self) -> usize {
        if self.quick { 1 } else { self.runs.max(1) }
    }

    pub(super) fn measured_for(&self) -> Duration {
        Duration::from_secs_f64(if self.quick { self.seconds / 2.0 } else { self.seconds })
    }

    pub(super) fn warm_up(&self) -> Duration {
        self.measured_for() / 4
    }

    pub(super) fn output(&self) -> Option<PathBuf> {
        let whole = self.only.is_empty().then(|| PathBuf::from("docs/benchmarks.md"));
        self.output.clone().or(whole)
    }

    pub(super) fn scratch_directory(&self) -> Result<PathBuf> {
        if let Some(scratch) = &self.scratch {
            return Ok(scratch.clone());
        }
        let program = std::env::current_exe().context("cannot find this program")?;
        Ok(program.parent().context("this program is in no directory")?.to_owned())
    }
}
