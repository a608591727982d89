//! What one user's program says to another's, outside of any room: a name and some data, told once and kept nowhere.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::{FieldError, Refusal};

/// How deep arrays and objects may stand in each other. Readers of JSON have limits of their own, and the data goes through
/// several, each time a little deeper.
const MAX_DEPTH: usize = 32;

/// The name of a direct event: 1 to 64 lower-case letters, digits, `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventName(Arc<str>);

impl EventName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EventName {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        if !(1..=64).contains(&text.len()) {
            return Err(FieldError::new("type", "length", "a type has 1 to 64 characters"));
        }
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        if !text.chars().all(allowed) {
            return Err(FieldError::new(
                "type",
                "characters",
                "a type holds lower-case letters, digits, '.', '_' and '-'",
            ));
        }
        Ok(Self(text.into()))
    }
}

/// The data of a direct event: any JSON.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct EventData(Box<RawValue>);

impl EventData {
    /// Checks data against the limit in bytes of JSON.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] over the limit; [`Refusal::Invalid`] for what is nested too deeply.
    pub fn new(data: &Value, max_bytes: usize) -> Result<Self, Refusal> {
        if depth(data) > MAX_DEPTH {
            return Err(FieldError::new("data", "depth", "data is nested 32 deep at most").into());
        }
        let json = to_raw_value(data)
            .map_err(|_| FieldError::new("data", "json", "data cannot be written as JSON"))?;
        if json.get().len() > max_bytes {
            return Err(Refusal::TooLarge { what: "data", max_bytes });
        }
        Ok(Self(json))
    }

    /// The data as JSON.
    #[must_use]
    pub fn as_json(&self) -> &str {
        self.0.get()
    }
}

impl<'de> Deserialize<'de> for EventData {
    /// By way of the value: what stands in an enum that is told by its tag has been read already.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        to_raw_value(&value).map(Self).map_err(D::Error::custom)
    }
}

impl PartialEq for EventData {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
    }
}

impl Eq for EventData {}

impl fmt::Debug for EventData {
    /// Only its length: what people say to each other stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.as_json().len())
    }
}

/// How many arrays and objects the innermost value stands in.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{StateEvent, User};

    #[test]
    fn a_name_is_short_and_plain() {
        for good in ["a", "call.offer", "x-y_z.9", &"x".repeat(64)] {
            assert_eq!(good.parse::<EventName>().unwrap().as_str(), good);
        }
        for bad in ["", "Call", "a b", "ä", "a/b", &"x".repeat(65)] {
            assert_eq!(bad.parse::<EventName>().unwrap_err().field, "type", "{bad:?}");
        }
    }

    #[test]
    fn data_is_limited_in_bytes_and_depth() {
        assert!(EventData::new(&json!("four"), 6).is_ok());
        assert_eq!(EventData::new(&json!("four"), 5), Err(Refusal::TooLarge { what: "data", max_bytes: 5 }));
        let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
        assert!(EventData::new(&nested(32), 1000).is_ok());
        assert!(matches!(EventData::new(&nested(33), 1000), Err(Refusal::Invalid(_))));
    }

    #[test]
    fn an_event_reads_back_as_it_was_written() {
        let from = User::new("ada".parse().unwrap(), "ada".parse().unwrap(), "Ada".parse().unwrap());
        for data in [json!(null), json!("text \u{7} 🌊"), json!({"b": [1, -2, 0.5, u64::MAX], "a": {}})] {
            let event = StateEvent::Direct {
                from: Some(from.clone()),
                id: None,
                event: "call.offer".parse().unwrap(),
                data: EventData::new(&data, 1000).unwrap(),
            };
            let written = serde_json::to_value(&event).unwrap();
            assert_eq!(written["type"], "user.event");
            assert_eq!((&written["event"], &written["data"]), (&json!("call.offer"), &data));
            assert_eq!(written["from"], json!({"id": "ada", "name": "ada", "display_name": "Ada"}));
            let text = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<StateEvent>(&text).unwrap(), event);
            assert!(!format!("{event:?}").contains("🌊"));
        }
    }

    #[test]
    fn an_event_of_the_application_is_from_nobody() {
        let (event, data) =
            ("order.shipped".parse().unwrap(), EventData::new(&json!({"order": 7}), 1000).unwrap());
        let event = StateEvent::Direct { from: None, id: None, event, data };
        let written = serde_json::to_value(&event).unwrap();
        assert_eq!(written, json!({"type": "user.event", "event": "order.shipped", "data": {"order": 7}}));
        assert_eq!(serde_json::from_value::<StateEvent>(written).unwrap(), event);
    }
}
