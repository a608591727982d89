//! Whatever can be invoked with an event: a function of this gateway, one behind Lambda's Invoke API, or a web server.

mod lambda;
mod webhook;

pub(crate) use lambda::LambdaApi;
pub(crate) use webhook::Webhook;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::figures;
use crate::function::{Function, InvokeError};

/// The largest answer, which is Lambda's.
const MAX_ANSWER_BYTES: usize = 6 * 1024 * 1024;

/// Something that answers events.
#[derive(Debug)]
pub(crate) enum Backend {
    Function(Arc<Function>),
    Lambda(LambdaApi),
    Webhook(Webhook),
}

/// An event came to nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum BackendError {
    /// The function itself failed, and says why.
    #[error("the function failed: {}", String::from_utf8_lossy(payload))]
    Function {
        /// What it says, in JSON.
        payload: Bytes,
    },
    #[error("it took too long")]
    TimedOut,
    #[error("too many events wait already")]
    Throttled,
    #[error("{0}")]
    Failed(String),
}

impl Backend {
    /// Hands over an event and waits for what comes back.
    pub(crate) async fn invoke(&self, event: Bytes, timeout: Duration) -> Result<Bytes, BackendError> {
        let began = tokio::time::Instant::now();
        let work = async {
            match self {
                Self::Function(function) => function.invoke(event).await.map_err(BackendError::from),
                Self::Lambda(lambda) => lambda.invoke(event).await,
                Self::Webhook(webhook) => webhook.invoke(event).await,
            }
        };
        let outcome = tokio::time::timeout(timeout, work).await.unwrap_or(Err(BackendError::TimedOut));
        metrics::histogram!(figures::INTEGRATION_SECONDS, "kind" => self.kind()).record(began.elapsed());
        outcome
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Function(_) => "function",
            Self::Lambda(_) => "lambda",
            Self::Webhook(_) => "http",
        }
    }
}

impl From<InvokeError> for BackendError {
    fn from(error: InvokeError) -> Self {
        match error {
            InvokeError::Failed(payload) => Self::Function { payload },
            InvokeError::Throttled => Self::Throttled,
            InvokeError::Stopped => Self::Failed("the gateway is stopping".to_owned()),
        }
    }
}
