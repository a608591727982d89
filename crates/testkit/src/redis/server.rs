//! One Redis process, whatever its part.

use std::future::ready;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::PASSWORD;
use crate::certificate::Certificate;
use crate::daemon::{Daemon, program};
use crate::ports::free_address;

/// Debian's package with all of it.
const PACKAGE: &str = "redis-server";
/// How often a server is asked whether it is there.
const ASK_EVERY: Duration = Duration::from_millis(10);

/// What it asks of those who connect.
#[derive(Debug, Clone, Default)]
pub(super) struct Access {
    pub(super) password: Option<&'static str>,
    pub(super) tls: Option<Certificate>,
}

#[derive(Debug)]
pub(super) struct Instance {
    address: SocketAddr,
    access: Access,
    pub(super) daemon: Daemon,
}

impl Instance {
    /// Starts a server that keeps nothing on disk, in a directory of its own below that one.
    pub(super) fn start(directory: &Path, name: &str, access: Access, more: &[String]) -> Result<Self> {
        let address = free_address()?;
        let directory = directory.join(name);
        std::fs::create_dir(&directory)?;
        let mut words = words("--bind 127.0.0.1 --save --appendonly no --daemonize no --dir");
        words.insert(3, String::new());
        words.push(directory.display().to_string());
        if let Some(password) = access.password {
            words.extend(["--requirepass", password, "--masterauth", password].map(str::to_owned));
        }
        match &access.tls {
            None => words.extend(["--port".to_owned(), address.port().to_string()]),
            Some(tls) => {
                let files = [("cert", &tls.certificate), ("key", &tls.key), ("ca-cert", &tls.authority)];
                for (which, file) in files {
                    words.extend([format!("--tls-{which}-file"), file.display().to_string()]);
                }
                words.extend(["--port", "0", "--tls-auth-clients", "no", "--tls-port"].map(str::to_owned));
                words.push(address.port().to_string());
            }
        }
        words.extend_from_slice(more);
        let daemon = start(name, &words, &directory)?;
        Ok(Self { address, access, daemon })
    }

    /// Starts a sentinel with that configuration, which it will rewrite.
    pub(super) fn start_sentinel(directory: &Path, name: &str, configuration: &str) -> Result<Self> {
        let address = free_address()?;
        let directory = directory.join(name);
        std::fs::create_dir(&directory)?;
        let file = directory.join("sentinel.conf");
        let here = format!("port {}\nbind 127.0.0.1\ndir {}\n", address.port(), directory.display());
        std::fs::write(&file, here + configuration)?;
        let words = vec![file.display().to_string(), "--sentinel".to_owned()];
        let daemon = start(name, &words, &directory)?;
        Ok(Self { address, access: Access::default(), daemon })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn has_password(&self) -> bool {
        self.access.password.is_some()
    }

    /// Runs a command with `redis-cli`.
    pub(super) fn command(&self, words: &[&str]) -> Result<String> {
        let output = self.cli()?.args(words).output()?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        ensure!(output.status.success() && complaint.is_empty(), "redis-cli {words:?}: {said} {complaint}");
        Ok(said)
    }

    /// The same, with something to read.
    pub(super) fn command_with_input(&self, words: &[&str], input: &[u8]) -> Result<String> {
        let mut cli = self.cli()?;
        cli.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut cli = cli.spawn()?;
        cli.stdin.take().context("no input")?.write_all(input)?;
        let output = cli.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        ensure!(output.status.success(), "redis-cli {words:?}: {said}");
        Ok(said)
    }

    pub(super) fn cli(&self) -> Result<Command> {
        let mut cli = Command::new(program("redis-cli", "redis-tools")?);
        cli.args(["-e", "-h", "127.0.0.1", "-p", &self.address.port().to_string()]);
        if self.access.password.is_some() {
            cli.env("REDISCLI_AUTH", PASSWORD);
        }
        if let Some(tls) = &self.access.tls {
            cli.arg("--tls").arg("--cacert").arg(&tls.authority);
        }
        Ok(cli)
    }

    /// Waits until it answers.
    pub(super) async fn until_ready(&mut self) -> Result<()> {
        let mut cli = self.cli()?;
        cli.arg("ping");
        let is_ready = || ready(cli.output().is_ok_and(|output| output.stdout.starts_with(b"PONG")));
        self.daemon.until_ready(ASK_EVERY, is_ready).await
    }
}

fn start(name: &str, words: &[String], directory: &Path) -> Result<Daemon> {
    let mut command = Command::new(program("redis-server", PACKAGE)?);
    command.args(words);
    Daemon::start(name, command, &directory.join("log"))
}

/// What a line of words is as arguments.
pub(super) fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}
