//! Starts the real `chinwag serve` and ends it.

use std::fs::{self, File};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::client::token::SECRET;
use crate::daemon::free_address;
use crate::process::command_on;

/// How long a node may take until it is ready.
pub(crate) const READY_WITHIN: Duration = Duration::from_secs(60);
/// How often it is asked.
pub(crate) const ASK_EVERY: Duration = Duration::from_millis(1);

/// What to start, and where.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The `chinwag` binary.
    pub binary: PathBuf,
    /// The node's data directory; its log goes there too.
    pub data_dir: PathBuf,
    /// Flags beside those that say where the node is and that the launcher's tokens are good.
    pub flags: Vec<String>,
    /// The core that it may use; all if none.
    pub core: Option<usize>,
}

/// A running node. Killed, as by `kill -9`, when it is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From the start of the process to the first `200` of `/readyz`.
    pub ready_after: Duration,
}

impl Server {
    /// Starts a node on a free port and waits until it is ready.
    ///
    /// # Errors
    /// It cannot be started, ends, or is not ready in time; the error holds the end of its log.
    pub async fn start(launch: &Launch) -> Result<Self> {
        Self::start_at(free_address()?, launch).await
    }

    /// Starts a node at that address and waits until it is ready.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub async fn start_at(address: SocketAddr, launch: &Launch) -> Result<Self> {
        let secret_file = launch.data_dir.join("jwt.secret");
        write_secret(&secret_file).with_context(|| format!("cannot write {}", secret_file.display()))?;
        let log = launch.data_dir.join("server.log");
        let mut command = command_on(launch.core, &launch.binary);
        command
            .arg("serve")
            .args(["--listen", &address.to_string()])
            .arg("--data-dir")
            .arg(&launch.data_dir)
            .arg("--jwt-secret-file")
            .arg(&secret_file)
            .args(["--log-level", "warn"])
            .args(&launch.flags)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).with_context(|| format!("cannot create {}", log.display()))?);
        let started = Instant::now();
        let child = command.spawn().with_context(|| format!("cannot start {}", launch.binary.display()))?;
        let mut server = Self { child, address, ready_after: Duration::ZERO };
        match timeout(READY_WITHIN, server.wait_until_ready()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(error.context(end_of(&log))),
            Err(_) => bail!("chinwag is not ready after {READY_WITHIN:?}: {}", end_of(&log)),
        }
        server.ready_after = started.elapsed();
        Ok(server)
    }

    /// The process's id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("chinwag ended before it was ready: {status}");
            }
            if get_status(self.address, "/readyz").await.is_ok_and(|status| status == 200) {
                return Ok(());
            }
            sleep(ASK_EVERY).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Either fails only where the process has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks for a page and tells the status of the answer.
///
/// # Errors
/// Nobody answers, or not in HTTP.
pub async fn get_status(address: SocketAddr, path: &str) -> Result<u16> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(64).read_to_string(&mut answer).await?;
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).context("the answer is not HTTP")
}

/// The release binary: the given one, else the one beside this program, built if it is missing.
///
/// # Errors
/// It cannot be built.
pub fn find_binary(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(given) = given {
        ensure!(given.is_file(), "there is no {}", given.display());
        return Ok(given.to_owned());
    }
    let beside = std::env::current_exe()?.with_file_name("chinwag");
    if !beside.is_file() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(["build", "--release", "-p", "chinwag"])
            .status()
            .context("cannot run cargo")?;
        ensure!(status.success(), "cargo cannot build chinwag");
        ensure!(
            beside.is_file(),
            "cargo built chinwag, but not as {}: run this program with `cargo run --release`, or say --binary",
            beside.display()
        );
    }
    Ok(beside)
}

/// As a secret should be, lest the node warns that everybody can read it.
pub(crate) fn write_secret(path: &Path) -> std::io::Result<()> {
    let mut options = File::options();
    options.create(true).write(true).truncate(true).mode(0o600).open(path)?.write_all(SECRET.as_bytes())
}

pub(crate) fn end_of(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let end = lines[lines.len().saturating_sub(5)..].join("\n");
    if end.is_empty() { "its log is empty".to_owned() } else { format!("its log ends with:\n{end}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_that_ends_at_once_is_an_error_with_its_last_words() {
        let dir = tempfile::tempdir().unwrap();
        let binary = dir.path().join("broken");
        fs::write(&binary, "#!/bin/sh\necho out of luck >&2\nexit 3\n").unwrap();
        fs::set_permissions(&binary, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let launch = Launch { binary, data_dir: dir.path().to_owned(), flags: Vec::new(), core: None };
        let error = format!("{:#}", Server::start(&launch).await.unwrap_err());
        assert!(error.contains("out of luck") && error.contains("exit status: 3"), "{error}");
    }
}
