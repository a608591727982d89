//! Starts real Redis servers for tests: one alone, with or without TLS and a password; a primary with replicas and
//! sentinels; a cluster.

mod cluster;
mod sentinel;
mod server;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;

use crate::certificate::Certificate;
use crate::scratch::Scratch;
pub use cluster::RedisCluster;
pub use sentinel::RedisSentinel;
use server::{Access, Instance};

/// Of those servers that have one.
pub const PASSWORD: &str = "not-a-secret: but/odd@";
/// The same as a URL has it.
const PASSWORD_IN_URL: &str = "not-a-secret%3A%20but%2Fodd%40";

/// A Redis server of its own. Ended, and its data deleted, when it is dropped.
#[derive(Debug)]
pub struct Redis {
    instance: Instance,
    certificate: Option<Certificate>,
    _directory: Scratch,
}

impl Redis {
    /// Starts a server that lets everybody in, and waits until it answers.
    ///
    /// # Errors
    /// There is no Redis on this machine, or it does not start; the error holds the end of its log.
    pub async fn start() -> Result<Self> {
        Self::start_with(Access::default(), false).await
    }

    /// Starts one that wants [`PASSWORD`].
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_with_password() -> Result<Self> {
        Self::start_with(Access { password: Some(PASSWORD), tls: None }, false).await
    }

    /// Starts one that speaks TLS only, and wants [`PASSWORD`].
    ///
    /// # Errors
    /// As [`start`](Self::start); or there is no `openssl`.
    pub async fn start_with_tls() -> Result<Self> {
        Self::start_with(Access { password: Some(PASSWORD), tls: None }, true).await
    }

    async fn start_with(mut access: Access, tls: bool) -> Result<Self> {
        let directory = Scratch::new("redis")?;
        if tls {
            access.tls = Some(Certificate::make(directory.path())?);
        }
        let certificate = access.tls.clone();
        let mut instance = Instance::start(directory.path(), "redis", access, &[])?;
        instance.until_ready().await?;
        Ok(Self { instance, certificate, _directory: directory })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.instance.address()
    }

    /// Its URL, with the password if it has one.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_at(self.address())
    }

    /// The same as if it listened elsewhere: at a proxy's address.
    #[must_use]
    pub fn url_at(&self, address: SocketAddr) -> String {
        let user = if self.instance.has_password() { format!(":{PASSWORD_IN_URL}@") } else { String::new() };
        match &self.certificate {
            None => format!("redis://{user}{address}"),
            Some(certificate) => format!("rediss://{user}{address}?ca={}", certificate.authority.display()),
        }
    }

    /// Runs a command on the server and tells what it says.
    ///
    /// # Errors
    /// It fails.
    pub fn command(&self, words: &[&str]) -> Result<String> {
        self.instance.command(words)
    }

    /// The same, with bytes for a command that reads its last argument (`-x`).
    ///
    /// # Errors
    /// It fails.
    pub fn command_with_input(&self, words: &[&str], input: &[u8]) -> Result<String> {
        self.instance.command_with_input(words, input)
    }

    /// Ends the server at once.
    pub fn crash(&mut self) {
        self.instance.daemon.crash();
    }

    /// Starts it again, with nothing in it, and waits until it answers.
    ///
    /// # Errors
    /// It does not start.
    pub async fn resume(&mut self) -> Result<()> {
        self.instance.daemon.resume()?;
        self.instance.until_ready().await
    }

    /// Freezes it.
    ///
    /// # Errors
    /// It does not run.
    pub fn freeze(&self) -> Result<()> {
        self.instance.daemon.freeze()
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// It does not run.
    pub fn thaw(&self) -> Result<()> {
        self.instance.daemon.thaw()
    }

    /// Freezes it for so long.
    ///
    /// # Errors
    /// It does not run.
    pub async fn stop_for(&self, time: Duration) -> Result<()> {
        self.instance.daemon.stop_for(time).await
    }
}
