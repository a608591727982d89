//! Traces of some messages' ways.

use crate::config::section::WebhookUrl;
use crate::config::table::section;
use crate::config::value::Value;

section! {
    /// Traces: of a few messages each node tells where their time went, from the send over the commit and the bus to those who
    /// read them, by OTLP over HTTP. Set them alike on every node.
    pub struct Traces in "traces" {
        /// The OpenTelemetry collector, such as http://127.0.0.1:4318. Nothing is traced if empty.
        pub endpoint: Option<WebhookUrl> = "",
        /// How many of the messages are followed: 0.01 is one of a hundred, 1 is all.
        pub ratio: Ratio = "0.01",
    }
}

/// A part of a whole, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio(f64);

impl Ratio {
    /// The part as a number from 0 to 1.
    #[must_use]
    pub const fn of_one(self) -> f64 {
        self.0
    }
}

impl Value for Ratio {
    const NAME: &'static str = "RATIO";

    fn parse(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(Self(ratio)),
            _ => Err(format!("must be a number from 0 to 1, not \"{text}\"")),
        }
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_a_part_of_one() {
        assert_eq!(Ratio::parse("0.25").unwrap().show(), "0.25");
        for bad in ["", "-0.1", "1.5", "NaN", "half"] {
            assert!(Ratio::parse(bad).is_err(), "{bad}");
        }
    }
}
