//! What becomes of a client's message: its route is found, the route's integration is asked, and where the route has a
//! response, the client gets it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::OwnedSemaphorePermit;

use crate::api::Route;
use crate::backend::BackendError;
use crate::connection::Connection;
use crate::event::{EventType, ProxyEvent, RequestPart};
use crate::figures;
use crate::gateway::Gateway;
use crate::outbound::NotTaken;
use crate::rates::Rate;
use crate::request_id;

/// Takes a message in. Returns once there is room to work on it; the work itself goes on by itself.
pub(crate) async fn receive(
    gateway: &Arc<Gateway>,
    connection: &Arc<Connection>,
    message: String,
    rate: &Rate,
    permit: OwnedSemaphorePermit,
) {
    let now_ms = gateway.surroundings.now_ms();
    connection.last_active_at.store(now_ms, Ordering::Relaxed);
    if !rate.take() || !gateway.rates.requests.take() {
        count("limited");
        connection.send_error("Too Many Requests", &request_id::short(&gateway.surroundings), now_ms);
        return;
    }
    let Ok(in_flight) = gateway.in_flight.clone().acquire_owned().await else { return };
    let (gateway, connection) = (gateway.clone(), connection.clone());
    gateway.clone().tasks.spawn(async move {
        let _permits = (permit, in_flight);
        let result = work(&gateway, &connection, &message).await;
        count(result);
    });
}

async fn work(gateway: &Gateway, connection: &Connection, message: &str) -> &'static str {
    let surroundings = &gateway.surroundings;
    let Some(route) = connection.api.message_route(message) else {
        connection.send_error("Forbidden", &request_id::short(surroundings), surroundings.now_ms());
        return "no_route";
    };
    let context = connection.context(surroundings, &route.key, EventType::Message);
    let event = ProxyEvent {
        kind: None,
        method_arn: None,
        request: RequestPart::Message {},
        request_context: &context,
        stage_variables: &connection.api.stage_variables,
        body: Some(message),
        is_base64_encoded: Some(false),
    };
    let error = match route.integration.answer(&event, None).await {
        Ok(answer) => {
            respond(gateway, connection, route, &answer.body);
            return "done";
        }
        Err(error) => error,
    };
    tracing::warn!(
        api = connection.api.id, stage = connection.api.stage, route = route.key, connection = %connection.id, %error,
        "a message came to nothing"
    );
    let (text, result) = match error {
        BackendError::TimedOut => ("Internal server error", "timed_out"),
        BackendError::Throttled => ("Too Many Requests", "throttled"),
        BackendError::Function { .. } | BackendError::Failed(_) => ("Internal server error", "failed"),
    };
    connection.send_error(text, &context.request_id, surroundings.now_ms());
    result
}

/// The client gets what the integration answers, where the route says so and there is something.
fn respond(gateway: &Gateway, connection: &Connection, route: &Route, body: &[u8]) {
    if !route.response || body.is_empty() {
        return;
    }
    match connection.send(body, gateway.surroundings.now_ms()) {
        Ok(()) | Err(NotTaken::Closed) => {}
        Err(NotTaken::Full) => {
            tracing::warn!(connection = %connection.id, "a response found its client's queue full");
        }
    }
}

fn count(result: &'static str) {
    metrics::counter!(figures::MESSAGES, "result" => result).increment(1);
}
