//! A server program that a test starts, kills, freezes and starts again.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::time::{Instant, sleep};

use crate::process::ends_with_its_parent;

/// How long a server may take until it answers.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// How often it is asked.
const ASK_EVERY: Duration = Duration::from_millis(10);
/// From where ports are taken.
const PORTS: Range<u16> = 11_000..32_000;
/// How much of its log a complaint holds.
const LOG_BYTES: usize = 4_000;

/// A running server, or one that a test has ended for a while. Killed when it is dropped, and by the kernel when the thread
/// that started it ends before.
#[derive(Debug)]
pub struct Daemon {
    program: PathBuf,
    arguments: Vec<String>,
    log: PathBuf,
    child: Option<Child>,
}

impl Daemon {
    /// Starts the program; what it says goes to the log.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(program: PathBuf, arguments: Vec<String>, log: PathBuf) -> Result<Self> {
        let mut daemon = Self { program, arguments, log, child: None };
        daemon.resume()?;
        Ok(daemon)
    }

    /// Starts it again as it was started first. Nothing happens where it runs.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn resume(&mut self) -> Result<()> {
        if self.child.is_some() {
            return Ok(());
        }
        let log = File::options().append(true).create(true).open(&self.log)?;
        let mut command = ends_with_its_parent(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.child = Some(command.spawn().context("cannot start setpriv (package util-linux)")?);
        Ok(())
    }

    /// Ends it at once, as a crash does: its connections break, and nothing is written that was not.
    pub fn crash(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Either fails only where it has ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Whether it was not crashed.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.child.is_some()
    }

    /// Freezes it: its sockets stay open and the kernel accepts for it, but it does nothing.
    ///
    /// # Errors
    /// It does not run.
    pub fn freeze(&self) -> Result<()> {
        self.signal("STOP")
    }

    /// Lets it go on after [`freeze`](Self::freeze).
    ///
    /// # Errors
    /// It does not run.
    pub fn thaw(&self) -> Result<()> {
        self.signal("CONT")
    }

    /// Freezes it for so long.
    ///
    /// # Errors
    /// It does not run.
    pub async fn stop_for(&self, time: Duration) -> Result<()> {
        self.freeze()?;
        sleep(time).await;
        self.thaw()
    }

    fn signal(&self, name: &str) -> Result<()> {
        let child = self.child.as_ref().context("the server does not run")?;
        // The shell's own `kill` is there on every machine.
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "kill -s \"$0\" \"$1\"", name, &child.id().to_string()]);
        ensure!(shell.status()?.success(), "the server has ended: {}", end_of(&self.log));
        Ok(())
    }

    /// Asks until the answer is yes.
    ///
    /// # Errors
    /// The server ends, or does not answer in time; the error holds the end of its log.
    pub async fn until_ready(&mut self, mut is_ready: impl FnMut() -> bool) -> Result<()> {
        let started = Instant::now();
        while !is_ready() {
            if let Some(status) = self.child.as_mut().context("the server was not started")?.try_wait()? {
                bail!("{} ended ({status}): {}", self.program.display(), end_of(&self.log));
            }
            if started.elapsed() > READY_WITHIN {
                bail!("{} is not ready: {}", self.program.display(), end_of(&self.log));
            }
            sleep(ASK_EVERY).await;
        }
        Ok(())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.crash();
    }
}

fn end_of(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    String::from_utf8_lossy(text.get(text.len().saturating_sub(LOG_BYTES)..).unwrap_or(&text))
        .trim()
        .to_owned()
}

/// A program of this machine; the error tells which package has it.
///
/// # Errors
/// It is not there.
pub fn program(name: &str, package: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps some servers where only root's PATH looks.
    let places = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let found = places.map(|place| place.join(name)).find(|program| program.is_file());
    found.with_context(|| format!("there is no {name}; install it: apt-get install {package}"))
}

/// An address of this machine where nobody listens. Those that a system takes for connections to others begin above, so
/// that none is taken away before the server has it.
///
/// # Errors
/// There is none.
pub fn free_address() -> Result<SocketAddr> {
    /// How many of these there have been in this process.
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    // Processes at the same time begin at different places.
    let first = std::process::id().wrapping_mul(211);
    for _ in PORTS {
        let step = first.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(step % u32::from(PORTS.end - PORTS.start))? + PORTS.start;
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return Ok(listener.local_addr()?);
        }
    }
    bail!("all ports are taken")
}
