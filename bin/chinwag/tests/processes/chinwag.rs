//! The real program, as an operator starts it.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(40);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A `chinwag serve` with a directory of its own. Killed when it is dropped.
pub(crate) struct Chinwag {
    child: Child,
    directory: TempDir,
}

impl Chinwag {
    /// Starts a node on a free port; what is in `flags` comes last.
    pub(crate) fn serve(flags: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let log = File::create(directory.path().join("said")).unwrap();
        // The kernel ends it where the test cannot.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", env!("CARGO_BIN_EXE_chinwag"), "serve"]);
        command.args(["--listen", "127.0.0.1:0", "--data-dir"]).arg(directory.path().join("data"));
        // The settings of whoever runs the tests are not the tests' settings.
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CHINWAG_"))
        {
            command.env_remove(name);
        }
        command.args(flags).current_dir(directory.path()).stdin(Stdio::null());
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        Self { child, directory }
    }

    /// All that it has printed.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.directory.path().join("said")).unwrap()
    }

    /// Where it runs; its data is in `data`.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Waits until it has printed this.
    pub(crate) async fn until_it_says(&mut self, words: &str) {
        let started = Instant::now();
        while !self.said().contains(words) {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended ({ended:?}) and never said {words:?}:\n{}", self.said());
            assert!(started.elapsed() < PATIENCE, "it never said {words:?}:\n{}", self.said());
            sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until it is ready; where it listens.
    pub(crate) async fn until_ready(&mut self) -> SocketAddr {
        self.until_it_says("Everything is kept in").await;
        let said = self.said();
        let (_, rest) = said.split_once("http://").unwrap();
        rest.split_once(' ').unwrap().0.parse().unwrap()
    }

    /// Sends it that signal.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let kill = Command::new("/bin/sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &pid]).status();
        assert!(kill.unwrap().success());
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(started.elapsed() < PATIENCE, "it does not end:\n{}", self.said());
            sleep(LOOK_EVERY).await;
        }
    }
}

impl Drop for Chinwag {
    fn drop(&mut self) {
        // Either fails only where the process has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until the look is true.
pub(crate) async fn eventually(what: &str, mut look: impl FnMut() -> bool) {
    let started = Instant::now();
    while !look() {
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        sleep(LOOK_EVERY).await;
    }
}

/// One figure of a node's `/metrics`, as it is written there.
pub(crate) async fn figure(node: SocketAddr, name: &str) -> Option<String> {
    let mut stream = TcpStream::connect(node).await.unwrap();
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {node}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let line = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    Some(line.trim().to_owned())
}
