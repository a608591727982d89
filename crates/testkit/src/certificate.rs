//! Certificates for servers of this machine, made by an authority that lives as long as the test.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::daemon::program;

/// The files of an authority, and of a certificate that it made for `localhost` and `127.0.0.1`.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// What a client must be told to trust.
    pub authority: PathBuf,
    /// The server's certificate.
    pub certificate: PathBuf,
    /// The server's key.
    pub key: PathBuf,
}

impl Certificate {
    /// Makes them in a directory.
    ///
    /// # Errors
    /// There is no `openssl`, or it fails.
    pub fn make(directory: &Path) -> Result<Self> {
        let file = |name: &str| directory.join(name);
        let (authority, authority_key) = (file("authority.pem"), file("authority.key"));
        openssl(&["-subj", "/CN=The test's authority"], &[], &authority, &authority_key)?;
        let made = Self { authority, certificate: file("server.pem"), key: file("server.key") };
        let names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
        // An authority's certificate is no server's: clients that look closely refuse it.
        let leaf = [&names[..], &["-addext", "basicConstraints=critical,CA:FALSE"]].concat();
        let signer = [("-CA", made.authority.as_path()), ("-CAkey", authority_key.as_path())];
        openssl(&leaf, &signer, &made.certificate, &made.key)?;
        Ok(made)
    }
}

fn openssl(words: &[&str], files: &[(&str, &Path)], certificate: &Path, key: &Path) -> Result<()> {
    let mut openssl = Command::new(program("openssl", "openssl")?);
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
    openssl.args(["-days", "30"]).args(words);
    for (word, file) in files {
        openssl.arg(word).arg(file);
    }
    let output = openssl.arg("-keyout").arg(key).arg("-out").arg(certificate).output()?;
    ensure!(output.status.success(), "openssl: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}
