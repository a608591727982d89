//! Starts a real PostgreSQL for tests, and ends it.
//!
//! The server has a data directory of its own, waits for its disk as in earnest, and listens on a free port of this
//! machine. It does not outlive the test, whatever becomes of that.

mod programs;
mod standby;
mod tls;

use std::fs;
use std::future::ready;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::time::{Instant, sleep};

use crate::daemon::{Daemon, Signal};
use crate::ports::free_address;
use crate::scratch::Scratch;
use programs::{Programs, give};

/// How long the server may take until it is as it should be.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// How often it is asked.
const ASK_EVERY: Duration = Duration::from_millis(20);
/// Of the one user there is.
const PASSWORD: &str = "not-a-secret";

/// Where its data is, in its directory.
const DATA: &str = "data";

/// A PostgreSQL server of its own. Stopped, and its data deleted, when it is dropped.
#[derive(Debug)]
pub struct Postgres {
    programs: Programs,
    address: SocketAddr,
    settings: Vec<String>,
    daemon: Daemon,
    directory: Scratch,
}

impl Postgres {
    /// Makes a server with an empty database, and waits until it answers.
    ///
    /// # Errors
    /// There is no PostgreSQL on this machine, or it does not start; the error holds the end of its log.
    pub async fn start() -> Result<Self> {
        Self::start_with(&[]).await
    }

    /// The same with settings such as `max_connections=20`.
    ///
    /// # Errors
    /// The same.
    pub async fn start_with(settings: &[&str]) -> Result<Self> {
        let settings: Vec<String> = settings.iter().map(|&setting| setting.to_owned()).collect();
        let mut server = Self::unmade(Programs::find()?, &settings)?;
        server.initialise()?;
        server.resume().await?;
        Ok(server)
    }

    /// A server with nothing in its data directory.
    fn unmade(programs: Programs, settings: &[String]) -> Result<Self> {
        let directory = Scratch::new("postgres")?;
        // The server's user must get in.
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755))?;
        let data = directory.path().join(DATA);
        fs::create_dir(&data)?;
        fs::set_permissions(&data, fs::Permissions::from_mode(0o700))?;
        give(&data)?;
        let address = free_address()?;
        let mut command = programs.command("postgres")?;
        command.arg("-D").arg(&data);
        let port = format!("port={}", address.port());
        let ours = [
            "listen_addresses=127.0.0.1",
            &port,
            "unix_socket_directories=",
            "max_connections=200",
            "fsync=on",
        ];
        for setting in ours.into_iter().chain(settings.iter().map(String::as_str)) {
            command.args(["-c", setting]);
        }
        let daemon = Daemon::new("PostgreSQL", command, &directory.path().join("log"))?;
        let daemon = daemon.ending_by(Signal::Quit);
        let server = Self { programs, address, settings: settings.to_vec(), daemon, directory };
        Ok(server)
    }

    /// The URL of its database.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_with_password(PASSWORD)
    }

    /// The same with another password.
    #[must_use]
    pub fn url_with_password(&self, password: &str) -> String {
        url(password, &self.address().to_string())
    }

    /// The same with a schema of its own, that [`query`](Self::query) must have created.
    #[must_use]
    pub fn url_of_schema(&self, schema: &str) -> String {
        format!("{}?options=-csearch_path%3D{schema}", self.url())
    }

    /// The same with another server, of which this may become the standby or the primary.
    #[must_use]
    pub fn url_with(&self, other: &Self) -> String {
        url(PASSWORD, &format!("{},{}", self.address(), other.address()))
    }

    /// The same by way of something that stands between.
    #[must_use]
    pub fn url_through(&self, between: SocketAddr) -> String {
        url(PASSWORD, &between.to_string())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs statements in the database, and tells what they say.
    ///
    /// # Errors
    /// They fail.
    pub fn query(&self, sql: &str) -> Result<String> {
        let output = self.psql(sql).output().context("cannot run psql")?;
        ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Ends the server at once, as a crash does: nothing is written that was not, and its connections break.
    pub fn crash(&mut self) {
        self.daemon.crash();
    }

    /// Starts the server again on what is there, and waits until it answers.
    ///
    /// # Errors
    /// It does not start.
    pub async fn resume(&mut self) -> Result<()> {
        self.daemon.resume()?;
        let mut ask = self.psql("SELECT 1");
        let is_ready = || ready(ask.output().is_ok_and(|output| output.status.success()));
        self.daemon.until_ready(ASK_EVERY, is_ready).await
    }

    fn psql(&self, sql: &str) -> Command {
        let mut psql = Command::new(self.programs.path("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
        psql.args(["--command", sql, &self.url()]);
        psql
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join(DATA)
    }

    fn initialise(&self) -> Result<()> {
        let password = self.directory.path().join("password");
        fs::write(&password, PASSWORD)?;
        give(&password)?;
        let how = [
            "--username=chinwag",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ];
        let files = ["-D".to_owned(), self.data().display().to_string()]
            .into_iter()
            .chain(["--pwfile".to_owned(), password.display().to_string()]);
        let arguments: Vec<String> = how.into_iter().map(str::to_owned).chain(files).collect();
        self.programs.run("initdb", &arguments)
    }
}

fn url(password: &str, hosts: &str) -> String {
    format!("postgres://chinwag:{password}@{hosts}/postgres")
}

/// Asks until the answer is yes.
async fn until(otherwise: &str, is_so: impl Fn() -> Result<bool>) -> Result<()> {
    let started = Instant::now();
    loop {
        match is_so() {
            Ok(true) => return Ok(()),
            Ok(false) if started.elapsed() > READY_WITHIN => bail!("{otherwise}"),
            Err(error) if started.elapsed() > READY_WITHIN => return Err(error.context(otherwise.to_owned())),
            Ok(false) | Err(_) => sleep(ASK_EVERY).await,
        }
    }
}
