//! What answers a route.

mod http_proxy;
pub(crate) mod parameters;

pub(crate) use http_proxy::HttpProxy;

use std::time::Duration;

use bytes::Bytes;

use crate::backend::{Backend, BackendError};
use crate::event::{Handshake, ProxyEvent};
use crate::proxy_response::ProxyResponse;

/// An integration.
#[derive(Debug)]
pub(crate) enum Integration {
    /// Gets the whole event, and answers with a status.
    Proxy { backend: Backend, timeout: Duration },
    /// Gets the message.
    HttpProxy { proxy: HttpProxy, timeout: Duration },
    /// Always answers the same.
    Mock(ProxyResponse),
}

impl Integration {
    /// What it says to an event. The handshake exists for `$connect` only.
    pub(crate) async fn answer(
        &self,
        event: &ProxyEvent<'_>,
        handshake: Option<&Handshake>,
    ) -> Result<ProxyResponse, BackendError> {
        match self {
            Self::Proxy { backend, timeout } => {
                let answer = backend.invoke(event.to_json(), *timeout).await?;
                ProxyResponse::parse(&answer).map_err(|error| BackendError::Failed(error.to_string()))
            }
            Self::HttpProxy { proxy, timeout } => {
                let work = proxy.answer(event, handshake);
                tokio::time::timeout(*timeout, work).await.unwrap_or(Err(BackendError::TimedOut))
            }
            Self::Mock(answer) => Ok(answer.clone()),
        }
    }

    /// What comes back for an event, as it is: for authorizers.
    pub(crate) async fn answer_as_is(&self, event: &ProxyEvent<'_>) -> Result<Bytes, BackendError> {
        match self {
            Self::Proxy { backend, timeout } => backend.invoke(event.to_json(), *timeout).await,
            Self::HttpProxy { .. } | Self::Mock(_) => {
                Err(BackendError::Failed("this kind of integration decides nothing".to_owned()))
            }
        }
    }
}
