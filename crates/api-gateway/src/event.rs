//! The events that functions get: Lambda-proxy events, exactly as API Gateway's WebSocket APIs form them.

mod context;
mod headers;
mod pairs;
mod query;

pub(crate) use context::{Disconnect, EventType, Identity, RequestContext, request_time};
pub(crate) use headers::Headers;
pub(crate) use query::Query;

use pairs::Pairs;

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;

/// What a client's opening request says. It exists for `$connect` only.
#[derive(Debug, Clone, Default)]
pub(crate) struct Handshake {
    pub(crate) headers: Headers,
    pub(crate) query: Query,
    pub(crate) source_ip: String,
}

impl Handshake {
    /// The last value of a header, its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.last(name)
    }
}

/// An event.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProxyEvent<'a> {
    /// `REQUEST`, for authorizers only.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<&'static str>,
    /// What the authorizer decides on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method_arn: Option<&'a str>,
    #[serde(flatten)]
    pub(crate) request: RequestPart<'a>,
    pub(crate) request_context: &'a RequestContext,
    #[serde(skip_serializing_if = "is_empty")]
    pub(crate) stage_variables: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<&'a str>,
    /// Not there for authorizers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_base64_encoded: Option<bool>,
}

/// What an event says of the opening request.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum RequestPart<'a> {
    #[serde(rename_all = "camelCase")]
    Connect {
        headers: BTreeMap<&'a str, &'a str>,
        multi_value_headers: BTreeMap<&'a str, Vec<&'a str>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        query_string_parameters: Option<BTreeMap<&'a str, &'a str>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        multi_value_query_string_parameters: Option<BTreeMap<&'a str, Vec<&'a str>>>,
    },
    /// Messages come without.
    Message {},
    #[serde(rename_all = "camelCase")]
    Disconnect { headers: BTreeMap<&'a str, &'a str>, multi_value_headers: BTreeMap<&'a str, Vec<&'a str>> },
}

impl<'a> RequestPart<'a> {
    pub(crate) fn connect(handshake: &'a Handshake) -> Self {
        let (headers, query) = (handshake.headers.pairs(), handshake.query.pairs());
        Self::Connect {
            headers: headers.single(),
            multi_value_headers: headers.multiple(),
            query_string_parameters: query.map(Pairs::single),
            multi_value_query_string_parameters: query.map(Pairs::multiple),
        }
    }

    pub(crate) fn disconnect(host: &'a str) -> Self {
        let headers = BTreeMap::from([("Host", host), ("x-api-key", ""), ("x-restapi", "")]);
        let multi_value_headers = headers.iter().map(|(name, value)| (*name, vec![*value])).collect();
        Self::Disconnect { headers, multi_value_headers }
    }
}

impl ProxyEvent<'_> {
    /// The event as functions get it.
    pub(crate) fn to_json(&self) -> Bytes {
        // Nothing in it can fail: all keys are text.
        serde_json::to_vec(self).map(Bytes::from).unwrap_or_default()
    }
}

fn is_empty(variables: &&BTreeMap<String, String>) -> bool {
    variables.is_empty()
}

#[cfg(test)]
mod tests;
