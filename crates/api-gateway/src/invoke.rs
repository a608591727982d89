//! Lambda's Invoke API for the functions of this gateway: for functions that invoke one another, and for other gateways.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;

use crate::body::{self, BodyError, aws_error, empty};
use crate::config::Authorization;
use crate::function::InvokeError;
use crate::gateway::Gateway;
use crate::sigv4;

/// The largest event.
const MAX_EVENT_BYTES: usize = 6 * 1024 * 1024;

/// The function that a path invokes, as the path names it.
pub(crate) fn function_of(path: &str) -> Option<&str> {
    path.strip_prefix("/2015-03-31/functions/")?.strip_suffix("/invocations")
}

/// Answers a call.
pub(crate) async fn handle(gateway: &Arc<Gateway>, request: Request<Incoming>) -> Response<Body> {
    let (head, incoming) = request.into_parts();
    let Some(name) = function_of(head.uri.path()).filter(|_| head.method == Method::POST) else {
        return empty(StatusCode::NOT_FOUND);
    };
    let event = match body::read(incoming, MAX_EVENT_BYTES).await {
        Ok(event) => event,
        Err(BodyError::TooLarge) => {
            return aws_error(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestTooLargeException",
                "The event is too large",
            );
        }
        Err(BodyError::Broken) => {
            return aws_error(
                StatusCode::BAD_REQUEST,
                "InvalidRequestContentException",
                "The event broke off",
            );
        }
    };
    if gateway.management.authorization == Authorization::Sigv4 {
        let (path, query) = (head.uri.path(), head.uri.query().unwrap_or(""));
        let signed =
            sigv4::Request { method: &head.method, path, query, headers: &head.headers, body: &event };
        match gateway.verifier("lambda").verify(&signed) {
            Ok(caller) if caller.may_invoke() => {}
            Ok(_) => return aws_error(StatusCode::FORBIDDEN, "AccessDeniedException", "Access denied"),
            Err(refusal) => return aws_error(StatusCode::FORBIDDEN, refusal.name(), &refusal.to_string()),
        }
    }
    let name = percent_decode_str(name).decode_utf8_lossy();
    let Some(function) = gateway.functions.get(short_name(&name)) else {
        let message = format!("Function not found: {name}");
        return aws_error(StatusCode::NOT_FOUND, "ResourceNotFoundException", &message);
    };
    match head.headers.get("x-amz-invocation-type").map(HeaderValue::as_bytes) {
        Some(b"DryRun") => empty(StatusCode::NO_CONTENT),
        Some(b"Event") => {
            let Ok(permit) = gateway.in_flight.clone().try_acquire_owned() else { return throttled() };
            let function = function.clone();
            gateway.tasks.spawn(async move {
                let _permit = permit;
                // Whoever wanted to know would have waited; failures are in the log and the figures.
                let _ = function.invoke(event).await;
            });
            empty(StatusCode::ACCEPTED)
        }
        _ => match function.invoke(event).await {
            Ok(answer) => answered(answer, false),
            Err(InvokeError::Failed(payload)) => answered(payload, true),
            Err(InvokeError::Throttled) => throttled(),
            Err(InvokeError::Stopped) => {
                aws_error(StatusCode::SERVICE_UNAVAILABLE, "ServiceException", "The gateway is stopping")
            }
        },
    }
}

/// The name in an ARN or a partial one, without a qualifier.
fn short_name(name: &str) -> &str {
    let after = name.rsplit_once("function:").map_or(name, |(_, name)| name);
    after.split(':').next().unwrap_or(after)
}

fn answered(payload: Bytes, is_error: bool) -> Response<Body> {
    let mut response = Response::new(Body::from(payload));
    let headers = response.headers_mut();
    headers.insert("x-amz-executed-version", HeaderValue::from_static("$LATEST"));
    if is_error {
        headers.insert("x-amz-function-error", HeaderValue::from_static("Unhandled"));
    }
    response
}

fn throttled() -> Response<Body> {
    aws_error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate Exceeded.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_names_and_arns() {
        for name in
            ["chat", "chat:live", "arn:aws:lambda:eu-west-1:1:function:chat", "1:function:chat:$LATEST"]
        {
            assert_eq!(short_name(name), "chat", "{name}");
        }
        assert_eq!(function_of("/2015-03-31/functions/chat/invocations"), Some("chat"));
        assert_eq!(function_of("/2015-03-31/functions/chat"), None);
    }
}
