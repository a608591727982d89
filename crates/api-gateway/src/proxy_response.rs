//! What functions answer: `{statusCode, headers?, body?, isBase64Encoded?}`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

/// An answer to an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ProxyResponse {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

/// The answer has no status, or is not of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed proxy response: a JSON object with a statusCode is needed")]
pub(crate) struct Malformed;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    status_code: Value,
    headers: Option<BTreeMap<String, Value>>,
    body: Option<Value>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

impl ProxyResponse {
    pub(crate) fn ok() -> Self {
        Self { status: 200, ..Self::default() }
    }

    pub(crate) fn parse(json: &[u8]) -> Result<Self, Malformed> {
        let wire: Wire = serde_json::from_slice(json).map_err(|_| Malformed)?;
        let status = match &wire.status_code {
            Value::Number(number) => number.as_u64().and_then(|number| u16::try_from(number).ok()),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let status = status.filter(|status| (100..=599).contains(status)).ok_or(Malformed)?;
        let body = match wire.body {
            None | Some(Value::Null) => Bytes::new(),
            Some(Value::String(text)) if wire.is_base64_encoded == Some(true) => {
                STANDARD.decode(text).map_err(|_| Malformed)?.into()
            }
            Some(Value::String(text)) => text.into(),
            Some(_) => return Err(Malformed),
        };
        let headers = wire.headers.unwrap_or_default().into_iter().filter_map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            Value::Number(number) => Some((name, number.to_string())),
            Value::Bool(yes) => Some((name, yes.to_string())),
            _ => None,
        });
        Ok(Self { status, headers: headers.collect(), body })
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_functions_are_understood() {
        let answer = br#"{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"a","n":1},"body":"hi"}"#;
        let answer = ProxyResponse::parse(answer).unwrap();
        assert_eq!((answer.status, &answer.body[..]), (200, &b"hi"[..]));
        assert_eq!(answer.header("sec-websocket-protocol"), Some("a"));
        assert!(ProxyResponse::parse(br#"{"statusCode":"204"}"#).unwrap().is_success());
        let encoded =
            ProxyResponse::parse(br#"{"statusCode":200,"body":"AQI=","isBase64Encoded":true}"#).unwrap();
        assert_eq!(&encoded.body[..], [1, 2]);
    }

    #[test]
    fn anything_else_is_an_error_of_the_function() {
        for answer in [
            "",
            "null",
            "{}",
            "[]",
            "\"hi\"",
            r#"{"statusCode":99}"#,
            r#"{"statusCode":700}"#,
            r#"{"statusCode":true}"#,
            r#"{"statusCode":200,"body":{}}"#,
            r#"{"statusCode":200,"body":"*","isBase64Encoded":true}"#,
        ] {
            assert_eq!(ProxyResponse::parse(answer.as_bytes()), Err(Malformed), "{answer}");
        }
    }
}
