//! Where a setting was made.

use std::fmt;
use std::path::PathBuf;

/// The place that a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// A configuration file, and the line in it.
    File(PathBuf, Option<usize>),
    /// An environment variable.
    Environment(String),
    /// A flag, with its dashes.
    Flag(String),
    /// The command line as a whole.
    CommandLine,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, Some(line)) => write!(f, "{}:{line}", path.display()),
            Self::File(path, None) => write!(f, "{}", path.display()),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Flag(flag) => f.write_str(flag),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

/// A setting as somebody wrote it, not yet understood.
#[derive(Debug, Clone)]
pub struct Given {
    /// The setting's path, such as `jwt.secret_file`.
    pub path: String,
    /// Its value as text.
    pub text: String,
    /// Where it was written.
    pub source: Source,
}
