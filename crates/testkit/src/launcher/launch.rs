//! What to start, and where.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::client::token::SECRET;

/// What a node is told for a measurement: no limit on how often anything is allowed.
pub const NO_LIMITS: [&str; 8] = [
    "--rate-limits-messages",
    "off",
    "--rate-limits-room-messages",
    "off",
    "--rate-limits-requests",
    "off",
    "--rate-limits-commands",
    "off",
];

/// What to start.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The `chinwag` binary.
    pub binary: PathBuf,
    /// The node's name.
    pub name: String,
    /// Its data directory, made if it is missing; its log goes there too.
    pub directory: PathBuf,
    /// Flags beside those that say where the node is and what it is called.
    pub flags: Vec<String>,
    /// The core that it may use; all if none.
    pub core: Option<usize>,
}

impl Launch {
    /// A node that is measured: it has [`NO_LIMITS`], takes the testkit's tokens, and writes little into its log.
    ///
    /// # Errors
    /// Its directory cannot be written.
    pub fn measured(binary: &Path, name: &str, directory: &Path) -> Result<Self> {
        std::fs::create_dir_all(directory)?;
        let mut flags = NO_LIMITS.map(str::to_owned).to_vec();
        flags.extend(["--log-level", "warn"].map(str::to_owned));
        flags.extend(taking_tokens(directory)?);
        let (name, directory) = (name.to_owned(), directory.to_owned());
        Ok(Self { binary: binary.to_owned(), name, directory, flags, core: None })
    }
}

/// Writes the secret of the testkit's [tokens](crate::client::token) into that directory; the flags make a node take them.
///
/// # Errors
/// It cannot be written.
pub fn taking_tokens(directory: &Path) -> Result<[String; 2]> {
    let path = directory.join("jwt.secret");
    // As a secret should be, lest the node warns that everybody can read it.
    let mut options = File::options();
    options.create(true).write(true).truncate(true).mode(0o600);
    let written = options.open(&path).and_then(|mut file| file.write_all(SECRET.as_bytes()));
    written.with_context(|| format!("cannot write {}", path.display()))?;
    Ok(["--jwt-secret-file".to_owned(), path.display().to_string()])
}
