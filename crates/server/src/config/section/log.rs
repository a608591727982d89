//! What the node tells its operator.

use crate::config::choice::choice;
use crate::config::table::section;
use crate::config::value::Value;

choice! {
    /// How log lines look.
    pub enum LogFormat {
        /// For people.
        Text = "text",
        /// For machines: one JSON object a line.
        Json = "json",
    }
}

/// What is logged: a level, or levels by module, as `tracing-subscriber` reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// The filter as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for LogFilter {
    const NAME: &'static str = "LEVEL";

    fn parse(text: &str) -> Result<Self, String> {
        let levels = ["off", "error", "warn", "info", "debug", "trace"];
        // A bare word that is no level would be taken for a module's name and silence everything else.
        let is_word = text.chars().all(char::is_alphanumeric);
        let is_valid = tracing_subscriber::EnvFilter::builder().parse(text).is_ok();
        if text.is_empty() || !is_valid || (is_word && !levels.contains(&text)) {
            return Err(format!(
                "must be one of {}, or levels by module such as \"info,chinwag_server=debug\", not \"{text}\"",
                levels.join(", ")
            ));
        }
        Ok(Self(text.to_owned()))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

section! {
    /// The log. It goes to standard error and never holds messages, passwords or tokens.
    pub struct Log in "log" {
        /// `text` for people, `json` for machines.
        pub format: LogFormat = "text",
        /// How much is logged: error, warn, info, debug, trace, or levels by module such as
        /// `info,chinwag_server=debug`.
        pub level: LogFilter = "info",
    }
}
