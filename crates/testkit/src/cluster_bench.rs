//! `make bench-cluster`: what it costs to be many nodes, and what clients see when one of them is killed.
//!
//! PostgreSQL, Redis, the nodes and the load share this machine's cores, so rates say little; ratios, losses and gaps do.

mod ledger;
mod listener;
mod scale_out;
mod sender;
mod stand;
mod storm;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::bench::machine;
use crate::bench::report::{self, Report};
use crate::daemon::{program, version};
use crate::{launcher, process};

/// What `chinwag-testkit bench-cluster` can be told.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// How many connections the storm is about.
    #[arg(long, default_value_t = 10_000)]
    pub connections: usize,
    /// How many messages are sent in a second during the storm.
    #[arg(long, default_value_t = 1_000)]
    pub sends_per_second: u32,
    /// How long the storm lasts, in seconds, or longer until each node was killed once and the clients were spread anew in
    /// between.
    #[arg(long, default_value_t = 60)]
    pub seconds: u64,
    /// How often the price of scaling out is measured.
    #[arg(long, default_value_t = 3)]
    pub runs: usize,
    /// Measure only one of the two; nothing is written then unless --output says where.
    #[arg(long, value_enum)]
    pub only: Option<Scenario>,
    /// The chinwag binary; the release build beside this program if not said.
    #[arg(long)]
    pub binary: Option<PathBuf>,
    /// Where the tables are written.
    #[arg(long)]
    pub output: Option<PathBuf>,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Scenario {
    /// Three nodes under load, each killed once.
    Storm,
    /// One node beside two.
    ScaleOut,
}

/// Measures, prints the tables and writes them.
///
/// # Errors
/// A node lost, doubled or reordered something, or something could not be started.
pub fn run(options: &Options) -> Result<()> {
    let files = process::raise_open_files()?;
    let needed = u64::try_from(options.connections)? + 500;
    ensure!(
        files >= needed,
        "{needed} open files are needed, but only {files} are allowed: lower --connections"
    );
    let binary = launcher::find_binary(options.binary.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let measure = async {
        let mut report = Report::new("Cluster benchmarks", "make bench-cluster", describe(&binary)?);
        if options.only != Some(Scenario::ScaleOut) {
            report.tables.push(storm::run(options, &binary).await.context("the storm")?);
        }
        if options.only != Some(Scenario::Storm) {
            report.tables.push(scale_out::run(options, &binary).await.context("the price of scaling out")?);
        }
        anyhow::Ok(report)
    };
    let report = runtime.block_on(tokio::task::LocalSet::new().run_until(measure))?;
    report::print(&report.text())?;
    let whole = options.only.is_none().then(|| PathBuf::from("docs/cluster-benchmarks.md"));
    if let Some(output) = options.output.clone().or(whole) {
        fs::write(&output, report.markdown())
            .with_context(|| format!("cannot write {}", output.display()))?;
    }
    Ok(())
}

fn describe(binary: &Path) -> Result<Vec<(&'static str, String)>> {
    let of = |name: &str, package: &str| version(&program(name, package)?, "--version");
    Ok(vec![
        ("Machine", format!("{}, shared by all that runs", machine::hardware()?)),
        ("System", machine::system()),
        ("Busy", machine::busy()),
        ("Version", version(binary, "--version")?),
        ("Command", machine::command()),
        (
            "Beside it",
            format!("{}, {}", of("psql", "postgresql-client")?, of("redis-server", "redis-server")?),
        ),
        (
            "Server flags",
            format!(
                "`{}` beside names, addresses, store, bus and token secret",
                launcher::NO_LIMITS.join(" ")
            ),
        ),
    ])
}

/// Says on standard error what is going on; the figures alone go to standard output.
fn progress(what: &str) {
    use std::io::Write as _;
    // Nobody is there to be told that nobody is there to be told.
    let _ = writeln!(std::io::stderr(), "bench-cluster: {what}");
}
