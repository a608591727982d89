//! A server that speaks TLS.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::Result;

use super::{Postgres, give, until};
use crate::certificate::Certificate;

impl Postgres {
    /// Offers TLS with this certificate from now on.
    ///
    /// # Errors
    /// The server does not take it.
    pub async fn offer_tls(&self, certificate: &Certificate) -> Result<()> {
        for (file, name) in [(&certificate.certificate, "server.crt"), (&certificate.key, "server.key")] {
            let own = self.data().join(name);
            fs::copy(file, &own)?;
            // The server refuses a key that others can read.
            fs::set_permissions(&own, fs::Permissions::from_mode(0o600))?;
            give(&own)?;
        }
        self.query("ALTER SYSTEM SET ssl = on")?;
        self.query("SELECT pg_reload_conf()")?;
        until("the server does not take the certificate", || Ok(self.query("SHOW ssl")? == "on")).await
    }
}
