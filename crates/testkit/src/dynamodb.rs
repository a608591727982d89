//! Starts a DynamoDB of this machine's own for tests, and ends it: moto's, which keeps everything in memory.
//!
//! It is written in Python, and is there where the programs are that check `deploy/` (`scripts/ensure-deploy.sh`). Where it
//! is not, tests that need it say so and are not run.

use std::future::ready;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;

use crate::daemon::Daemon;
use crate::ports::free_address;
use crate::scratch::Scratch;

/// What it is told to run.
const SERVE: &str = include_str!("dynamodb/serve.py");
/// Names the Python that has moto.
const PYTHON: &str = "TEST_MOTO_PYTHON";
/// How often it is asked whether it is there.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// A DynamoDB with no tables. Ended when it is dropped.
#[derive(Debug)]
pub struct DynamoDb {
    address: SocketAddr,
    _daemon: Daemon,
    _directory: Scratch,
}

impl DynamoDb {
    /// Starts one and waits until it answers; nothing where moto is not on this machine, which is said aloud.
    ///
    /// # Errors
    /// It is there and does not start; the error holds the end of its log.
    pub async fn start() -> Result<Option<Self>> {
        let Some(python) = python() else {
            say_that_it_is_missing();
            return Ok(None);
        };
        let (address, directory) = (free_address()?, Scratch::new("dynamodb")?);
        let mut command = Command::new(python);
        command.args(["-c", SERVE, &address.port().to_string()]).current_dir(directory.path());
        let mut daemon = Daemon::start("moto", command, &directory.path().join("log"))?;
        daemon.until_ready(ASK_EVERY, || ready(TcpStream::connect(address).is_ok())).await?;
        Ok(Some(Self { address, _daemon: daemon, _directory: directory }))
    }

    /// The URL to ask.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

#[expect(clippy::print_stderr, reason = "whoever reads what the tests print must see it")]
fn say_that_it_is_missing() {
    eprintln!(
        "NOT RUN: there is no moto, which stands in for DynamoDB. scripts/ensure-deploy.sh fetches it; {PYTHON} names a Python \
         that has it."
    );
}

/// A Python that has moto.
fn python() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let named = std::env::var_os(PYTHON).map(PathBuf::from);
    let fetched = root.join("target/tools/deploy/bin/python");
    let candidates = named.into_iter().chain([fetched, PathBuf::from("python3")]);
    candidates.into_iter().find(|python| has_moto(python))
}

fn has_moto(python: &Path) -> bool {
    let find = "import importlib.util, sys; sys.exit(importlib.util.find_spec('moto.dynamodb') is None)";
    let mut ask = Command::new(python);
    ask.args(["-c", find]).stdout(Stdio::null()).stderr(Stdio::null());
    ask.status().is_ok_and(|status| status.success())
}
