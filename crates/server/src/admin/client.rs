//! The command line's end of the admin socket.

mod exchange;
mod import;
mod keys;
mod nodes;
mod outbox;
mod users;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite};

use super::problem::AdminProblem;
use super::{SessionDetail, SessionReport};

/// Why the node did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody answers on the socket.
    #[error("no node is running with the admin socket {} ({error}); is --data-dir the node's?", socket.display())]
    NotRunning {
        /// The socket that was tried.
        socket: PathBuf,
        /// What came of it.
        #[source]
        error: std::io::Error,
    },
    /// The connection broke.
    #[error("the node did not answer: {0}")]
    Http(#[from] hyper::Error),
    /// The node answered that it will not or cannot.
    #[error("{0}")]
    Refused(String),
    /// What was answered could not be kept.
    #[error("cannot write: {0}")]
    File(#[source] std::io::Error),
    /// The node is of another version.
    #[error("the node's answer makes no sense to this version of chinwag: {0}")]
    Malformed(#[from] serde_json::Error),
}

/// Asks the node behind a socket.
#[derive(Debug)]
pub struct AdminClient {
    socket: PathBuf,
}

impl AdminClient {
    /// A client for the node behind that socket. Connects when it is asked something.
    #[must_use]
    pub fn new(socket: &Path) -> Self {
        Self { socket: socket.to_owned() }
    }

    /// Everybody's sessions, or those of the user of that name or id.
    pub async fn sessions(&self, user: Option<&str>) -> Result<Vec<SessionReport>, ClientError> {
        let query = user.map(|user| format!("?user={}", percent_encoded(user))).unwrap_or_default();
        self.get(&format!("/sessions{query}")).await
    }

    /// One session with its connections.
    pub async fn session(&self, id: &str) -> Result<SessionDetail, ClientError> {
        self.get(&format!("/sessions/{}", percent_encoded(id))).await
    }

    /// Ends a session.
    pub async fn revoke(&self, id: &str) -> Result<(), ClientError> {
        self.ask(Method::DELETE, &format!("/sessions/{}", percent_encoded(id))).await.map(drop)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        Ok(serde_json::from_slice(&self.ask(Method::GET, path).await?)?)
    }

    async fn ask(&self, method: Method, path: &str) -> Result<Bytes, ClientError> {
        let stream = self.connect().await?;
        let (status, body) = send(stream, method, path).await?;
        if status.is_success() { Ok(body) } else { Err(refusal(status, &body)) }
    }
}

/// What the node said instead of an answer.
fn refusal(status: StatusCode, body: &[u8]) -> ClientError {
    let problem: Result<AdminProblem, _> = serde_json::from_slice(body);
    ClientError::Refused(problem.map_or_else(|_| status.to_string(), |problem| problem.detail))
}

/// Sends one request without a body and reads the whole answer.
pub(crate) async fn send<S>(
    stream: S,
    method: Method,
    path: &str,
) -> Result<(StatusCode, Bytes), hyper::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let mut request = Request::new(Empty::<Bytes>::new());
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap_or_default();
    request.headers_mut().insert(header::HOST, header::HeaderValue::from_static("localhost"));
    let exchange = async move {
        let response = sender.send_request(request).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    };
    // The connection has to be driven while the answer is awaited. It ends when the answer is there and `sender` is
    // gone, or it breaks, and then the exchange fails as well; so the answer alone counts.
    let (_, answer) = futures_util::future::join(connection, exchange).await;
    answer
}

/// Text as part of a path or query.
pub(crate) fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
