//! The way up for transports that only lead down: commands come by `POST /emulation` and find their connection by its
//! session id, which only its client knows. Where another node holds the connection, [`relay`](super::relay) brings
//! them there.

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use chinwag_api::{ApiError, ErrorCode};
use chinwag_protocol::{EmulationRequest, Encoding};
use hashbrown::HashMap;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::http::Failure;

/// How many frames may wait for one connection.
const WAITING_FRAMES: usize = 16;

/// The connections of this node whose commands come by `POST`.
#[derive(Debug, Default)]
pub(crate) struct Emulated(Mutex<HashMap<String, mpsc::Sender<Bytes>>>);

impl Emulated {
    /// Opens the way to a connection.
    pub(super) fn open(&self, session: &str) -> mpsc::Receiver<Bytes> {
        let (sender, receiver) = mpsc::channel(WAITING_FRAMES);
        self.0.lock().insert(session.to_owned(), sender);
        receiver
    }

    /// Closes it.
    pub(super) fn close(&self, session: &str) {
        self.0.lock().remove(session);
    }

    /// Whether the connection is one of these.
    pub(super) fn holds(&self, session: &str) -> bool {
        self.0.lock().contains_key(session)
    }

    /// Passes a frame on.
    pub(super) fn deliver(&self, request: EmulationRequest) -> Result<StatusCode, Failure> {
        let connection = self.0.lock().get(&request.session).cloned();
        match connection.ok_or_else(gone)?.try_send(request.data) {
            Ok(()) => Ok(StatusCode::NO_CONTENT),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(gone().into()),
            Err(mpsc::error::TrySendError::Full(_)) => {
                Err(ApiError::too_many_requests(std::time::Duration::from_secs(1)).into())
            }
        }
    }
}

/// The connection is not there, or not any more.
pub(super) fn gone() -> ApiError {
    ApiError::because(ErrorCode::NotFound, "there is no such connection; connect again")
}

/// A frame of commands and the session that it is for, from the body of a client's request.
pub(super) fn decode(headers: &HeaderMap, body: &[u8]) -> Result<EmulationRequest, Failure> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let encoding = Encoding::from_content_type(content_type.unwrap_or_default());
    EmulationRequest::decode_body(encoding, body)
        .map_err(|error| ApiError::because(ErrorCode::BadRequest, error.to_string()).into())
}
