//! The PostgreSQL that all nodes share.

use anyhow::Result;
use tokio::task::block_in_place;

use crate::postgres::Postgres;

/// The server.
#[derive(Debug)]
pub struct Database {
    server: Postgres,
}

impl Database {
    pub(super) async fn start() -> Result<Self> {
        Ok(Self { server: Postgres::start().await? })
    }

    pub(super) fn url(&self) -> String {
        self.server.url()
    }

    /// Ends the server as a power cut does.
    pub fn crash(&mut self) {
        block_in_place(|| self.server.crash());
    }

    /// Starts it again on what is there.
    ///
    /// # Errors
    /// It does not start.
    pub async fn resume(&mut self) -> Result<()> {
        self.server.resume().await
    }
}
