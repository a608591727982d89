//! A web server that gets events as JSON and answers as a function would.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use reqwest::Url;

use super::lambda::failed;
use super::{BackendError, MAX_ANSWER_BYTES};
use crate::body::read_answer;

/// Where events are posted.
#[derive(Debug)]
pub(crate) struct Webhook {
    client: reqwest::Client,
    url: Url,
    headers: HeaderMap,
}

impl Webhook {
    pub(crate) fn new(client: reqwest::Client, url: Url, mut headers: HeaderMap) -> Self {
        headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        for value in headers.values_mut() {
            value.set_sensitive(true);
        }
        Self { client, url, headers }
    }

    pub(super) async fn invoke(&self, event: Bytes) -> Result<Bytes, BackendError> {
        let request = self.client.post(self.url.clone()).headers(self.headers.clone()).body(event);
        let response = request.send().await.map_err(failed)?;
        let status = response.status();
        if !status.is_success() {
            return Err(BackendError::Failed(format!("it answers {status}")));
        }
        let too_large = || BackendError::Failed("its answer is too large or broke off".to_owned());
        let answer = read_answer(response, MAX_ANSWER_BYTES).await.ok_or_else(too_large)?;
        // A server that has nothing to say need not say it in JSON.
        Ok(if answer.is_empty() { Bytes::from_static(br#"{"statusCode":200}"#) } else { answer })
    }
}
