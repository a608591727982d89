//! A live connection: what is known of it, and the way to its client.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use chinwag_websocket::{MessageKind, message};
use serde_json::{Map, Value};

use crate::api::Api;
use crate::connection_id::ConnectionId;
use crate::event::{EventType, Identity, RequestContext, request_time};
use crate::figures;
use crate::outbound::{NotTaken, Outbound};
use crate::request_id;
use crate::surroundings::Surroundings;

/// A connection, from the beginning of its handshake on.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    pub(crate) api: Arc<Api>,
    /// The host by which its events name the API.
    pub(crate) domain_name: String,
    pub(crate) connected_at: i64,
    pub(crate) identity: Identity,
    /// What the authorizer said; in every event.
    pub(crate) authorizer: Option<Map<String, Value>>,
    pub(crate) outbound: Outbound,
    pub(crate) last_active_at: AtomicI64,
}

impl Connection {
    /// Queues a message for the client: text where it is text.
    pub(crate) fn send(&self, payload: &[u8], now_ms: i64) -> Result<(), NotTaken> {
        let kind = match std::str::from_utf8(payload) {
            Ok(_) => MessageKind::Text,
            Err(_) => MessageKind::Binary,
        };
        self.outbound.push(message(kind, payload))?;
        self.last_active_at.store(now_ms, Ordering::Relaxed);
        metrics::counter!(figures::SENT).increment(1);
        Ok(())
    }

    /// Tells the client that its message came to nothing, as the service does. Nobody minds if it cannot be told.
    pub(crate) fn send_error(&self, text: &str, request_id: &str, now_ms: i64) {
        let error = serde_json::json!({
            "message": text, "connectionId": self.id.to_string(), "requestId": request_id,
        });
        let _ = self.send(&Bytes::from(error.to_string()), now_ms);
    }

    /// The context of an event of this connection.
    pub(crate) fn context(
        &self,
        surroundings: &Surroundings,
        route_key: &str,
        event_type: EventType,
    ) -> RequestContext {
        let now_ms = surroundings.now_ms();
        let request_id = request_id::short(surroundings);
        let is_message = event_type == EventType::Message;
        RequestContext {
            route_key: route_key.to_owned(),
            authorizer: self.authorizer.clone(),
            message_id: is_message.then(|| request_id::short(surroundings)),
            event_type,
            extended_request_id: request_id.clone(),
            request_time: request_time(now_ms),
            message_direction: "IN",
            disconnect: None,
            stage: self.api.stage.clone(),
            connected_at: self.connected_at,
            request_time_epoch: now_ms,
            identity: self.identity.clone(),
            request_id,
            domain_name: self.domain_name.clone(),
            connection_id: self.id.to_string(),
            api_id: self.api.id.clone(),
        }
    }
}
