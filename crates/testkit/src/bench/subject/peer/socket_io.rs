//! Socket.IO: WebSocket alone, no compression, native frame masking; with Redis where there are two.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Site, fetched};
use crate::client::token::SECRET;
use crate::daemon::{Daemon, program, version};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/socket-io")
}

pub(super) fn describe() -> Result<String> {
    let package = fetched(directory().join("node_modules/socket.io/package.json"))?;
    let package: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(package)?)?;
    let node = version(&program("node", "nodejs")?, "--version")?;
    Ok(format!(
        "Socket.IO {} on Node.js {node}, WebSocket only, no compression, with `bufferutil`, JWT checked",
        package.get("version").and_then(|version| version.as_str()).unwrap_or("of an unknown version")
    ))
}

pub(super) fn start(
    site: &Site<'_>,
    address: SocketAddr,
    redis: Option<SocketAddr>,
    name: &str,
) -> Result<Daemon> {
    let mut words = vec![
        directory().join("server.js").display().to_string(),
        address.port().to_string(),
        SECRET.to_owned(),
    ];
    words.extend(redis.map(|redis| format!("redis://{redis}")));
    site.start(&program("node", "nodejs")?, &words, name)
}
