//! How often something may happen.

use std::num::NonZeroU32;
use std::time::Duration;

use super::value::Value;

/// At most so many in any such period, and that many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: NonZeroU32,
    /// In what time.
    pub per: Duration,
}

/// What is said of a text that is no rate.
fn invalid(text: &str) -> String {
    format!("must be a rate such as \"20/1s\" or \"60/1m\", or \"off\", not \"{text}\"")
}

/// A rate, or `off` where everything is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit(pub Option<Rate>);

impl Value for RateLimit {
    const NAME: &'static str = "COUNT/DURATION|off";

    fn parse(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        let (count, per) = text.split_once('/').ok_or_else(|| invalid(text))?;
        let count = count.trim().parse().map_err(|_| invalid(text))?;
        let per = humantime::parse_duration(per.trim()).map_err(|_| invalid(text))?;
        if per.is_zero() { Err(invalid(text)) } else { Ok(Self(Some(Rate { count, per }))) }
    }

    fn show(&self) -> String {
        match self.0 {
            None => "off".to_owned(),
            Some(Rate { count, per }) => format!("{count}/{}", humantime::format_duration(per)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_and_shown_and_nonsense_is_refused() {
        assert_eq!(RateLimit::parse("60/1m").unwrap().show(), "60/1m");
        assert_eq!(RateLimit::parse("off").unwrap().0, None);
        for bad in ["60", "0/1s", "60/0s", "60/s", "-1/1s", ""] {
            assert!(RateLimit::parse(bad).is_err(), "{bad:?}");
        }
    }
}
