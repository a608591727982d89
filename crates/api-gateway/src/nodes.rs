//! Other nodes: a connection's id names the node that has it, and a call for it is handed on there, signed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

use crate::body::read_answer;
use crate::config;
use crate::connection_id::{ConnectionId, NodeTag};
use crate::figures;
use crate::management::Scope;
use crate::sigv4::{KeyRing, Refusal, Request, Signer, Verifier, sign};
use crate::surroundings::Surroundings;

/// The name by which nodes sign for one another; no service of AWS is called that.
const SERVICE: &str = "chinwag-gateway";
const ACCESS_KEY_ID: &str = "node";
/// How far the clocks of nodes may be apart.
const CLOCK_SKEW: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// What this node knows of the others.
pub(crate) struct Nodes {
    peers: HashMap<NodeTag, Url>,
    client: reqwest::Client,
    signer: Option<Signer>,
    keys: KeyRing,
    region: String,
    surroundings: Arc<Surroundings>,
}

/// Why another node gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// No such node is known, or no process is there: its connections have ended with it.
    Gone,
    /// It may be there, and may even have done it.
    OutOfReach,
}

impl Nodes {
    pub(crate) fn new(
        node: &config::Node,
        peers: &[config::Peer],
        region: &str,
        client: reqwest::Client,
        surroundings: Arc<Surroundings>,
    ) -> Self {
        let peer = |peer: &config::Peer| Some((NodeTag::of(&peer.name), Url::parse(&peer.url).ok()?));
        let signer = node.secret.clone().map(|secret| Signer {
            access_key_id: ACCESS_KEY_ID.to_owned(),
            secret,
            session_token: None,
            region: region.to_owned(),
            service: SERVICE,
        });
        let keys = node.secret.clone().map(|secret| KeyRing::of(ACCESS_KEY_ID, secret)).unwrap_or_default();
        let peers = peers.iter().filter_map(peer).collect();
        Self { peers, client, signer, keys, region: region.to_owned(), surroundings }
    }

    /// Hands a call on to the node that has the connection.
    pub(crate) async fn forward(
        &self,
        method: &Method,
        id: ConnectionId,
        scope: &Scope,
        body: Bytes,
    ) -> Result<Response<Body>, NoAnswer> {
        let (Some(peer), Some(signer)) = (self.peers.get(&id.node()), &self.signer) else {
            return Err(NoAnswer::Gone);
        };
        let mut url = peer.clone();
        url.set_path(&format!("/connections/{}", utf8_percent_encode(&id.to_string(), NON_ALPHANUMERIC)));
        url.query_pairs_mut().clear().extend_pairs(scope.pairs());
        let headers = sign(signer, method, &url, HeaderMap::new(), &body, self.surroundings.now_ms());
        let request = self.client.request(method.clone(), url).headers(headers).body(body).timeout(TIMEOUT);
        let outcome = match request.send().await {
            Ok(response) => Ok(response),
            Err(error) if is_refused(&error) => Err(NoAnswer::Gone),
            Err(error) => {
                tracing::warn!(error = %error.without_url(), "a node is out of reach");
                Err(NoAnswer::OutOfReach)
            }
        };
        let result = if outcome.is_ok() { "answered" } else { "out_of_reach" };
        metrics::counter!(figures::FORWARDED, "result" => result).increment(1);
        self.pass_on(outcome?).await
    }

    /// Its answer as our own.
    async fn pass_on(&self, response: reqwest::Response) -> Result<Response<Body>, NoAnswer> {
        let status = response.status();
        if status == StatusCode::UNAUTHORIZED {
            tracing::error!(
                "another node does not accept this one's signature: node.secret or clocks differ"
            );
            return Err(NoAnswer::OutOfReach);
        }
        let kind = response.headers().get("x-amzn-errortype").cloned();
        let body = read_answer(response, MAX_ANSWER_BYTES).await.ok_or(NoAnswer::OutOfReach)?;
        let mut answer = Response::new(Body::from(body));
        *answer.status_mut() = status;
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(kind) = kind {
            headers.insert("x-amzn-errortype", kind);
        }
        Ok(answer)
    }

    /// Whether another node signed a request.
    pub(crate) fn verify(&self, request: &Request<'_>) -> Result<(), Refusal> {
        let verifier = Verifier {
            keys: &self.keys,
            region: &self.region,
            service: SERVICE,
            clock_skew: CLOCK_SKEW,
            now_ms: self.surroundings.now_ms(),
        };
        verifier.verify(request).map(|_| ())
    }
}

/// Whether nothing listens there any more.
fn is_refused(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::ConnectionRefused
        {
            return true;
        }
        source = cause.source();
    }
    false
}
