//! What the types of the configuration cannot say.

use std::collections::HashSet;
use std::time::Duration;

use super::{Api, Authorization, Config, Function, Integration, Route};
use crate::connection_id::NodeTag;
use crate::identity::IdentitySource;
use crate::integration::parameters;
use crate::route::SelectionExpression;

/// All that is wrong, in the words of the file.
pub(super) fn problems(config: &Config) -> Vec<String> {
    let mut problems = Vec::new();
    if config.apis.is_empty() {
        problems.push("there is no API: add [[apis]]".to_owned());
    }
    nodes(config, &mut problems);
    credentials(config, &mut problems);
    limits(config, &mut problems);
    for (name, function) in &config.functions {
        check_function(config, name, function, &mut problems);
    }
    let mut seen = HashSet::new();
    for api in &config.apis {
        if !seen.insert((&api.id, &api.stage)) {
            problems.push(format!("API {} has stage {} twice", api.id, api.stage));
        }
        check_api(config, api, &mut problems);
    }
    problems
}

fn nodes(config: &Config, problems: &mut Vec<String>) {
    if config.peers.is_empty() {
        return;
    }
    if config.node.listen.is_none() {
        problems.push("peers need node.listen: that is where they come in".to_owned());
    }
    if config.node.secret.as_ref().is_none_or(|secret| secret.expose().len() < 16) {
        problems.push("peers need node.secret of at least 16 characters, the same on each node".to_owned());
    }
    let mut tags = HashSet::from([NodeTag::of(&config.node.name)]);
    for peer in &config.peers {
        if !tags.insert(NodeTag::of(&peer.name)) {
            problems.push(format!("the node name {} cannot be told from another's", peer.name));
        }
        url(&format!("peer {}", peer.name), &peer.url, problems);
    }
}

fn credentials(config: &Config, problems: &mut Vec<String>) {
    let mut seen = HashSet::new();
    for credential in &config.credentials {
        let id = &credential.access_key_id;
        if !seen.insert(id) {
            problems.push(format!("the access key {id} is there twice"));
        }
        if credential.secret_access_key.as_ref().is_none_or(|secret| secret.expose().is_empty()) {
            problems.push(format!("the access key {id} has no secret_access_key"));
        }
        for api in &credential.apis {
            if !config.apis.iter().any(|known| known.id == *api) {
                problems.push(format!("the access key {id} is for an unknown API {api}"));
            }
        }
    }
    if config.management.authorization == Authorization::None && !config.listen.ip().is_loopback() {
        problems.push(
            "management.authorization = \"none\" is for development: listen on a loopback address".to_owned(),
        );
    }
}

fn limits(config: &Config, problems: &mut Vec<String>) {
    let limits = &config.limits;
    let counts = [
        ("max_message_bytes", limits.max_message_bytes),
        ("max_frame_bytes", limits.max_frame_bytes),
        ("max_queued_bytes", limits.max_queued_bytes),
        ("max_in_flight_per_connection", limits.max_in_flight_per_connection),
        ("max_in_flight", limits.max_in_flight),
        ("max_connections", limits.max_connections),
        ("max_sockets", limits.max_sockets),
    ];
    for (name, count) in counts {
        if count == 0 {
            problems.push(format!("limits.{name} cannot be 0"));
        }
    }
    if limits.max_queued_bytes < limits.max_message_bytes {
        problems
            .push("limits.max_queued_bytes is less than one message: limits.max_message_bytes".to_owned());
    }
    if limits.write_timeout.is_zero() {
        problems.push("limits.write_timeout cannot be 0".to_owned());
    }
}

fn check_function(config: &Config, name: &str, function: &Function, problems: &mut Vec<String>) {
    if function.command.first().is_none_or(String::is_empty) {
        problems.push(format!("function {name} has no command"));
    }
    if function.max_processes == 0 || function.max_queued == 0 {
        problems.push(format!("function {name} needs max_processes and max_queued of at least 1"));
    }
    if function.min_processes > function.max_processes {
        problems.push(format!("function {name} has a min_processes over its max_processes"));
    }
    if function.timeout.is_zero() || function.init_timeout.is_zero() {
        problems.push(format!("function {name} needs a timeout and an init_timeout"));
    }
    if let Some(id) = &function.access_key_id
        && !config.credentials.iter().any(|credential| credential.access_key_id == *id)
    {
        problems.push(format!("function {name} is to sign with {id}, which is not among the credentials"));
    }
}

fn check_api(config: &Config, api: &Api, problems: &mut Vec<String>) {
    let id = &api.id;
    if id.is_empty() || api.stage.is_empty() || api.stage.contains('/') {
        problems.push(format!("API {id:?} needs an id, and a stage that is one part of a path"));
    }
    if SelectionExpression::parse(&api.route_selection_expression).is_none() {
        let expression = &api.route_selection_expression;
        problems.push(format!("API {id}: {expression:?} is not of the form $request.body.name"));
    }
    for (name, integration) in &api.integrations {
        check_integration(config, &format!("API {id}, integration {name}"), integration, problems);
    }
    for (name, authorizer) in &api.authorizers {
        let what = format!("API {id}, authorizer {name}");
        match api.integrations.get(&authorizer.integration) {
            None => problems.push(format!("{what}: there is no integration {}", authorizer.integration)),
            Some(Integration::HttpProxy { .. } | Integration::Mock { .. }) => {
                problems.push(format!("{what}: its integration must be a function, lambda or http"));
            }
            Some(_) => {}
        }
        for source in &authorizer.identity_sources {
            if IdentitySource::parse(source).is_none() {
                problems.push(format!("{what}: {source:?} is no identity source"));
            }
        }
    }
    let mut seen = HashSet::new();
    for route in &api.routes {
        if !seen.insert(&route.key) {
            problems.push(format!("API {id} has the route {} twice", route.key));
        }
        check_route(api, route, problems);
    }
}

fn check_route(api: &Api, route: &Route, problems: &mut Vec<String>) {
    let what = format!("API {}, route {}", api.id, route.key);
    if !api.integrations.contains_key(&route.integration) {
        problems.push(format!("{what}: there is no integration {}", route.integration));
    }
    if (route.authorizer.is_some() || route.iam) && route.key != "$connect" {
        problems.push(format!("{what}: only $connect can have an authorizer or iam"));
    }
    if route.authorizer.is_some() && route.iam {
        problems.push(format!("{what}: it is either an authorizer or iam"));
    }
    if let Some(name) = &route.authorizer
        && !api.authorizers.contains_key(name)
    {
        problems.push(format!("{what}: there is no authorizer {name}"));
    }
    if route.key.starts_with('$') && !matches!(route.key.as_str(), "$connect" | "$disconnect" | "$default") {
        problems.push(format!("{what}: there is no such route of the gateway's own"));
    }
}

fn check_integration(config: &Config, what: &str, integration: &Integration, problems: &mut Vec<String>) {
    let mut in_time = |timeout: Duration| {
        if timeout.is_zero() {
            problems.push(format!("{what}: it needs a timeout"));
        }
    };
    match integration {
        Integration::Function { function, timeout } => {
            in_time(*timeout);
            if !config.functions.contains_key(function) {
                problems.push(format!("{what}: there is no function {function}"));
            }
        }
        Integration::Lambda { endpoint, secret_access_key, timeout, .. } => {
            in_time(*timeout);
            if secret_access_key.is_none() {
                problems.push(format!("{what}: it has no secret_access_key"));
            }
            if let Some(endpoint) = endpoint {
                url(what, endpoint, problems);
            }
        }
        Integration::Http { url: to, headers, timeout } => {
            in_time(*timeout);
            url(what, to, problems);
            for (name, value) in headers {
                if http::HeaderName::try_from(name).is_err()
                    || http::HeaderValue::try_from(value.expose()).is_err()
                {
                    problems.push(format!("{what}: {name:?} is no header"));
                }
            }
        }
        Integration::HttpProxy { url: to, method, request_parameters, timeout } => {
            in_time(*timeout);
            url(what, to, problems);
            if http::Method::try_from(method.as_str()).is_err() {
                problems.push(format!("{what}: {method:?} is no method"));
            }
            for (to, from) in request_parameters {
                if parameters::Mapping::parse(to, from).is_none() {
                    problems.push(format!("{what}: {to:?} = {from:?} is no mapping that is known"));
                }
            }
        }
        Integration::Mock { status, .. } => {
            if http::StatusCode::from_u16(*status).is_err() {
                problems.push(format!("{what}: {status} is no status"));
            }
        }
    }
}

fn url(what: &str, text: &str, problems: &mut Vec<String>) {
    let is_url = reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !is_url {
        problems.push(format!("{what}: {text:?} is no http:// or https:// URL"));
    }
}
