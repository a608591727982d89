//! Orders of other back ends, by way of a queue.

use std::time::Duration;

use chinwag_chat::UserName;

use crate::config::Secret;
use crate::config::table::section;

/// The least time after which what was not settled comes again: whoever delivers needs less.
const LEAST_RETRY_AFTER: Duration = Duration::from_secs(15);
/// What a source begins with.
const SCHEMES: [&str; 4] = ["redis://", "rediss://", "nats://", "tls://"];

section! {
    /// Ingestion: other back ends put what they have to say on a queue, and nodes of the role `worker` bring it to people's
    /// devices. Set it alike on each of them. Docs: INGEST.md.
    pub struct Ingest in "ingest" {
        /// The server of the queue: redis:// or rediss:// for a Redis Stream, nats:// or tls:// for NATS JetStream.
        /// Nothing is taken in if empty. Flags show in the list of processes; prefer the environment or the file.
        pub source: Option<Secret<String>> = "",
        /// The stream's name. Redis keeps the dead letters under the same with `:dead`, NATS in a stream with `-dead`.
        pub stream: String = "chinwag-ingest",
        /// The consumer group or durable consumer, which all nodes share.
        pub group: String = "chinwag",
        /// The name of the bot that writes messages to rooms. It is made when it is first needed, and writes where it
        /// is a member.
        pub bot: String = "herald",
        /// How many orders a node may have under way.
        pub concurrency: usize = "16",
        /// How often an order is tried before it becomes a dead letter, the first time included.
        pub max_attempts: u32 = "5",
        /// After how long an order that failed, or whose node died, comes again; 15 seconds at least.
        pub retry_after: Duration = "30s",
    }
}

impl Ingest {
    pub(super) fn check(&self, fault: &mut impl FnMut(String)) {
        if let Some(source) = &self.source
            && !SCHEMES.iter().any(|scheme| source.expose().starts_with(scheme))
        {
            fault(format!("`ingest.source` must begin with one of {}", SCHEMES.join(", ")));
        }
        if let Err(error) = self.bot.parse::<UserName>() {
            fault(format!("`ingest.bot`: {error}"));
        }
        let is_word = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_:".contains(c))
        };
        if !is_word(&self.stream) || !is_word(&self.group) {
            fault("`ingest.stream` and `ingest.group` hold letters, digits, '-', '_' and ':'".to_owned());
        }
        if self.concurrency == 0 || self.max_attempts == 0 {
            fault("`ingest.concurrency` and `ingest.max_attempts` must be more than zero".to_owned());
        }
        if self.retry_after < LEAST_RETRY_AFTER {
            fault("`ingest.retry_after` must be 15 seconds or more".to_owned());
        }
    }
}
