//! What is installed on this machine.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// A program of this machine; the error tells which package has it.
///
/// # Errors
/// It is not there.
pub fn program(name: &str, package: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps some servers where only root's PATH looks.
    let places = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let found = places.map(|place| place.join(name)).find(|program| program.is_file());
    found.with_context(|| format!("there is no {name}; install it: apt-get install {package}"))
}
