//! Points in time, and the port that tells them.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time in milliseconds since 1970, UTC. Shown to people and used for expiry, never for order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// "For good": a moment so late that nobody will see it, and the last day that every calendar can write.
    pub const FOR_GOOD: Self = Self(253_402_128_000_000);

    /// The time that many milliseconds after 1970.
    #[must_use]
    pub const fn from_unix_ms(unix_ms: i64) -> Self {
        Self(unix_ms)
    }

    /// The time that a text tells, by RFC 3339 or as a date: then the beginning of that day, UTC.
    #[must_use]
    pub fn of_time_or_date(text: &str) -> Option<Self> {
        let time = text.parse::<jiff::Timestamp>().ok();
        let day = || {
            let day: jiff::civil::Date = text.parse().ok()?;
            Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
        };
        Some(Self(time.or_else(day)?.as_millisecond()))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This time and `later` more.
    #[must_use]
    pub fn plus(self, later: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(later.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero if it is not.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time:.3}"),
            Err(_) => write!(f, "{} ms since 1970", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        match text.parse::<jiff::Timestamp>() {
            Ok(time) => Ok(Self(time.as_millisecond())),
            // The calendar here ends a day before the one that most people write "for good" with.
            Err(_) if text.starts_with("9999-12-31T") => Ok(Self::FOR_GOOD),
            Err(error) => Err(serde::de::Error::custom(error)),
        }
    }
}

/// Tells the time. The only source of it below the server, so that a test can hold it in its hand.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_with_milliseconds_and_read_back() {
        let time = Timestamp::from_unix_ms(1_763_700_000_120);
        let json = serde_json::to_string(&time).unwrap();
        assert_eq!(json, "\"2025-11-21T04:40:00.120Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), time);
        let for_good = serde_json::to_string(&Timestamp::FOR_GOOD).unwrap();
        assert_eq!(for_good, "\"9999-12-30T00:00:00.000Z\"");
        for text in [for_good.as_str(), "\"9999-12-31T23:59:59Z\"", "\"9999-12-31T23:59:59.999Z\""] {
            assert_eq!(serde_json::from_str::<Timestamp>(text).unwrap(), Timestamp::FOR_GOOD);
        }
        assert!(serde_json::from_str::<Timestamp>("\"tomorrow\"").is_err());
    }

    #[test]
    fn a_date_is_the_beginning_of_its_day() {
        let read = |text| Timestamp::of_time_or_date(text).map(Timestamp::unix_ms);
        assert_eq!(read("2025-11-21"), Some(1_763_683_200_000));
        assert_eq!(read("2025-11-21T04:40:00.120Z"), Some(1_763_700_000_120));
        assert_eq!(read("2025-11-21T06:40:00.120+02:00"), Some(1_763_700_000_120));
        assert_eq!([read("yesterday"), read(""), read("2025-13-01")], [None; 3]);
    }
}
