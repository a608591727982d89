//! PostgreSQL's own programs, and the user that they run as.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};

/// Where Debian puts them, one directory for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// All that are needed.
const NEEDED: &[&str] = &["initdb", "postgres", "psql", "pg_basebackup"];

/// The directory of the newest server's programs.
#[derive(Debug, Clone)]
pub(super) struct Programs(PathBuf);

impl Programs {
    pub(super) fn find() -> Result<Self> {
        let has_all = |directory: &Path| NEEDED.iter().all(|name| directory.join(name).is_file());
        let in_path = env::var_os("PATH").unwrap_or_default();
        let mut found: Vec<PathBuf> = env::split_paths(&in_path).filter(|path| has_all(path)).collect();
        let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
        let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
        versions.retain(|directory| has_all(directory));
        versions.sort();
        found.extend(versions.pop());
        let found = found.into_iter().next();
        found.map(Self).context("there is no PostgreSQL server; install it: apt-get install postgresql")
    }

    /// A program's path.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A command that runs a program as a user that PostgreSQL takes: it refuses to be root.
    pub(super) fn command(&self, name: &str) -> Result<Command> {
        if !is_root()? {
            return Ok(Command::new(self.path(name)));
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(self.path(name));
        Ok(command)
    }

    /// Runs a program as that user, to its end.
    pub(super) fn run(&self, name: &str, arguments: &[String]) -> Result<()> {
        let output = self.command(name)?.args(arguments).output();
        let output = output.with_context(|| format!("cannot run {name}"))?;
        ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(())
    }
}

/// Makes a file or directory that user's.
pub(super) fn give(path: &Path) -> Result<()> {
    if is_root()? {
        let made = Command::new("chown").arg("postgres").arg(path).status()?;
        ensure!(made.success(), "cannot give {} to the user postgres", path.display());
    }
    Ok(())
}

fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}
