//! The PostgreSQL that all nodes share.

use anyhow::{Context as _, Result};
use tokio::task::block_in_place;

use crate::postgres::Postgres;

/// One server, or a primary with a synchronous standby.
#[derive(Debug)]
pub struct Database {
    /// The one that is written to.
    primary: Postgres,
    standby: Option<Postgres>,
    /// The primaries that were lost: kept, so that their data stays for whoever wants to look.
    lost: Vec<Postgres>,
}

impl Database {
    pub(super) async fn start(with_standby: bool) -> Result<Self> {
        let primary = Postgres::start().await?;
        let standby = if with_standby { Some(primary.standby().await?) } else { None };
        Ok(Self { primary, standby, lost: Vec::new() })
    }

    /// The URL of all servers.
    pub(super) fn url(&self) -> String {
        match &self.standby {
            Some(standby) => self.primary.url_with(standby),
            None => self.primary.url(),
        }
    }

    /// Ends the primary as a power cut does.
    pub fn crash(&mut self) {
        block_in_place(|| self.primary.crash());
    }

    /// Starts it again on what is there.
    ///
    /// # Errors
    /// It does not start.
    pub async fn resume(&mut self) -> Result<()> {
        self.primary.resume().await
    }

    /// Makes a primary of the standby; the former primary, which has crashed, does not come back.
    ///
    /// # Errors
    /// There is no standby, or it stays one.
    pub async fn fail_over(&mut self) -> Result<()> {
        let standby = self.standby.take().context("the database has no standby")?;
        standby.promote().await?;
        self.lost.push(std::mem::replace(&mut self.primary, standby));
        Ok(())
    }
}
