//! From the configuration, which has been checked, to what runs.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::Url;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::Gateway;
use crate::api::{Api, Apis};
use crate::authorizer::Authorizer;
use crate::backend::{Backend, LambdaApi, Webhook};
use crate::config::{self, Config};
use crate::connection_id::NodeTag;
use crate::connections::Connections;
use crate::function::Function;
use crate::integration::{HttpProxy, Integration, parameters};
use crate::nodes::Nodes;
use crate::proxy_response::ProxyResponse;
use crate::rates::Rates;
use crate::sigv4::{KeyRing, Signer};
use crate::surroundings::Surroundings;

/// How long a server may take to be connected to.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What functions inherit of the gateway's own environment.
const INHERITED: [&str; 5] = ["PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH"];

impl Gateway {
    pub(crate) fn new(config: &Config, surroundings: Surroundings) -> Result<Arc<Self>, reqwest::Error> {
        let surroundings = Arc::new(surroundings);
        // Redirects are not followed: events go where the operator says and nowhere else.
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let functions = functions(config, &surroundings);
        let parts = Parts { config, client: &client, functions: &functions, surroundings: &surroundings };
        let apis = config.apis.iter().map(|api| Arc::new(parts.api(api))).collect();
        Ok(Arc::new(Self {
            node: NodeTag::of(&config.node.name),
            nodes: Nodes::new(
                &config.node,
                &config.peers,
                &config.region,
                client.clone(),
                surroundings.clone(),
            ),
            apis: Apis::new(apis),
            connections: Connections::new(config.limits.max_connections),
            keys: KeyRing::new(&config.credentials),
            rates: Rates::new(&config.limits),
            region: config.region.clone(),
            account_id: config.account_id.clone(),
            trusted_proxies: config.trusted_proxies.clone(),
            in_flight: Arc::new(Semaphore::new(config.limits.max_in_flight.min(Semaphore::MAX_PERMITS))),
            tasks: TaskTracker::new(),
            is_draining: AtomicBool::new(false),
            limits: config.limits.clone(),
            drain: config.drain.clone(),
            management: config.management.clone(),
            functions,
            surroundings,
        }))
    }
}

fn functions(config: &Config, surroundings: &Arc<Surroundings>) -> HashMap<String, Arc<Function>> {
    let function = |(name, settings): (&String, &config::Function)| {
        let arn = format!("arn:aws:lambda:{}:{}:function:{name}", config.region, config.account_id);
        let environment = environment(config, name, settings);
        (name.clone(), Function::new(name, settings, arn, environment, surroundings.clone()))
    };
    config.functions.iter().map(function).collect()
}

/// What Lambda sets, and what the configuration sets beyond it.
fn environment(config: &Config, name: &str, settings: &config::Function) -> Vec<(String, String)> {
    let inherited = INHERITED.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)));
    let directory = settings.directory.as_deref().map(|directory| directory.display().to_string());
    let memory = settings.memory_mb.to_string();
    let log_group = format!("/aws/lambda/{name}");
    let set = [
        ("_HANDLER", settings.handler.as_str()),
        ("AWS_REGION", &config.region),
        ("AWS_DEFAULT_REGION", &config.region),
        ("AWS_LAMBDA_FUNCTION_NAME", name),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &log_group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", &config.node.name),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("LAMBDA_TASK_ROOT", directory.as_deref().unwrap_or(".")),
        ("TZ", ":UTC"),
    ];
    let set = set.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let key =
        config.credentials.iter().find(|known| Some(&known.access_key_id) == settings.access_key_id.as_ref());
    let key = key.into_iter().flat_map(|key| {
        let secret =
            key.secret_access_key.as_ref().map(|secret| secret.expose().to_owned()).unwrap_or_default();
        [
            ("AWS_ACCESS_KEY_ID".to_owned(), key.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), secret),
        ]
    });
    let own = settings.environment.iter().map(|(name, value)| (name.clone(), value.clone()));
    inherited.chain(set).chain(key).chain(own).collect()
}

/// What APIs are made of.
struct Parts<'a> {
    config: &'a Config,
    client: &'a reqwest::Client,
    functions: &'a HashMap<String, Arc<Function>>,
    surroundings: &'a Arc<Surroundings>,
}

impl Parts<'_> {
    fn api(&self, api: &config::Api) -> Api {
        let integrations: HashMap<&str, Arc<Integration>> = api
            .integrations
            .iter()
            .filter_map(|(name, integration)| Some((name.as_str(), Arc::new(self.integration(integration)?))))
            .collect();
        let authorizers: HashMap<&str, Arc<Authorizer>> = api
            .authorizers
            .iter()
            .filter_map(|(name, authorizer)| {
                let integration = integrations.get(authorizer.integration.as_str())?.clone();
                Some((name.as_str(), Arc::new(Authorizer::new(authorizer, integration))))
            })
            .collect();
        Api::new(api, &self.config.region, &integrations, &authorizers)
    }

    fn integration(&self, integration: &config::Integration) -> Option<Integration> {
        Some(match integration {
            config::Integration::Function { function, timeout } => Integration::Proxy {
                backend: Backend::Function(self.functions.get(function)?.clone()),
                timeout: *timeout,
            },
            config::Integration::Lambda { timeout, .. } => {
                Integration::Proxy { backend: Backend::Lambda(self.lambda(integration)?), timeout: *timeout }
            }
            config::Integration::Http { url, headers, timeout } => {
                let headers: HeaderMap =
                    headers.iter().filter_map(|(name, value)| header(name, value)).collect();
                let webhook = Webhook::new(self.client.clone(), Url::parse(url).ok()?, headers);
                Integration::Proxy { backend: Backend::Webhook(webhook), timeout: *timeout }
            }
            config::Integration::HttpProxy { url, method, request_parameters, timeout } => {
                let mappings = request_parameters.iter();
                let mappings =
                    mappings.filter_map(|(to, from)| parameters::Mapping::parse(to, from)).collect();
                let method = Method::try_from(method.as_str()).ok()?;
                let proxy =
                    HttpProxy { client: self.client.clone(), method, url: Url::parse(url).ok()?, mappings };
                Integration::HttpProxy { proxy, timeout: *timeout }
            }
            config::Integration::Mock { status, body } => Integration::Mock(ProxyResponse {
                status: *status,
                headers: Vec::new(),
                body: body.clone().into(),
            }),
        })
    }

    fn lambda(&self, integration: &config::Integration) -> Option<LambdaApi> {
        let config::Integration::Lambda {
            function,
            endpoint,
            region,
            access_key_id,
            secret_access_key,
            session_token,
            asynchronous,
            ..
        } = integration
        else {
            return None;
        };
        let signer = Signer {
            access_key_id: access_key_id.clone(),
            secret: secret_access_key.clone()?,
            session_token: session_token.clone(),
            region: region.clone().unwrap_or_else(|| self.config.region.clone()),
            service: "lambda",
        };
        let (client, surroundings) = (self.client.clone(), self.surroundings.clone());
        LambdaApi::new(client, endpoint.as_deref(), function, signer, *asynchronous, surroundings)
    }
}

fn header(name: &str, value: &config::Secret) -> Option<(HeaderName, HeaderValue)> {
    Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value.expose()).ok()?))
}
