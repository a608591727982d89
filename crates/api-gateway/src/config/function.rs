//! A function: the program that the gateway starts for it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::duration;

/// A program that asks the Lambda Runtime API for work.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Where it runs; it knows it as `LAMBDA_TASK_ROOT`.
    pub directory: Option<PathBuf>,
    /// What it knows as `_HANDLER`.
    #[serde(default)]
    pub handler: String,
    /// Its environment, beside what Lambda sets and `PATH`.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Which of the gateway's credentials it signs with.
    pub access_key_id: Option<String>,
    /// How long one invocation may take before its process is killed.
    #[serde(default = "three_seconds", deserialize_with = "duration::deserialize")]
    pub timeout: Duration,
    /// How long it may take from its start to its first question for work.
    #[serde(default = "ten_seconds", deserialize_with = "duration::deserialize")]
    pub init_timeout: Duration,
    /// How many processes it has at most; each works on one event at a time.
    #[serde(default = "four")]
    pub max_processes: usize,
    /// How many are kept when there is nothing to do.
    #[serde(default)]
    pub min_processes: usize,
    /// How long a process may have nothing to do.
    #[serde(default = "five_minutes", deserialize_with = "duration::deserialize")]
    pub idle_timeout: Duration,
    /// How many events may wait for a process.
    #[serde(default = "thousand")]
    pub max_queued: usize,
    /// What it is told that its memory is; nothing is enforced.
    #[serde(default = "megabytes")]
    pub memory_mb: u32,
}

fn three_seconds() -> Duration {
    Duration::from_secs(3)
}

fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}

fn five_minutes() -> Duration {
    Duration::from_secs(300)
}

fn four() -> usize {
    4
}

fn thousand() -> usize {
    1000
}

fn megabytes() -> u32 {
    128
}
