//! Measures Chinwag on this machine; see `--help`.

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

fn main() -> Result<()> {
    match Cli::parse() {
        Cli::Bench(options) => bench::run(options),
        Cli::Limit { mode } => {
            use std::io::Write;
            let limit = Limit::bind(mode)?;
            writeln!(std::io::stdout(), "{}", limit.address()?)?;
            limit.run()
        }
    }
}
