//! `make bench`: the figures that Chinwag is measured by, taken on this machine.
//!
//! The server runs on one core and the load on another; the load counts every delivery and checks every order, so
//! that a fast wrong answer is an error and not a figure. Each scenario starts its own node on an empty directory.

mod bars;
mod comparison;
mod connections;
pub(crate) mod crowd;
mod dialect;
mod disk;
mod fan_out;
mod figures;
mod idle;
mod latency;
mod line_length;
pub(crate) mod machine;
mod options;
mod payload;
mod presence;
pub(crate) mod report;
mod resume;
mod rooms;
pub(crate) mod samples;
mod scale_out;
mod search;
mod sends;
mod startup;
mod subject;
pub(crate) mod tally;
mod wire;

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

pub use options::{Options, Scenario};
pub use subject::Peer;

use crate::launcher::{self, Node};
use crate::limit::Mode;
use crate::process;
use bars::Bar;
use report::{Report, Table};
use subject::{Store, Subject};

/// What all scenarios need to know.
struct Bench {
    options: Options,
    binary: PathBuf,
    /// Where data directories are made: on a real disk, not in memory.
    scratch: PathBuf,
    server_core: Option<usize>,
    /// How long a delivery of Chinwag is, and so those of the bare limits.
    line_bytes: Cell<usize>,
    bars: RefCell<Vec<Bar>>,
    /// Those who are on this machine, and what they are.
    peers: Vec<(Peer, String)>,
    /// Those who are not, and why.
    skipped: Vec<String>,
}

impl Bench {
    fn directory(&self) -> Result<TempDir> {
        tempfile::Builder::new()
            .prefix("bench-")
            .tempdir_in(&self.scratch)
            .with_context(|| format!("cannot create a directory in {}", self.scratch.display()))
    }

    async fn start(&self, data_dir: &Path) -> Result<Node> {
        subject::start_node(self, data_dir, &[]).await
    }

    /// Who is measured: Chinwag twice and what bounds it, then the peers.
    fn subjects(&self) -> Vec<Subject> {
        let ours = [
            Subject::Chinwag(Store::Sqlite),
            Subject::Chinwag(Store::Memory),
            Subject::Limit(Mode::Direct),
            Subject::Limit(Mode::Coalesced),
        ];
        ours.into_iter().chain(self.peers.iter().map(|(peer, _)| Subject::Peer(*peer))).collect()
    }

    async fn run(&self, scenario: Scenario) -> Result<Vec<Table>> {
        progress(&format!("{scenario:?} …"));
        match scenario {
            Scenario::Startup => startup::run(self).await,
            Scenario::Connections => connections::run(self).await,
            Scenario::Sends => sends::run(self).await,
            Scenario::FanOut => fan_out::run(self, self.options.members).await,
            Scenario::FanOutLarge => fan_out::run(self, self.options.many_members).await,
            Scenario::Rooms => rooms::run(self).await,
            Scenario::Latency => latency::run(self).await,
            Scenario::ScaleOut => scale_out::run(self).await,
            Scenario::Resume => resume::run(self).await,
            Scenario::Presence => presence::run(self).await,
            Scenario::Search => search::run(self).await,
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
    let (peers, skipped) = find_peers(&options);
    let bench = Bench {
        server_core: pinned.then_some(options.server_core),
        binary,
        scratch,
        options,
        line_bytes: Cell::new(0),
        bars: RefCell::default(),
        peers,
        skipped,
    };
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

/// Who is on this machine. That somebody is not is said loudly, and is no failure.
fn find_peers(options: &Options) -> (Vec<(Peer, String)>, Vec<String>) {
    let (mut found, mut skipped) = (Vec::new(), Vec::new());
    for peer in options.peers() {
        match peer.describe() {
            Ok(description) => found.push((peer, description)),
            Err(error) => {
                let skip = format!("skipped: {}: {error:#}", peer.name());
                progress(&format!("*** {skip} ***"));
                skipped.push(skip);
            }
        }
    }
    (found, skipped)
}

async fn measure(bench: &Bench) -> Result<Report> {
    let mut report = Report::new("Benchmarks", "make bench", machine::describe(bench)?);
    bench.line_bytes.set(line_length::measure(bench).await?);
    for scenario in bench.options.scenarios() {
        report.tables.extend(bench.run(scenario).await?);
    }
    report.tables.insert(0, bars::table(&bench.bars.borrow()));
    Ok(report)
}

/// Says on standard error what is going on; the figures alone go to standard output.
fn progress(what: &str) {
    use std::io::Write;
    // Nobody is there to be told that nobody is there to be told.
    let _ = writeln!(std::io::stderr(), "bench: {what}");
}
