//! What calls are made of: JSON bodies, queries and path ids, with problems for what cannot be read.

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header;
use axum::http::request::Parts;
use chinwag_api::{ApiError, ErrorCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::{Failure, HttpState, body};

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<HttpState> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &HttpState) -> Result<Self, Failure> {
        if !is_json(&request) {
            return Err(Failure::new(ErrorCode::UnsupportedMediaType));
        }
        Ok(Self(chinwag_api::decode(&body::read(request).await?)?))
    }
}

/// Whether the body claims to be JSON. Browsers send that across origins only after asking, unlike plain text.
fn is_json(request: &Request) -> bool {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// The query.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<HttpState> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Failure> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        let Query(query) = query
            .map_err(|rejection| Failure(ApiError::because(ErrorCode::BadRequest, rejection.body_text())))?;
        Ok(Self(query))
    }
}

/// The ids in the path.
pub(super) struct Ids<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<HttpState> for Ids<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Failure> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        let Path(ids) =
            path.map_err(|_| Failure(ApiError::because(ErrorCode::BadRequest, "the path is not UTF-8")))?;
        Ok(Self(ids))
    }
}

/// The number of a message in the path. What cannot be one is a message that there is not, as number 0 is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MessageNumber(pub(super) u64);

impl<'de> Deserialize<'de> for MessageNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self(text.parse().unwrap_or(0)))
    }
}
