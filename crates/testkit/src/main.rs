//! Measures Chinwag on this machine; see `--help`.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use chinwag_testkit::bench;
use chinwag_testkit::limit::{Limit, Mode};
use clap::Parser;

/// Tools for measuring and testing a real Chinwag.
#[derive(Debug, Parser)]
#[command(name = "chinwag-testkit", version)]
enum Cli {
    /// Measure, print the figures and write docs/benchmarks.md.
    Bench(bench::Options),
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
        Cli::Limit { mode } => {
            let limit = Limit::bind(mode)?;
            writeln!(io::stdout(), "{}", limit.address()?)?;
            limit.run()
        }
    }
}
