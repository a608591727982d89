//! Exchanges that are too long to be held: answers taken piece by piece, and bodies.

use std::io;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Body as _;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use super::{AdminClient, ClientError, refusal};

impl AdminClient {
    /// Hands the answer to a question to `take`, piece by piece. An answer that breaks off is an error.
    pub async fn pieces(
        &self,
        path: &str,
        mut take: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), ClientError> {
        let stream = self.connect().await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let request = request(Method::GET, path, Bytes::new());
        let exchange = async move {
            let response = sender.send_request(request).await?;
            let status = response.status();
            let mut body = response.into_body();
            if !status.is_success() {
                return Err(refusal(status, &body.collect().await?.to_bytes()));
            }
            while !body.is_end_stream() {
                let Some(frame) = body.frame().await else { break };
                if let Ok(piece) = frame?.into_data() {
                    take(&piece).map_err(ClientError::File)?;
                }
            }
            Ok(())
        };
        let (_, answer) = futures_util::future::join(connection, exchange).await;
        answer
    }

    /// Asks with a body, and has the whole answer.
    pub(super) async fn post(&self, path: &str, body: Bytes) -> Result<Bytes, ClientError> {
        let stream = self.connect().await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let request = request(Method::POST, path, body);
        let exchange = async move {
            let response = sender.send_request(request).await?;
            let status = response.status();
            let body = response.into_body().collect().await?.to_bytes();
            if status.is_success() { Ok(body) } else { Err(refusal(status, &body)) }
        };
        let (_, answer) = futures_util::future::join(connection, exchange).await;
        answer
    }

    pub(super) async fn connect(&self) -> Result<UnixStream, ClientError> {
        UnixStream::connect(&self.socket)
            .await
            .map_err(|error| ClientError::NotRunning { socket: self.socket.clone(), error })
    }
}

fn request(method: Method, path: &str, body: Bytes) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap_or_default();
    let headers = request.headers_mut();
    headers.insert(header::HOST, header::HeaderValue::from_static("localhost"));
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    request
}
