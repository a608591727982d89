//! Durations as people write them: `29s`, `10m`, `2h`.

use std::time::Duration;

use serde::{Deserialize as _, Deserializer};

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    humantime::parse_duration(&text).map_err(|error| {
        serde::de::Error::custom(format!("{text:?} is no duration such as \"30s\" or \"2h\": {error}"))
    })
}
