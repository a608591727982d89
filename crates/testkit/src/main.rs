//! Measures Chinwag on this machine; see `--help`.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use chinwag_testkit::limit::{Limit, Mode};
use chinwag_testkit::{bench, chaos, cluster_bench, local_cluster};
use clap::Parser;

/// Tools for measuring and testing a real Chinwag.
#[derive(Debug, Parser)]
#[command(name = "chinwag-testkit", version)]
enum Cli {
    /// Measure, print the figures and write docs/benchmarks.md.
    Bench(bench::Options),
    /// Measure what it costs to be many nodes and what clients see of a killed one, and write
    /// docs/cluster-benchmarks.md.
    BenchCluster(cluster_bench::Options),
    /// Break a real cluster in every way that follows from a seed, and hold what its clients saw against its promises.
    Chaos(chaos::Options),
    /// Run a whole cluster on this machine until Ctrl-C: PostgreSQL, Redis, a balancer and three nodes.
    Cluster(local_cluster::Options),
    /// Run the bare limit that fan-out is compared with; prints where it listens.
    Limit {
        /// How it writes.
        #[arg(long)]
        mode: Mode,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is there to be told that nobody is there to be told.
            let _ = writeln!(io::stderr(), "chinwag-testkit: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    match cli {
        Cli::Bench(options) => bench::run(options),
        Cli::BenchCluster(options) => cluster_bench::run(&options),
        Cli::Chaos(options) => chaos::run(&options),
        Cli::Cluster(options) => local_cluster::run(options),
        Cli::Limit { mode } => {
            let limit = Limit::bind(mode)?;
            writeln!(io::stdout(), "{}", limit.address()?)?;
            limit.run()
        }
    }
}
