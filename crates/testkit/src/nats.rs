//! Starts a real NATS server for tests, and ends it.

use std::future::ready;
use std::io::Read as _;
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::certificate::Certificate;
use crate::daemon::{Daemon, program};
use crate::ports::free_address;
use crate::scratch::Scratch;

/// Who may connect, where not everybody may.
const USER: &str = "chinwag";
/// Their password.
pub const PASSWORD: &str = "not-a-secret";
/// The token, where there is one.
pub const TOKEN: &str = "not-a-secret-either";
/// How often it is asked whether it is there.
const ASK_EVERY: Duration = Duration::from_millis(10);
/// How long it may take to say its first word.
const GREETS_WITHIN: Duration = Duration::from_millis(500);

/// What the server asks of those who connect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    #[default]
    Open,
    /// A user and [`PASSWORD`].
    Password,
    /// [`TOKEN`].
    Token,
    /// TLS, a user and [`PASSWORD`].
    Tls,
}

/// A NATS server of its own. Ended when it is dropped.
#[derive(Debug)]
pub struct Nats {
    address: SocketAddr,
    access: Access,
    daemon: Daemon,
    certificate: Option<Certificate>,
    _directory: Scratch,
}

impl Nats {
    /// Starts a server and waits until it greets.
    ///
    /// # Errors
    /// There is no NATS on this machine, or it does not start; the error holds the end of its log.
    pub async fn start(access: Access) -> Result<Self> {
        Self::start_with(access, false).await
    }

    /// The same with JetStream, which lets everybody in.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_with_streams() -> Result<Self> {
        Self::start_with(Access::Open, true).await
    }

    async fn start_with(access: Access, has_streams: bool) -> Result<Self> {
        let directory = Scratch::new("nats")?;
        let address = free_address()?;
        let mut words =
            vec!["-a".to_owned(), "127.0.0.1".to_owned(), "-p".to_owned(), address.port().to_string()];
        if has_streams {
            words.extend(["-js".to_owned(), "-sd".to_owned(), directory.path().display().to_string()]);
        }
        let mut certificate = None;
        match access {
            Access::Open => {}
            Access::Token => words.extend(["--auth", TOKEN].map(str::to_owned)),
            Access::Password | Access::Tls => {
                words.extend(["--user", USER, "--pass", PASSWORD].map(str::to_owned));
            }
        }
        if access == Access::Tls {
            let made = Certificate::make(directory.path())?;
            words.push("--tls".to_owned());
            for (word, file) in [("--tlscert", &made.certificate), ("--tlskey", &made.key)] {
                words.extend([word.to_owned(), file.display().to_string()]);
            }
            certificate = Some(made);
        }
        let mut command = Command::new(program("nats-server", "nats-server")?);
        command.args(words);
        let daemon = Daemon::start("nats-server", command, &directory.path().join("log"))?;
        let mut server = Self { address, access, daemon, certificate, _directory: directory };
        server.until_ready().await?;
        Ok(server)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, with what it asks for.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_at(self.address)
    }

    /// The same as if it listened elsewhere: at a proxy's address.
    #[must_use]
    pub fn url_at(&self, address: SocketAddr) -> String {
        match self.access {
            Access::Open => format!("nats://{address}"),
            Access::Token => format!("nats://{TOKEN}@{address}"),
            Access::Password => format!("nats://{USER}:{PASSWORD}@{address}"),
            Access::Tls => format!("tls://{USER}:{PASSWORD}@{address}"),
        }
    }

    /// What a client must be told to trust, where there is TLS.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// Ends the server at once.
    pub fn crash(&mut self) {
        self.daemon.crash();
    }

    /// Starts it again and waits until it greets.
    ///
    /// # Errors
    /// It does not start.
    pub async fn resume(&mut self) -> Result<()> {
        self.daemon.resume()?;
        self.until_ready().await
    }

    /// Freezes it.
    ///
    /// # Errors
    /// It does not run.
    pub fn freeze(&self) -> Result<()> {
        self.daemon.freeze()
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// It does not run.
    pub fn thaw(&self) -> Result<()> {
        self.daemon.thaw()
    }

    /// Freezes it for so long.
    ///
    /// # Errors
    /// It does not run.
    pub async fn stop_for(&self, time: Duration) -> Result<()> {
        self.daemon.stop_for(time).await
    }

    async fn until_ready(&mut self) -> Result<()> {
        let address = self.address;
        self.daemon.until_ready(ASK_EVERY, || ready(greets(address))).await
    }
}

/// A server says `INFO` to whoever connects.
fn greets(address: SocketAddr) -> bool {
    let mut word = [0; 4];
    let greeting = TcpStream::connect(address).and_then(|mut stream| {
        stream.set_read_timeout(Some(GREETS_WITHIN))?;
        stream.read_exact(&mut word)
    });
    greeting.is_ok() && &word == b"INFO"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    #[tokio::test]
    async fn a_server_greets_is_killed_and_comes_back() {
        for access in [Access::Open, Access::Password, Access::Token, Access::Tls] {
            let mut nats = Nats::start(access).await.unwrap();
            nats.crash();
            assert!(!greets(nats.address()));
            nats.resume().await.unwrap();
            assert!(greets(nats.address()));
        }
    }

    #[tokio::test]
    async fn a_frozen_server_says_nothing_until_it_is_thawed() {
        let nats = Nats::start(Access::Open).await.unwrap();
        nats.freeze().unwrap();
        // Each of its threads stops when it is next looked at.
        assert!((0..100).any(|_| !greets(nats.address())));
        nats.thaw().unwrap();
        assert!((0..100).any(|_| greets(nats.address())));
    }
}
