//! What can be wrong with a wire.

/// Why there is no link. Each is a sentence for whoever runs the node, and repeats no password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// What `--bus` says cannot be understood.
    #[error("--bus {reason}")]
    BadUrl {
        /// The end of the sentence: `"names no host"`.
        reason: String,
    },
    /// Nobody answers.
    #[error(
        "--bus names {place}, but no {server} answers there ({reason}): start it, or correct the address"
    )]
    Unreachable {
        /// What should answer.
        server: &'static str,
        /// Where, without a password.
        place: String,
        /// What the system says.
        reason: String,
    },
    /// The server does not let the node in.
    #[error(
        "--bus names {place}, which refuses the user ({reason}): correct the name or the password in the setting, or what the {server} allows"
    )]
    Denied {
        /// What answers.
        server: &'static str,
        /// Where, without a password.
        place: String,
        /// What it says.
        reason: String,
    },
    /// The server cannot serve as a bus.
    #[error("--bus names {place}, which cannot be used: {reason}")]
    Unsuitable {
        /// Where, without a password.
        place: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// A link that worked is broken.
    #[error("the link is broken: {0}")]
    Broken(String),
    /// The server has not answered for this many milliseconds.
    #[error("no answer within {0} ms")]
    Silent(u128),
}

impl WireError {
    /// A broken link, in the words of what broke it.
    pub fn broken(reason: impl std::fmt::Display) -> Self {
        Self::Broken(reason.to_string())
    }
}
