//! What is installed on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

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

/// What a program says when it is asked for its version, on whichever output: the first line with a number in it.
pub(crate) fn version(program: &Path, flag: &str) -> Result<String> {
    let output = Command::new(program)
        .arg(flag)
        .output()
        .with_context(|| format!("cannot run {}", program.display()))?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let line = said.lines().find(|line| line.contains(|letter: char| letter.is_ascii_digit()));
    line.map(|line| line.trim().to_owned())
        .with_context(|| format!("{} does not tell its version", program.display()))
}
