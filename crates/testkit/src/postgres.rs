//! Starts a real PostgreSQL for tests, and ends it.
//!
//! The server has a data directory of its own, waits for its disk as in earnest, and listens on a free port of this
//! machine. It does not outlive the test, whatever becomes of that: a shell beside it waits for the end of its own input,
//! which is the end of the test's process at the latest, and then stops the server and clears up.

mod programs;
mod standby;
mod tls;

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::time::{Instant, sleep};

use crate::daemon::free_address;
use programs::{Programs, give};

/// How long the server may take until it is as it should be.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// How often it is asked.
const ASK_EVERY: Duration = Duration::from_millis(20);
/// Of the one user there is.
const PASSWORD: &str = "not-a-secret";

/// Runs the server and waits. A word on its input means that the server is wanted again; the end of it, that nothing is.
const GUARD: &str = r#"
directory=$1
shift
"$@" &
server=$!
read -r word
kill -QUIT "$server" 2>/dev/null
wait "$server"
[ "$word" = keep ] || rm -rf "$directory"
"#;

/// A PostgreSQL server of its own. Stopped, and its data deleted, when it is dropped.
#[derive(Debug)]
pub struct Postgres {
    programs: Programs,
    directory: PathBuf,
    port: u16,
    settings: Vec<String>,
    guard: Option<(Child, ChildStdin)>,
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
        let directory = tempfile::Builder::new().prefix("chinwag-postgres-").tempdir()?.keep();
        let port = free_address()?.port();
        let server = Self { programs, directory, port, settings: settings.to_vec(), guard: None };
        // The server's user must get in; `keep` made it ours alone.
        fs::set_permissions(&server.directory, fs::Permissions::from_mode(0o755))?;
        fs::create_dir(server.data())?;
        fs::set_permissions(server.data(), fs::Permissions::from_mode(0o700))?;
        give(&server.data())?;
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
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Runs statements in the database, and tells what they say.
    ///
    /// # Errors
    /// They fail.
    pub fn query(&self, sql: &str) -> Result<String> {
        let mut psql = Command::new(self.programs.path("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
        let output = psql.args(["--command", sql, &self.url()]).output().context("cannot run psql")?;
        ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Ends the server at once, as a crash does: nothing is written that was not, and its connections break.
    pub fn crash(&mut self) {
        if let Some((mut guard, mut input)) = self.guard.take() {
            let _ = input.write_all(b"keep\n");
            let _ = guard.wait();
        }
    }

    /// Starts the server again on what is there, and waits until it answers.
    ///
    /// # Errors
    /// It does not start.
    pub async fn resume(&mut self) -> Result<()> {
        let log = self.directory.join("log");
        let log_file = fs::File::options().append(true).create(true).open(&log)?;
        let mut guard = Command::new("/bin/sh");
        guard.args(["-c", GUARD, "guard"]).arg(&self.directory).args(self.programs.as_user("postgres")?);
        guard.arg("-D").arg(self.data());
        let port = format!("port={}", self.port);
        let ours = [
            "listen_addresses=127.0.0.1",
            &port,
            "unix_socket_directories=",
            "max_connections=200",
            "fsync=on",
        ];
        for setting in ours.into_iter().chain(self.settings.iter().map(String::as_str)) {
            guard.args(["-c", setting]);
        }
        // Whoever stops the test with Ctrl-C stops it alone; the guard notices.
        guard.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log_file);
        let mut guard = guard.spawn().context("cannot start a shell")?;
        let input = guard.stdin.take().context("a shell without input")?;
        self.guard = Some((guard, input));
        until("PostgreSQL does not answer", || self.query("SELECT 1").map(|_| true))
            .await
            .with_context(|| format!("its log: {}", fs::read_to_string(&log).unwrap_or_default()))
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn initialise(&self) -> Result<()> {
        let password = self.directory.join("password");
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

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some((mut guard, input)) = self.guard.take() {
            drop(input);
            let _ = guard.wait();
        } else {
            let _ = fs::remove_dir_all(&self.directory);
        }
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
