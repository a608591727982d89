//! `HTTP_PROXY`: a web server gets the message itself, and what mappings add to it.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use reqwest::Url;

use super::parameters::{Destination, Mapping};
use crate::backend::BackendError;
use crate::body::read_answer;
use crate::event::{Handshake, ProxyEvent};
use crate::figures;
use crate::proxy_response::ProxyResponse;

/// The largest answer.
const MAX_ANSWER_BYTES: usize = 6 * 1024 * 1024;

/// One such server.
#[derive(Debug)]
pub(crate) struct HttpProxy {
    pub(crate) client: reqwest::Client,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) mappings: Vec<Mapping>,
}

impl HttpProxy {
    pub(super) async fn answer(
        &self,
        event: &ProxyEvent<'_>,
        handshake: Option<&Handshake>,
    ) -> Result<ProxyResponse, BackendError> {
        let began = tokio::time::Instant::now();
        let mut url = self.url.clone();
        let mut headers = http::HeaderMap::new();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for mapping in &self.mappings {
            let Some(value) = mapping.source.find(event, handshake) else { continue };
            match &mapping.destination {
                Destination::Header(name) => {
                    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
                    {
                        headers.insert(name, value);
                    }
                }
                Destination::QueryString(name) => {
                    url.query_pairs_mut().append_pair(name, &value);
                }
            }
        }
        let body = Bytes::copy_from_slice(event.body.unwrap_or("").as_bytes());
        let request = self.client.request(self.method.clone(), url).headers(headers).body(body);
        let response = request.send().await.map_err(|error| {
            BackendError::Failed(format!("it cannot be reached: {}", error.without_url()))
        })?;
        let status = response.status().as_u16();
        let too_large = || BackendError::Failed("its answer is too large or broke off".to_owned());
        let body = read_answer(response, MAX_ANSWER_BYTES).await.ok_or_else(too_large)?;
        metrics::histogram!(figures::INTEGRATION_SECONDS, "kind" => "http_proxy").record(began.elapsed());
        Ok(ProxyResponse { status, headers: Vec::new(), body })
    }
}
