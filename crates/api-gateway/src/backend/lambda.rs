//! Lambda's Invoke API, of AWS or of anything that speaks it.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

use super::{BackendError, MAX_ANSWER_BYTES};
use crate::body::read_answer;
use crate::sigv4::{Signer, sign};
use crate::surroundings::Surroundings;

const INVOCATION_TYPE: HeaderName = HeaderName::from_static("x-amz-invocation-type");
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");

/// One function there.
pub(crate) struct LambdaApi {
    client: reqwest::Client,
    url: Url,
    signer: Signer,
    asynchronous: bool,
    surroundings: Arc<Surroundings>,
}

impl LambdaApi {
    /// None where the endpoint is no URL.
    pub(crate) fn new(
        client: reqwest::Client,
        endpoint: Option<&str>,
        function: &str,
        signer: Signer,
        asynchronous: bool,
        surroundings: Arc<Surroundings>,
    ) -> Option<Self> {
        let endpoint = match endpoint {
            Some(endpoint) => endpoint.trim_end_matches('/').to_owned(),
            None => format!("https://lambda.{}.amazonaws.com", signer.region),
        };
        let function = utf8_percent_encode(function, NON_ALPHANUMERIC);
        let url = Url::parse(&format!("{endpoint}/2015-03-31/functions/{function}/invocations")).ok()?;
        Some(Self { client, url, signer, asynchronous, surroundings })
    }

    pub(super) async fn invoke(&self, event: Bytes) -> Result<Bytes, BackendError> {
        let how = if self.asynchronous { "Event" } else { "RequestResponse" };
        let headers = HeaderMap::from_iter([
            (INVOCATION_TYPE, HeaderValue::from_static(how)),
            (http::header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        ]);
        let now_ms = self.surroundings.now_ms();
        let headers = sign(&self.signer, &Method::POST, &self.url, headers, &event, now_ms);
        let request = self.client.post(self.url.clone()).headers(headers).body(event);
        let response = request.send().await.map_err(failed)?;
        let (status, is_function_error) =
            (response.status(), response.headers().contains_key(FUNCTION_ERROR));
        let too_large = || BackendError::Failed("its answer is too large or broke off".to_owned());
        let payload = read_answer(response, MAX_ANSWER_BYTES).await.ok_or_else(too_large)?;
        match status {
            _ if is_function_error => Err(BackendError::Function { payload }),
            StatusCode::TOO_MANY_REQUESTS => Err(BackendError::Throttled),
            // Nobody knows yet what will become of it.
            StatusCode::ACCEPTED => Ok(Bytes::from_static(br#"{"statusCode":202}"#)),
            status if status.is_success() => Ok(payload),
            status => {
                let said = String::from_utf8_lossy(&payload);
                let said = &said[..said.floor_char_boundary(500)];
                Err(BackendError::Failed(format!("Lambda answers {status}: {said}")))
            }
        }
    }
}

pub(super) fn failed(error: reqwest::Error) -> BackendError {
    // The URL may hold a secret; the operator knows it anyway.
    BackendError::Failed(format!("it cannot be reached: {}", error.without_url()))
}

impl std::fmt::Debug for LambdaApi {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LambdaApi").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}
