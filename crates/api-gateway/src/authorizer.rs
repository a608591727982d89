//! REQUEST authorizers: whether a client may connect, and what its events say of it from then on.

mod cache;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::backend::BackendError;
use crate::config;
use crate::event::{Handshake, ProxyEvent, RequestContext, RequestPart};
use crate::identity::IdentitySource;
use crate::integration::Integration;
use crate::policy::Policy;
use cache::Cache;

/// The largest answer, which is the service's.
const MAX_ANSWER_BYTES: usize = 8 * 1024;

/// One authorizer.
#[derive(Debug)]
pub(crate) struct Authorizer {
    integration: Arc<Integration>,
    sources: Vec<IdentitySource>,
    cache: Cache,
}

/// Why a client may not connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denial {
    /// It did not say who it is: 401.
    Unauthorized,
    /// It may not: 403.
    Forbidden,
    /// Nobody could tell: 500.
    Failed,
}

/// What an authorizer decided: what events say of the client, or why not.
pub(crate) type Verdict = Result<Map<String, Value>, Denial>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    principal_id: Value,
    policy_document: Policy,
    #[serde(default)]
    context: Option<Map<String, Value>>,
}

impl Authorizer {
    pub(crate) fn new(authorizer: &config::Authorizer, integration: Arc<Integration>) -> Self {
        let sources = authorizer.identity_sources.iter().filter_map(|source| IdentitySource::parse(source));
        Self { integration, sources: sources.collect(), cache: Cache::new(authorizer.result_ttl) }
    }

    /// Asks.
    pub(crate) async fn decide(
        &self,
        handshake: &Handshake,
        context: &RequestContext,
        stage_variables: &BTreeMap<String, String>,
        method_arn: &str,
    ) -> Verdict {
        let identity = self.sources.iter().map(|source| source.find(handshake, stage_variables));
        let identity = identity.collect::<Option<Vec<String>>>().ok_or(Denial::Unauthorized)?;
        if let Some(known) = self.cache.get(&identity) {
            return known;
        }
        let event = ProxyEvent {
            kind: Some("REQUEST"),
            method_arn: Some(method_arn),
            request: RequestPart::connect(handshake),
            request_context: context,
            stage_variables,
            body: None,
            is_base64_encoded: None,
        };
        let verdict = match self.integration.answer_as_is(&event).await {
            Ok(answer) => read(&answer, method_arn),
            Err(BackendError::Function { payload }) if says_unauthorized(&payload) => {
                Err(Denial::Unauthorized)
            }
            Err(error) => {
                tracing::warn!(%error, arn = method_arn, "an authorizer failed");
                Err(Denial::Failed)
            }
        };
        // What could not be told this time may be told the next.
        if verdict != Err(Denial::Failed) {
            self.cache.put(identity, &verdict);
        }
        verdict
    }
}

fn read(answer: &[u8], method_arn: &str) -> Verdict {
    let parsed =
        if answer.len() > MAX_ANSWER_BYTES { None } else { serde_json::from_slice::<Answer>(answer).ok() };
    let Some(answer) = parsed else {
        tracing::warn!(arn = method_arn, "an authorizer gave no principalId and policyDocument, or too much");
        return Err(Denial::Failed);
    };
    if !answer.policy_document.allows(method_arn) {
        return Err(Denial::Forbidden);
    }
    let mut known = Map::new();
    for (name, value) in answer.context.unwrap_or_default() {
        known.extend(text(&value).map(|text| (name, text)));
    }
    known.insert("principalId".to_owned(), text(&answer.principal_id).unwrap_or(Value::Null));
    Ok(known)
}

/// Events carry context as text; what is no single value is left out.
fn text(value: &Value) -> Option<Value> {
    match value {
        Value::String(_) => Some(value.clone()),
        Value::Number(_) | Value::Bool(_) => Some(Value::String(value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A function that fails with this one word means it as an answer.
fn says_unauthorized(payload: &[u8]) -> bool {
    let said = serde_json::from_slice::<Value>(payload).ok();
    said.is_some_and(|said| said.get("errorMessage").and_then(Value::as_str) == Some("Unauthorized"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:execute-api:us-east-1:1:abc/prod/$connect";

    fn answer(effect: &str, context: &Value) -> Verdict {
        let statement = json!({"Effect": effect, "Action": "execute-api:Invoke", "Resource": ARN});
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
        let answer = json!({"principalId": "ada", "policyDocument": policy, "context": context});
        read(answer.to_string().as_bytes(), ARN)
    }

    #[test]
    fn context_is_handed_on_as_text() {
        let known = answer("Allow", &json!({"n": 1, "yes": true, "list": [1]})).unwrap();
        assert_eq!(Value::Object(known), json!({"principalId": "ada", "n": "1", "yes": "true"}));
    }

    #[test]
    fn a_denial_is_forbidden_and_nonsense_a_failure() {
        assert_eq!(answer("Deny", &Value::Null), Err(Denial::Forbidden));
        assert_eq!(read(b"{}", ARN), Err(Denial::Failed));
        assert_eq!(answer("Allow", &json!({"long": "x".repeat(9000)})), Err(Denial::Failed));
        assert!(says_unauthorized(br#"{"errorMessage":"Unauthorized"}"#));
        assert!(!says_unauthorized(br#"{"errorMessage":"no"}"#));
    }
}
