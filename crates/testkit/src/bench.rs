//! `make bench`: the figures that Chinwag is measured by, taken on this machine.
//!
//! The server runs on one core and the load on another; the load counts every delivery and checks every order, so
//! that a fast wrong answer is an error and not a figure. Each scenario starts its own node on an empty directory.

mod connections;
pub(crate) mod crowd;
mod disk;
mod fan_out;
mod limit_program;
pub(crate) mod machine;
mod options;
pub(crate) mod report;
mod resume;
pub(crate) mod samples;
mod sends;
mod startup;
pub(crate) mod tally;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

pub use options::{Options, Scenario};

use crate::launcher::{self, Launch, Node};
use crate::process;
use report::{Report, Table};

/// What all scenarios need to know.
struct Bench {
    options: Options,
    binary: PathBuf,
    /// Where data directories are made: on a real disk, not in memory.
    scratch: PathBuf,
    server_core: Option<usize>,
}

impl Bench {
    fn directory(&self) -> Result<TempDir> {
        tempfile::Builder::new()
            .prefix("bench-")
            .tempdir_in(&self.scratch)
            .with_context(|| format!("cannot create a directory in {}", self.scratch.display()))
    }

    async fn start(&self, data_dir: &Path) -> Result<Node> {
        let launch = Launch::measured(&self.binary, "node-1", data_dir)?;
        Node::running(&Launch { core: self.server_core, ..launch }).await
    }

    async fn run(&self, scenario: Scenario) -> Result<Vec<Table>> {
        progress(&format!("{scenario:?} …"));
        match scenario {
            Scenario::Startup => startup::run(self).await,
            Scenario::Connections => connections::run(self).await,
            Scenario::Sends => sends::run(self).await,
            Scenario::FanOut => fan_out::run(self).await,
            Scenario::Resume => resume::run(self).await,
        }
        .with_context(|| format!("{scenario:?} cannot be measured"))
    }
}

/// Measures, prints the tables and writes them to the file of [`Options::output`].
///
/// # Errors
/// The server misbehaved: it lost, doubled or reordered something, refused, or could not be started.
pub fn run(options: Options) -> Result<()> {
    let cores = std::thread::available_parallelism()?.get();
    let pinned = cores > 1;
    let needed_files = u64::try_from(options.connections)? + 200;
    let files = process::raise_open_files()?;
    ensure!(
        files >= needed_files,
        "{} connections need {needed_files} open files, but only {files} are allowed: raise `ulimit -Hn` or lower --connections",
        options.connections
    );
    let binary = launcher::find_binary(options.binary.as_deref())?;
    if pinned {
        process::pin_self(options.load_core)?;
    } else {
        progress("there is one core only: server and load share it, so the figures say little");
    }
    let scratch = options.scratch_directory()?;
    let bench = Bench { server_core: pinned.then_some(options.server_core), binary, scratch, options };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(tokio::task::LocalSet::new().run_until(measure(&bench)))?;
    report::print(&report.text())?;
    if let Some(output) = bench.options.output() {
        fs::write(&output, report.markdown())
            .with_context(|| format!("cannot write {}", output.display()))?;
        progress(&format!("wrote {}", output.display()));
    }
    Ok(())
}

async fn measure(bench: &Bench) -> Result<Report> {
    let mut report = Report::new("Benchmarks", "make bench", machine::describe(bench)?);
    for scenario in bench.options.scenarios() {
        report.tables.extend(bench.run(scenario).await?);
    }
    Ok(report)
}

/// Says on standard error what is going on; the figures alone go to standard output.
fn progress(what: &str) {
    use std::io::Write;
    // Nobody is there to be told that nobody is there to be told.
    let _ = writeln!(std::io::stderr(), "bench: {what}");
}
