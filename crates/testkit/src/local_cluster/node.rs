//! One node of the local cluster.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};

use anyhow::{Context as _, Result, bail};
use tokio::time::{Instant, sleep};

use crate::launcher::{ASK_EVERY, READY_WITHIN, end_of, get_status};
use crate::process::ends_with_its_parent;

/// A node, running or about to be again.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) address: SocketAddr,
    binary: PathBuf,
    directory: PathBuf,
    flags: Vec<String>,
    child: Child,
}

impl Node {
    /// Starts a node and waits until it is ready.
    pub(super) async fn start(
        binary: &Path,
        data: &Path,
        name: String,
        port: u16,
        flags: Vec<String>,
    ) -> Result<Self> {
        let directory = data.join(&name);
        std::fs::create_dir_all(&directory)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let child = spawn(binary, &directory, &name, address, &flags)?;
        let mut node = Self { name, address, binary: binary.to_owned(), directory, flags, child };
        node.wait_until_ready().await?;
        Ok(node)
    }

    /// Starts the node again, as it was.
    pub(super) async fn start_again(&mut self) -> Result<()> {
        self.child = spawn(&self.binary, &self.directory, &self.name, self.address, &self.flags)?;
        self.wait_until_ready().await
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How the process ended, if it did.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    pub(super) fn log(&self) -> PathBuf {
        log_in(&self.directory)
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        let started = Instant::now();
        while !get_status(self.address, "/readyz").await.is_ok_and(|status| status == 200) {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended before it was ready ({status}): {}", self.name, end_of(&self.log()));
            }
            if started.elapsed() > READY_WITHIN {
                bail!("{} is not ready after {READY_WITHIN:?}: {}", self.name, end_of(&self.log()));
            }
            sleep(ASK_EVERY).await;
        }
        Ok(())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Either fails only where the process has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(
    binary: &Path,
    directory: &Path,
    name: &str,
    address: SocketAddr,
    flags: &[String],
) -> Result<Child> {
    let log = log_in(directory);
    let log = File::options().create(true).append(true).open(&log).context("cannot write a node's log")?;
    let mut command = ends_with_its_parent(binary);
    command
        .args(["serve", "--node-name", name, "--listen", &address.to_string(), "--data-dir"])
        .arg(directory);
    command.args(flags).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    command.spawn().with_context(|| format!("cannot start {}", binary.display()))
}

fn log_in(directory: &Path) -> PathBuf {
    directory.join("log")
}
