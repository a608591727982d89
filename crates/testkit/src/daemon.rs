//! A program that a test starts, kills, freezes and starts again: a server beside Chinwag, or Chinwag itself.

mod program;
mod signal;
mod waiting;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result};

use crate::guard::Guarded;
pub use program::program;
pub(crate) use program::version;
pub use signal::Signal;

/// How much of its log a complaint holds.
const LOG_BYTES: usize = 4_000;

/// A running program, or one that has ended for a while. Ended when it is dropped, and with this process at the latest.
#[derive(Debug)]
pub struct Daemon {
    name: String,
    command: Command,
    log: PathBuf,
    ends_by: Signal,
    running: Option<(Child, Guarded)>,
    pid: u32,
}

impl Daemon {
    /// A program that does not run yet; what it says will go to the end of the log.
    ///
    /// # Errors
    /// The log cannot be written.
    pub fn new(name: &str, mut command: Command, log: &Path) -> Result<Self> {
        let file = File::options().append(true).create(true).open(log);
        let file = file.with_context(|| format!("cannot write {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        // Whoever stops the test with Ctrl-C stops it alone, and that ends this.
        command.process_group(0);
        let log = log.to_owned();
        Ok(Self { name: name.to_owned(), command, log, ends_by: Signal::Kill, running: None, pid: 0 })
    }

    /// The same, started.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(name: &str, command: Command, log: &Path) -> Result<Self> {
        let mut daemon = Self::new(name, command, log)?;
        daemon.resume()?;
        Ok(daemon)
    }

    /// The same, ended by another signal than [`Signal::Kill`].
    #[must_use]
    pub fn ending_by(mut self, signal: Signal) -> Self {
        self.ends_by = signal;
        self
    }

    /// Starts it again as it was started first. Nothing happens where it runs.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn resume(&mut self) -> Result<()> {
        if self.running.is_none() {
            let child = self.command.spawn();
            let mut child =
                child.with_context(|| format!("cannot start {:?}", self.command.get_program()))?;
            self.pid = child.id();
            let guarded = Guarded::process(self.pid, self.ends_by).inspect_err(|_| drop(child.kill()))?;
            self.running = Some((child, guarded));
        }
        Ok(())
    }

    /// Ends it at once, as a crash does: its connections break, and nothing is written that was not.
    pub fn crash(&mut self) {
        if let Some((mut child, _guarded)) = self.running.take() {
            // Either fails only where it has ended by itself.
            let _ = match self.ends_by {
                Signal::Kill => child.kill().map_err(Into::into),
                signal => signal.send(child.id()),
            };
            let _ = child.wait();
        }
    }

    /// How it ended, if it did by itself.
    ///
    /// # Errors
    /// The kernel does not tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        let Some((child, _)) = &mut self.running else { return Ok(None) };
        let ended = child.try_wait()?;
        if ended.is_some() {
            self.running = None;
        }
        Ok(ended)
    }

    /// Whether there is a process. One that is frozen counts.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.running.is_some()
    }

    /// The id of its process; of the last one where it does not run, and zero before the first.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// What it printed, over all of its lives.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// From its next start on, it finds that in its environment.
    pub fn set_environment(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.command.env(name, value);
    }

    /// Tells it something.
    ///
    /// # Errors
    /// It does not run.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let (child, _) = self.running.as_ref().with_context(|| format!("{} does not run", self.name))?;
        signal.send(child.id()).with_context(|| format!("{} has ended: {}", self.name, self.last_words()))
    }

    /// Freezes it: its sockets stay open and the kernel accepts for it, but it does nothing.
    ///
    /// # Errors
    /// It does not run.
    pub fn freeze(&self) -> Result<()> {
        self.signal(Signal::Stop)
    }

    /// Lets it go on after [`freeze`](Self::freeze).
    ///
    /// # Errors
    /// It does not run.
    pub fn thaw(&self) -> Result<()> {
        self.signal(Signal::Continue)
    }

    fn last_words(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let end = text.get(text.len().saturating_sub(LOG_BYTES)..).unwrap_or(&text);
        match String::from_utf8_lossy(end).trim() {
            "" => "its log is empty".to_owned(),
            end => format!("its log ends with:\n{end}"),
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.crash();
    }
}
