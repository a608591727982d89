//! The Centrifuge library for Go, which Centrifugo is made of, in the smallest server that checks tokens.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Site, fetched, tools};
use crate::client::token::SECRET;
use crate::daemon::Daemon;

fn program() -> Result<PathBuf> {
    fetched(tools().join("centrifuge/centrifuge"))
}

pub(super) fn describe() -> Result<String> {
    program()?;
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/centrifuge/go.mod");
    let module = std::fs::read_to_string(module)?;
    let version = module
        .lines()
        .filter_map(|line| line.split("centrifugal/centrifuge ").nth(1))
        .next()
        .unwrap_or("of an unknown version");
    Ok(format!("the library Centrifuge {version} for Go, JSON, JWT checked, no history"))
}

pub(super) fn start(site: &Site<'_>, address: SocketAddr) -> Result<Daemon> {
    site.start(&program()?, &[address.to_string(), SECRET.to_owned()], "centrifuge")
}
