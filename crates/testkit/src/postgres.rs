//! Starts a real PostgreSQL for tests, and ends it.
//!
//! The server has a data directory of its own, waits for its disk as in earnest, and listens on a free port of this
//! machine. It does not outlive the test, whatever becomes of that: a shell beside it waits for the end of its own input,
//! which is the end of the test's process at the latest, and then stops the server and clears up.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::time::{Instant, sleep};

/// Where Debian puts the server's programs, one directory for each version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// How long the server may take until it answers.
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
    programs: PathBuf,
    directory: PathBuf,
    port: u16,
    guard: Option<(Child, ChildStdin)>,
}

impl Postgres {
    /// Makes a server with an empty database, and waits until it answers.
    ///
    /// # Errors
    /// There is no PostgreSQL on this machine, or it does not start; the error holds the end of its log.
    pub async fn start() -> Result<Self> {
        let programs = programs()?;
        let directory = tempfile::Builder::new().prefix("chinwag-postgres-").tempdir()?.keep();
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut server = Self { programs, directory, port, guard: None };
        server.initialise()?;
        server.resume().await?;
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
        format!("postgres://chinwag:{password}@127.0.0.1:{}/postgres", self.port)
    }

    /// The same with a schema of its own, that [`query`](Self::query) must have created.
    #[must_use]
    pub fn url_of_schema(&self, schema: &str) -> String {
        format!("{}?options=-csearch_path%3D{schema}", self.url())
    }

    /// Runs statements in the database, and tells what they say.
    ///
    /// # Errors
    /// They fail.
    pub fn query(&self, sql: &str) -> Result<String> {
        let mut psql = Command::new(self.programs.join("psql"));
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
        guard.args(["-c", GUARD, "guard"]).arg(&self.directory).args(self.as_user());
        guard.arg(self.programs.join("postgres")).arg("-D").arg(self.data());
        guard.args(["-c", "listen_addresses=127.0.0.1", "-c", &format!("port={}", self.port)]);
        guard.args(["-c", "unix_socket_directories=", "-c", "max_connections=200", "-c", "fsync=on"]);
        // Whoever stops the test with Ctrl-C stops it alone; the guard notices.
        guard.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log_file);
        let mut guard = guard.spawn().context("cannot start a shell")?;
        let input = guard.stdin.take().context("a shell without input")?;
        self.guard = Some((guard, input));
        let started = Instant::now();
        while let Err(error) = self.query("SELECT 1") {
            if started.elapsed() > READY_WITHIN {
                let log = fs::read_to_string(&log).unwrap_or_default();
                bail!("PostgreSQL does not answer ({error}); it says: {log}");
            }
            sleep(ASK_EVERY).await;
        }
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn initialise(&self) -> Result<()> {
        let password = self.directory.join("password");
        fs::write(&password, PASSWORD)?;
        // The server's user must get in; `keep` made it ours alone.
        fs::set_permissions(&self.directory, fs::Permissions::from_mode(0o755))?;
        fs::create_dir(self.data())?;
        if is_root()? {
            let made = Command::new("chown").arg("postgres").args([&self.data(), &password]).status()?;
            ensure!(made.success(), "cannot give the data directory to the user postgres");
        }
        let mut words = self.as_user();
        words.push(self.programs.join("initdb").display().to_string());
        let (program, rest) = words.split_first().context("no command")?;
        let mut initdb = Command::new(program);
        initdb.args(rest).arg("-D").arg(self.data());
        initdb.args(["--username=chinwag", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]);
        let output =
            initdb.args(["--no-sync", "--pwfile"]).arg(&password).output().context("cannot run initdb")?;
        ensure!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(())
    }

    /// PostgreSQL refuses to be root.
    fn as_user(&self) -> Vec<String> {
        if is_root().unwrap_or(false) {
            ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"].map(str::to_owned).to_vec()
        } else {
            vec![]
        }
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

fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}

/// The directory of the newest server's programs.
fn programs() -> Result<PathBuf> {
    let has_server =
        |directory: &Path| ["initdb", "postgres", "psql"].iter().all(|name| directory.join(name).is_file());
    let in_path = env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = env::split_paths(&in_path).filter(|path| has_server(path)).collect();
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    versions.retain(|directory| has_server(directory));
    versions.sort();
    found.extend(versions.pop());
    found.into_iter().next().context("there is no PostgreSQL server; install it: apt-get install postgresql")
}
