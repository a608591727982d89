//! The servers that Chinwag is measured beside: what each needs to run, and how each is set up to be at its best.

mod centrifuge;
mod mosquitto;
mod nats;
mod nchan;
mod socket_io;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::ValueEnum;
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::stand::plain_rooms;
use super::{Rooms, Stand};
use crate::bench::dialect::Dialect;
use crate::daemon::{Daemon, program};
use crate::ports::free_address;
use crate::process::command_on;

/// How often it is tried whether a peer accepts connections.
const TRY_EVERY: Duration = Duration::from_millis(10);

/// A peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Peer {
    /// nginx with the nchan module.
    Nchan,
    /// nats-server over WebSocket.
    Nats,
    /// mosquitto over WebSocket.
    Mosquitto,
    /// Socket.IO on one Node.js process.
    SocketIo,
    /// A Go server of the Centrifuge library.
    Centrifuge,
}

/// Where a peer's programs are put, and what it is told to do with them.
struct Site<'a> {
    core: Option<usize>,
    directory: &'a Path,
}

impl Peer {
    pub(in crate::bench) fn name(self) -> &'static str {
        match self {
            Self::Nchan => "nginx + nchan",
            Self::Nats => "nats-server",
            Self::Mosquitto => "mosquitto",
            Self::SocketIo => "Socket.IO",
            Self::Centrifuge => "Centrifuge (Go)",
        }
    }

    /// What it is and how it was set up, in a line of the report.
    ///
    /// # Errors
    /// It is not on this machine; the error says what is missing.
    pub(in crate::bench) fn describe(self) -> Result<String> {
        match self {
            Self::Nchan => nchan::describe(),
            Self::Nats => nats::describe(),
            Self::Mosquitto => mosquitto::describe(),
            Self::SocketIo => socket_io::describe(),
            Self::Centrifuge => centrifuge::describe(),
        }
    }

    /// Starts it on that core.
    pub(in crate::bench) async fn start(
        self,
        core: Option<usize>,
        directory: TempDir,
        rooms: Rooms,
    ) -> Result<Stand> {
        let site = Site { core, directory: directory.path() };
        let address = free_address()?;
        let (dialect, mut program) = match self {
            Self::Nchan => (Dialect::Nchan, nchan::start(&site, address)?),
            Self::Nats => (Dialect::Nats, nats::start(&site, address)?),
            Self::Mosquitto => (Dialect::Mqtt, mosquitto::start(&site, address)?),
            Self::SocketIo => (Dialect::SocketIo, socket_io::start(&site, address, None, "server")?),
            Self::Centrifuge => (Dialect::Centrifuge, centrifuge::start(&site, address)?),
        };
        until_it_listens(&mut program, address).await?;
        Ok(Stand {
            addresses: vec![address],
            dialect,
            rooms: plain_rooms(rooms),
            between: Vec::new(),
            nodes: vec![program.pid()],
            _held: vec![Box::new(program), Box::new(directory)],
        })
    }
}

/// Two Socket.IO servers with Redis between them, all on that core.
pub(in crate::bench) async fn start_two_socket_io(
    core: Option<usize>,
    directory: TempDir,
    rooms: Rooms,
) -> Result<Stand> {
    let site = Site { core, directory: directory.path() };
    let (redis_address, redis) = start_redis(core, directory.path()).await?;
    let (mut addresses, mut nodes, between) = (Vec::new(), Vec::new(), vec![redis.pid()]);
    let mut held: Vec<Box<dyn Any>> = vec![Box::new(redis)];
    for name in ["server-1", "server-2"] {
        let address = free_address()?;
        let mut server = socket_io::start(&site, address, Some(redis_address), name)?;
        until_it_listens(&mut server, address).await?;
        addresses.push(address);
        nodes.push(server.pid());
        held.push(Box::new(server));
    }
    held.push(Box::new(directory));
    let rooms = plain_rooms(rooms);
    Ok(Stand { addresses, dialect: Dialect::SocketIo, rooms, nodes, between, _held: held })
}

/// A Redis on that core that keeps nothing on disk.
pub(super) async fn start_redis(core: Option<usize>, directory: &Path) -> Result<(SocketAddr, Daemon)> {
    let address = free_address()?;
    let mut words = words("--bind 127.0.0.1 --appendonly no --daemonize no --port");
    words.extend([address.port().to_string(), "--save".to_owned(), String::new()]);
    let site = Site { core, directory };
    let mut redis = site.start(&program("redis-server", "redis-server")?, &words, "redis")?;
    until_it_listens(&mut redis, address).await?;
    Ok((address, redis))
}

impl Site<'_> {
    fn start(&self, program: &Path, arguments: &[String], name: &str) -> Result<Daemon> {
        let mut command = command_on(self.core, program);
        command.args(arguments).current_dir(self.directory).env("NODE_ENV", "production");
        Daemon::start(name, command, &self.directory.join(format!("{name}.log")))
    }

    /// Writes a file; tells its path.
    fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.directory.join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    }
}

async fn until_it_listens(daemon: &mut Daemon, address: SocketAddr) -> Result<()> {
    daemon.until_ready(TRY_EVERY, || async move { TcpStream::connect(address).await.is_ok() }).await
}

/// The repository's directory that everything which `make` fetches is under.
fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools")
}

/// What a line of words is as arguments.
fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// A file that `make bench` puts there.
fn fetched(path: PathBuf) -> Result<PathBuf> {
    ensure!(path.exists(), "there is no {}: scripts/ensure-bench.sh puts it there", path.display());
    Ok(path)
}
