//! A second server that follows the first, to take its place.

use std::fs::File;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::{Postgres, give, until};

/// A server is a standby as long as this is in its data directory.
const SIGNAL: &str = "standby.signal";

impl Postgres {
    /// Makes a standby of this server, which from now on answers a commit when both of them have it.
    ///
    /// # Errors
    /// It cannot be made, or does not catch up.
    pub async fn standby(&self) -> Result<Self> {
        let mut standby = Self::unmade(self.programs.clone(), &self.settings)?;
        let data = standby.data().display().to_string();
        let arguments =
            ["--no-sync", "--checkpoint=fast", "--write-recovery-conf", "--dbname"].map(str::to_owned);
        let copied = [arguments.to_vec(), vec![self.url(), "--pgdata".to_owned(), data]].concat();
        self.programs.run("pg_basebackup", &copied)?;
        standby.resume().await?;
        self.wait_for_a_standby(true)?;
        until("the standby does not catch up", || {
            Ok(self.query("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")? == "1")
        })
        .await?;
        Ok(standby)
    }

    /// Says whether a commit is answered only when a standby has it too.
    ///
    /// # Errors
    /// The server does not answer.
    pub fn wait_for_a_standby(&self, wanted: bool) -> Result<()> {
        let names = if wanted { "*" } else { "" };
        self.query(&format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'"))?;
        self.query("SELECT pg_reload_conf()").map(drop)
    }

    /// Makes a primary of this standby.
    ///
    /// # Errors
    /// It stays a standby.
    pub async fn promote(&self) -> Result<()> {
        self.query("SELECT pg_promote(false)")?;
        until("the standby stays one", || Ok(self.query("SELECT pg_is_in_recovery()")? == "f")).await?;
        // The setting came with the copy, and nobody follows this one yet.
        self.wait_for_a_standby(false)
    }

    /// Starts this server, which has crashed, as a standby: what careful operators do to a former primary.
    ///
    /// # Errors
    /// It does not start.
    pub async fn resume_as_standby(&mut self) -> Result<()> {
        let signal = self.data().join(SIGNAL);
        make(&signal).with_context(|| format!("cannot make {}", signal.display()))?;
        self.resume().await
    }
}

fn make(signal: &Path) -> Result<()> {
    File::create(signal)?;
    give(signal)
}
