//! Which `chinwag` is started.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// The release binary: the given one, else the one beside this program, built if it is missing.
///
/// # Errors
/// It cannot be built.
pub fn find_binary(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(given) = given {
        ensure!(given.is_file(), "there is no {}", given.display());
        return Ok(given.to_owned());
    }
    let beside = std::env::current_exe()?.with_file_name("chinwag");
    if !beside.is_file() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(["build", "--release", "-p", "chinwag"])
            .status()
            .context("cannot run cargo")?;
        ensure!(status.success(), "cargo cannot build chinwag");
        ensure!(
            beside.is_file(),
            "cargo built chinwag, but not as {}: run this program with `cargo run --release`, or say --binary",
            beside.display()
        );
    }
    Ok(beside)
}
