//! Reading a request's body: within the size that its route allows, and within a time.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use chinwag_api::{ApiError, ErrorCode};
use tokio::time::timeout;

/// How long a body may take in all. A client that never ends its body would hold its connection for ever.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// The whole body of a request.
///
/// # Errors
/// `too_large` above the route's limit; `bad_request` where it is cut off or takes too long.
pub(crate) async fn read(request: Request) -> Result<Bytes, ApiError> {
    match timeout(BODY_TIMEOUT, Bytes::from_request(request, &())).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(ApiError::because(ErrorCode::TooLarge, "the body is larger than this call needs"))
        }
        Ok(Err(_)) => Err(ApiError::because(ErrorCode::BadRequest, "the body was cut off")),
        Err(_) => Err(ApiError::because(ErrorCode::BadRequest, "the body took too long to arrive")),
    }
}
