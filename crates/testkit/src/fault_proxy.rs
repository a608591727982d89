//! A network that fails on command: a TCP proxy between a test and a server.
//!
//! It listens on a free port of this machine and passes everything on to one server, until the test says otherwise. What
//! the test says holds at once, for the connections that there are and for those to come.

mod connection;
mod rules;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use rules::Rules;
pub use rules::{Direction, Way};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;
/// How soon listening is tried again. A process that is just being forked has the listener that was closed for a moment more.
const LISTENS_AGAIN_AFTER: Duration = Duration::from_millis(5);
/// How long that may go on.
const LISTENS_WITHIN: Duration = Duration::from_secs(20);

/// The proxy. Its connections end when it is dropped.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    rules: watch::Sender<Rules>,
    listening: watch::Receiver<bool>,
    counts: Arc<Counts>,
    accepting: JoinHandle<()>,
    /// Bound and never listening: keeps the port ours while connections are refused.
    _port: TcpSocket,
}

/// What went through.
#[derive(Debug, Default)]
struct Counts {
    bytes_to_server: AtomicU64,
    bytes_to_client: AtomicU64,
    accepted: AtomicU64,
    ended: AtomicU64,
}

impl Counts {
    fn passed(&self, direction: Direction, bytes: usize) {
        let count = match direction {
            Direction::ToServer => &self.bytes_to_server,
            Direction::ToClient => &self.bytes_to_client,
        };
        count.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

impl FaultProxy {
    /// Starts a proxy that passes everything on to `upstream`.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start(upstream: SocketAddr) -> Result<Self> {
        let port = TcpSocket::new_v4()?;
        port.set_reuseaddr(true)?;
        port.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let address = port.local_addr()?;
        let listener = listen(address).context("cannot listen")?;
        let (rules, seen) = watch::channel(Rules::default());
        let (now_listening, listening) = watch::channel(true);
        let counts = Arc::new(Counts::default());
        let doorman = Doorman { address, upstream, rules: seen, now_listening, counts: counts.clone() };
        let accepting = tokio::spawn(doorman.work(listener));
        Ok(Self { address, rules, listening, counts, accepting, _port: port })
    }

    /// Where to connect to instead of the server.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Heals everything: connections are accepted, and bytes pass both ways as they come. Connections that were held go on
    /// where they were.
    pub async fn pass(&self) {
        self.rules.send_modify(|rules| *rules = Rules { cuts: rules.cuts, ..Rules::default() });
        self.until_listening(true).await;
    }

    /// Ends the connections that there are, both sides with a reset, as a router that forgot them would. New ones pass.
    pub fn cut(&self) {
        self.rules.send_modify(|rules| rules.cuts += 1);
    }

    /// Refuses new connections from now on; those that there are stay.
    pub async fn refuse(&self) {
        self.rules.send_modify(|rules| rules.refusing = true);
        self.until_listening(false).await;
    }

    /// The server is gone: connections end, and new ones are refused.
    pub async fn go_down(&self) {
        self.refuse().await;
        self.cut();
    }

    /// Holds what goes that way, and keeps the sockets open: nothing arrives, and nobody is told. New connections open, and
    /// share the fate of the others.
    pub fn black_hole(&self, way: Way) {
        self.rules.send_modify(|rules| rules.held = Some(way));
    }

    /// Everything arrives this much later.
    pub fn delay(&self, by: Duration) {
        self.rules.send_modify(|rules| rules.delay = by);
    }

    /// Passes at most so many bytes per second, each way of each connection.
    pub fn limit_bandwidth(&self, bytes_per_second: u32) {
        self.rules.send_modify(|rules| rules.bytes_per_second = Some(bytes_per_second.max(1)));
    }

    /// How many bytes have arrived that way.
    #[must_use]
    pub fn bytes(&self, direction: Direction) -> u64 {
        let count = match direction {
            Direction::ToServer => &self.counts.bytes_to_server,
            Direction::ToClient => &self.counts.bytes_to_client,
        };
        count.load(Ordering::Relaxed)
    }

    /// How many connections have been made through the proxy since it started.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.counts.accepted.load(Ordering::Acquire)
    }

    /// How many connections there are now.
    #[must_use]
    pub fn open(&self) -> u64 {
        // In this order: a connection that ends in between is counted once too often, never taken off twice.
        let ended = self.counts.ended.load(Ordering::Acquire);
        self.accepted().saturating_sub(ended)
    }

    async fn until_listening(&self, wanted: bool) {
        let mut listening = self.listening.clone();
        // The other end is gone only with the task, and then there is nothing to wait for.
        let settled = timeout(LISTENS_WITHIN, listening.wait_for(|listening| *listening == wanted)).await;
        assert!(settled.is_ok(), "somebody else has the port of the proxy {}", self.address);
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Lets connections in, or not.
struct Doorman {
    address: SocketAddr,
    upstream: SocketAddr,
    rules: watch::Receiver<Rules>,
    now_listening: watch::Sender<bool>,
    counts: Arc<Counts>,
}

impl Doorman {
    async fn work(mut self, listener: TcpListener) {
        let mut listener = Some(listener);
        // Dropped with the task, and the connections with it.
        let mut connections = JoinSet::new();
        loop {
            let refusing = self.rules.borrow_and_update().refusing;
            if refusing {
                listener = None;
            } else if listener.is_none() {
                listener = listen(self.address).ok();
            }
            self.now_listening.send_replace(listener.is_some());
            tokio::select! {
                changed = self.rules.changed() => if changed.is_err() { return },
                Some(_) = connections.join_next() => {}
                () = sleep(LISTENS_AGAIN_AFTER), if !refusing && listener.is_none() => {}
                Ok(client) = accept(listener.as_ref()) => {
                    self.counts.accepted.fetch_add(1, Ordering::AcqRel);
                    let (rules, counts) = (self.rules.clone(), self.counts.clone());
                    connections.spawn(connection::pass(client, self.upstream, rules, counts));
                }
            }
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> std::io::Result<tokio::net::TcpStream> {
    match listener {
        Some(listener) => Ok(listener.accept().await?.0),
        None => std::future::pending().await,
    }
}
