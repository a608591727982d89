//! Bodies of bounded size, in bounded time.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};

/// How long a request's body may take.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// How much of a request is read beyond what is taken.
const MAX_PASSED_OVER: usize = 1024 * 1024;

/// Why a request's body is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    TooLarge,
    Broken,
}

/// The whole body of a request. One that is too large is read to its end if that is near: most hear an answer only when they
/// have said all, and a connection that is closed before would take the answer with it.
pub(crate) async fn read(mut body: Incoming, max_bytes: usize) -> Result<Bytes, BodyError> {
    let most = max_bytes.saturating_add(MAX_PASSED_OVER);
    if body.size_hint().lower() > most as u64 {
        return Err(BodyError::TooLarge);
    }
    let whole = async {
        let (mut whole, mut read) = (BytesMut::new(), 0_usize);
        while let Some(frame) = body.frame().await {
            let Ok(part) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
            read = read.saturating_add(part.len());
            if read > most {
                break;
            }
            if read <= max_bytes {
                whole.extend_from_slice(&part);
            }
        }
        if read > max_bytes { Err(BodyError::TooLarge) } else { Ok(whole.freeze()) }
    };
    tokio::time::timeout(READ_TIMEOUT, whole).await.unwrap_or(Err(BodyError::Broken))
}

/// The whole body of somebody's answer; none if it is too large or breaks off.
pub(crate) async fn read_answer(mut response: reqwest::Response, max_bytes: usize) -> Option<Bytes> {
    let mut whole = BytesMut::new();
    while let Some(part) = response.chunk().await.ok()? {
        if whole.len() + part.len() > max_bytes {
            return None;
        }
        whole.extend_from_slice(&part);
    }
    Some(whole.freeze())
}

/// An answer in JSON.
pub(crate) fn json(status: StatusCode, value: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// An error in the form that AWS's SDKs read.
pub(crate) fn aws_error(status: StatusCode, kind: &'static str, message: &str) -> Response<Body> {
    let mut response = json(status, &serde_json::json!({ "message": message }));
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(kind));
    response
}
