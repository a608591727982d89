//! A WebSocket API: its routes, and what answers them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::duration;
use super::secret::Secret;

/// One API in one stage.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// Its id: the beginning of its host name on AWS.
    pub id: String,
    /// Its stage: the last part of its URL's path.
    pub stage: String,
    /// What events say that its host is; functions make the URL of `@connections` of it. By default
    /// `{id}.execute-api.{region}.amazonaws.com`.
    pub domain_name: Option<String>,
    /// Host names of its own; their URLs have no stage.
    #[serde(default)]
    pub domains: Vec<Domain>,
    /// Which part of a message names its route.
    #[serde(default = "body_action")]
    pub route_selection_expression: String,
    /// What events say of the stage.
    #[serde(default)]
    pub stage_variables: BTreeMap<String, String>,
    /// Who decides whether a client may connect, by name.
    #[serde(default)]
    pub authorizers: BTreeMap<String, Authorizer>,
    /// What answers routes, by name.
    #[serde(default)]
    pub integrations: BTreeMap<String, Integration>,
    /// The routes.
    #[serde(default)]
    pub routes: Vec<Route>,
}

fn body_action() -> String {
    "$request.body.action".to_owned()
}

/// A custom domain name and where in it the API begins.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// The host name.
    pub name: String,
    /// The path under which the API is, without slashes around it.
    #[serde(default)]
    pub base_path: String,
}

/// A route.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// `$connect`, `$disconnect`, `$default`, or what the route selection expression has to give.
    pub key: String,
    /// The name of the integration that answers it.
    pub integration: String,
    /// The name of the authorizer; for `$connect` only.
    pub authorizer: Option<String>,
    /// Whether a client must sign its `$connect` with one of the gateway's credentials; for `$connect` only.
    #[serde(default)]
    pub iam: bool,
    /// Whether the client gets what the integration answers.
    #[serde(default)]
    pub response: bool,
}

/// A REQUEST authorizer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorizer {
    /// The name of the integration that it asks.
    pub integration: String,
    /// What a request must have, such as `route.request.querystring.token`; without all of them it is not even asked.
    #[serde(default)]
    pub identity_sources: Vec<String>,
    /// How long an answer counts for the same identity sources.
    #[serde(default, deserialize_with = "duration::deserialize")]
    pub result_ttl: Duration,
}

/// What answers a route.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Integration {
    /// A function whose processes this gateway starts.
    Function {
        /// Its name among `[functions]`.
        function: String,
        /// How long an answer may take.
        #[serde(default = "integration_timeout", deserialize_with = "duration::deserialize")]
        timeout: Duration,
    },
    /// A function of AWS, or of anything that speaks Lambda's Invoke API.
    Lambda {
        /// Its name or ARN, with a qualifier or without.
        function: String,
        /// Where Lambda is; AWS by default.
        endpoint: Option<String>,
        /// Its region; the gateway's by default.
        region: Option<String>,
        /// The access key to sign with.
        access_key_id: String,
        /// The key's secret.
        secret_access_key: Option<Secret>,
        /// A file with the key's secret.
        secret_access_key_file: Option<String>,
        /// The token of a temporary key.
        session_token: Option<Secret>,
        /// Whether nobody waits for the answer.
        #[serde(default)]
        asynchronous: bool,
        /// How long an answer may take.
        #[serde(default = "integration_timeout", deserialize_with = "duration::deserialize")]
        timeout: Duration,
    },
    /// An HTTP server that gets the event as JSON and answers as a function would.
    Http {
        /// Where events are posted.
        url: String,
        /// Headers sent along.
        #[serde(default)]
        headers: BTreeMap<String, Secret>,
        /// How long an answer may take.
        #[serde(default = "integration_timeout", deserialize_with = "duration::deserialize")]
        timeout: Duration,
    },
    /// An HTTP server that gets the message itself.
    HttpProxy {
        /// Where messages are sent.
        url: String,
        /// By which method.
        #[serde(default = "post")]
        method: String,
        /// What else it is told: `integration.request.header.connectionId = "context.connectionId"`.
        #[serde(default)]
        request_parameters: BTreeMap<String, String>,
        /// How long an answer may take.
        #[serde(default = "integration_timeout", deserialize_with = "duration::deserialize")]
        timeout: Duration,
    },
    /// Nothing: the answer is always the same.
    Mock {
        /// The status.
        #[serde(default = "ok")]
        status: u16,
        /// The body.
        #[serde(default)]
        body: String,
    },
}

fn integration_timeout() -> Duration {
    Duration::from_secs(29)
}

fn post() -> String {
    "POST".to_owned()
}

fn ok() -> u16 {
    200
}
