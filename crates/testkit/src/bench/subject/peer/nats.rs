//! nats-server: subjects without streams, one processor.

use std::net::SocketAddr;

use anyhow::Result;

use super::Site;
use crate::client::token::SECRET;
use crate::daemon::{Daemon, program, version};
use crate::ports::free_address;

pub(super) fn describe() -> Result<String> {
    let version = version(&program("nats-server", "nats-server")?, "--version")?;
    Ok(format!("{version}, WebSocket without compression, one shared token, no JetStream"))
}

pub(super) fn start(site: &Site<'_>, address: SocketAddr) -> Result<Daemon> {
    // It listens for its own clients too; nobody comes there.
    let own = free_address()?;
    let configuration = format!(
        r#"listen: "{own}"
websocket {{ listen: "{address}", no_tls: true, compression: false }}
authorization {{ token: "{SECRET}" }}
max_connections: 20000
max_payload: 1048576
max_pending: 268435456
write_deadline: "60s"
"#
    );
    let configuration = site.write("nats.conf", &configuration)?;
    let words = ["-c".to_owned(), configuration.display().to_string()];
    site.start(&program("nats-server", "nats-server")?, &words, "nats")
}
