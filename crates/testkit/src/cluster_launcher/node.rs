//! One node of a cluster under test.

use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::time::{Instant, sleep};

use super::guard::Guard;
use super::through::Network;
use crate::launcher::{end_of, get_status};

/// How long a node may take until it is ready, while its dependencies are well.
const READY_WITHIN: Duration = Duration::from_secs(40);
/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Where Debian's package `faketime` has it.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// What does not change while the node comes and goes.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) binary: PathBuf,
    pub(super) directory: PathBuf,
    pub(super) listen: SocketAddr,
    pub(super) flags: Vec<String>,
}

/// A node and the networks around it.
#[derive(Debug)]
pub struct Node {
    place: Place,
    guard: Arc<Guard>,
    child: Option<Child>,
    clock_off_by: i32,
    /// Between clients and the node.
    pub clients: Network,
    /// Between the node and its store.
    pub store: Network,
    /// Between the node and its bus; empty where there is nothing in between.
    pub bus: Network,
}

impl Node {
    pub(super) async fn new(place: Place, guard: Arc<Guard>, store: Network, bus: Network) -> Result<Self> {
        let clients = Network::to(place.listen).await?;
        Ok(Self { place, guard, child: None, clock_off_by: 0, clients, store, bus })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.place.name
    }

    /// Where it listens, past the network.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.place.listen
    }

    /// Starts the process and waits until it is ready.
    ///
    /// # Errors
    /// It does not start; the error holds the end of its log.
    pub async fn start(&mut self) -> Result<()> {
        self.spawn()?;
        self.wait_until_ready().await
    }

    /// Starts the process, and does not wait for it.
    pub(super) fn spawn(&mut self) -> Result<()> {
        let Place { name, binary, directory, listen, flags } = &self.place;
        ensure!(self.child.is_none(), "{name} runs already");
        let log = File::options().create(true).append(true).open(self.log())?;
        let mut command = Command::new(binary);
        command
            .args(["serve", "--node-name", name, "--listen", &listen.to_string(), "--data-dir"])
            .arg(directory);
        command.args(flags).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        // Whoever stops the test with Ctrl-C stops it alone; the guard does the rest.
        command.process_group(0);
        if self.clock_off_by != 0 {
            command.env("LD_PRELOAD", FAKETIME).env("FAKETIME", format!("{:+}", self.clock_off_by));
            command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        let child = command.spawn().with_context(|| format!("cannot start {}", binary.display()))?;
        self.guard.came(child.id());
        self.child = Some(child);
        Ok(())
    }

    /// Waits until it takes traffic.
    ///
    /// # Errors
    /// It ends, or takes too long.
    pub async fn wait_until_ready(&mut self) -> Result<()> {
        let started = Instant::now();
        while !get_status(self.place.listen, "/readyz").await.is_ok_and(|status| status == 200) {
            if let Some(status) = self.ended()? {
                bail!("{} ended before it was ready ({status}): {}", self.place.name, end_of(&self.log()));
            }
            let waited = started.elapsed();
            ensure!(
                waited < READY_WITHIN,
                "{} is not ready after {waited:?}: {}",
                self.place.name,
                end_of(&self.log())
            );
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Ends the process as a power cut does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Either fails only where the process has ended by itself.
            let _ = child.kill();
            let _ = child.wait();
            self.guard.went(child.id());
        }
    }

    /// Stops the process where it stands.
    ///
    /// # Errors
    /// It does not run.
    pub fn pause(&self) -> Result<()> {
        self.signal("STOP")
    }

    /// Lets a paused process go on.
    ///
    /// # Errors
    /// It does not run.
    pub fn resume(&self) -> Result<()> {
        self.signal("CONT")
    }

    /// Asks the process to leave.
    ///
    /// # Errors
    /// It does not run.
    pub fn terminate(&self) -> Result<()> {
        self.signal("TERM")
    }

    /// Waits until a process that was asked to leave has left; kills it when it takes longer than that.
    ///
    /// # Errors
    /// It had to be killed.
    pub async fn wait_until_ended(&mut self, within: Duration) -> Result<ExitStatus> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            if started.elapsed() > within {
                self.kill();
                bail!("{} has not ended within {within:?}", self.place.name);
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Whether there is a process. One that is paused counts.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.child.is_some()
    }

    /// From its next start on, the node's clock is off by so many seconds.
    pub fn set_clock_off_by(&mut self, seconds: i32) {
        self.clock_off_by = seconds;
    }

    /// Whether clocks can be set wrong on this machine.
    #[must_use]
    pub fn can_set_clock() -> bool {
        Path::new(FAKETIME).is_file()
    }

    /// What it printed, over all of its lives.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.place.directory.join("log")
    }

    /// How the process ended, if it did by itself.
    ///
    /// # Errors
    /// The kernel does not tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        let Some(child) = &mut self.child else { return Ok(None) };
        let Some(status) = child.try_wait()? else { return Ok(None) };
        self.guard.went(child.id());
        self.child = None;
        Ok(Some(status))
    }

    fn signal(&self, name: &str) -> Result<()> {
        let pid = self.child.as_ref().with_context(|| format!("{} does not run", self.place.name))?.id();
        let status = Command::new("/bin/sh").args(["-c", &format!("kill -{name} {pid}")]).status()?;
        ensure!(status.success(), "cannot send SIG{name} to {}", self.place.name);
        Ok(())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}
