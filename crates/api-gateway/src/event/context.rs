//! `requestContext`: what an event says of the connection and the request.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum EventType {
    Connect,
    Message,
    Disconnect,
}

/// Who the client is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    pub(crate) source_ip: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_agent: Option<String>,
}

/// How a connection ended.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Disconnect {
    pub(crate) disconnect_status_code: u16,
    pub(crate) disconnect_reason: String,
}

/// The whole of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestContext {
    pub(crate) route_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authorizer: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message_id: Option<String>,
    pub(crate) event_type: EventType,
    pub(crate) extended_request_id: String,
    pub(crate) request_time: String,
    pub(crate) message_direction: &'static str,
    #[serde(flatten)]
    pub(crate) disconnect: Option<Disconnect>,
    pub(crate) stage: String,
    pub(crate) connected_at: i64,
    pub(crate) request_time_epoch: i64,
    pub(crate) identity: Identity,
    pub(crate) request_id: String,
    pub(crate) domain_name: String,
    pub(crate) connection_id: String,
    pub(crate) api_id: String,
}

impl RequestContext {
    /// A value by its name in mappings, such as `connectionId` or `authorizer.user`.
    pub(crate) fn named(&self, name: &str) -> Option<String> {
        let context = serde_json::to_value(self).ok()?;
        match name.split('.').try_fold(&context, |value, name| value.get(name))? {
            Value::String(text) => Some(text.clone()),
            Value::Null | Value::Object(_) | Value::Array(_) => None,
            other => Some(other.to_string()),
        }
    }
}

/// A time as access logs write it: `13/Dec/2020:10:17:47 +0000`.
pub(crate) fn request_time(ms: i64) -> String {
    let timestamp = Timestamp::from_millisecond(ms).unwrap_or_default();
    timestamp.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
}
