//! One node.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::Result;
use tokio::time::Instant;

use super::{Launch, get_status, wrong_clock};
use crate::daemon::{Daemon, Signal};
use crate::ports::free_address;
use crate::process::command_on;

/// How often a node is asked whether it is ready: a measurement of its start must not wait for the answer.
const ASK_EVERY: Duration = Duration::from_millis(1);

/// A node, running or away for a while. Killed, as by `kill -9`, when it is dropped, and with this process at the latest.
#[derive(Debug)]
pub struct Node {
    /// What it is called.
    pub name: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// From the newest start of the process to the first `200` of `/readyz`.
    pub ready_after: Duration,
    daemon: Daemon,
}

impl Node {
    /// A node that does not run yet.
    ///
    /// # Errors
    /// Its directory cannot be written.
    pub fn new(launch: &Launch, address: SocketAddr) -> Result<Self> {
        std::fs::create_dir_all(&launch.directory)?;
        let mut command = command_on(launch.core, &launch.binary);
        command.args(["serve", "--node-name", &launch.name, "--listen", &address.to_string(), "--data-dir"]);
        command.arg(&launch.directory).args(&launch.flags);
        let daemon = Daemon::new(&launch.name, command, &launch.directory.join("log"))?;
        Ok(Self { name: launch.name.clone(), address, ready_after: Duration::ZERO, daemon })
    }

    /// A node on a free port that is ready.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub async fn running(launch: &Launch) -> Result<Self> {
        let mut node = Self::new(launch, free_address()?)?;
        node.start().await?;
        Ok(node)
    }

    /// Starts the process, as often as wanted, and waits until it is ready.
    ///
    /// # Errors
    /// It cannot be started, ends, or is not ready in time; the error holds the end of its log.
    pub async fn start(&mut self) -> Result<()> {
        let started = Instant::now();
        self.spawn()?;
        self.until_ready().await?;
        self.ready_after = started.elapsed();
        Ok(())
    }

    /// Starts the process, and does not wait for it.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn(&mut self) -> Result<()> {
        self.daemon.resume()
    }

    /// Waits until it takes traffic.
    ///
    /// # Errors
    /// It ends, or takes too long; the error holds the end of its log.
    pub async fn until_ready(&mut self) -> Result<()> {
        let address = self.address;
        let is_ready =
            || async move { get_status(address, "/readyz").await.is_ok_and(|status| status == 200) };
        self.daemon.until_ready(ASK_EVERY, is_ready).await
    }

    /// Ends the process as a power cut does.
    pub fn kill(&mut self) {
        self.daemon.crash();
    }

    /// Stops the process where it stands.
    ///
    /// # Errors
    /// It does not run.
    pub fn pause(&self) -> Result<()> {
        self.daemon.freeze()
    }

    /// Lets a paused process go on.
    ///
    /// # Errors
    /// It does not run.
    pub fn resume(&self) -> Result<()> {
        self.daemon.thaw()
    }

    /// Asks the process to leave.
    ///
    /// # Errors
    /// It does not run.
    pub fn terminate(&self) -> Result<()> {
        self.daemon.signal(Signal::Terminate)
    }

    /// Waits until a process that was asked to leave has left; kills it when it takes longer than that.
    ///
    /// # Errors
    /// It had to be killed.
    pub async fn until_ended(&mut self, within: Duration) -> Result<ExitStatus> {
        self.daemon.until_ended(within).await
    }

    /// How the process ended, if it did by itself.
    ///
    /// # Errors
    /// The kernel does not tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.daemon.ended()
    }

    /// Whether there is a process. One that is paused counts.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.daemon.is_started()
    }

    /// The process's id; the last one's where there is none.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// What it printed, over all of its lives.
    #[must_use]
    pub fn log(&self) -> &Path {
        self.daemon.log()
    }

    /// From its next start on, the node's clock is off by so many seconds.
    pub fn set_clock_off_by(&mut self, seconds: i32) {
        let Some(library) = wrong_clock::library() else { return };
        self.daemon.set_environment("LD_PRELOAD", library.display().to_string());
        self.daemon.set_environment(wrong_clock::OFF_BY, seconds.to_string());
    }

    /// Whether clocks can be set wrong on this machine.
    #[must_use]
    pub fn can_set_clock() -> bool {
        wrong_clock::library().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_that_ends_at_once_is_an_error_with_its_last_words() {
        let directory = tempfile::tempdir().unwrap();
        // Any program that does not know the flags.
        let (binary, name) = ("/bin/ls".into(), "node-1".to_owned());
        let launch = Launch { binary, name, directory: directory.path().into(), flags: vec![], core: None };
        let error = format!("{:#}", Node::running(&launch).await.unwrap_err());
        assert!(error.contains("unrecognized option '--node-name'"), "{error}");
        assert!(error.starts_with("node-1 ended before it was ready (exit status: 2)"), "{error}");
    }
}
