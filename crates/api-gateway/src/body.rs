//! Bodies of bounded size, in bounded time.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};

/// How long a request's body may take.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a request's body is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    TooLarge,
    Broken,
}

/// The whole body of a request.
pub(crate) async fn read(body: Incoming, max_bytes: usize) -> Result<Bytes, BodyError> {
    // Said beforehand, it need not be sent.
    if body.size_hint().lower() > max_bytes as u64 {
        return Err(BodyError::TooLarge);
    }
    let whole = tokio::time::timeout(READ_TIMEOUT, Limited::new(body, max_bytes).collect()).await;
    match whole {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(_)) | Err(_) => Err(BodyError::Broken),
    }
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
