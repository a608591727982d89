//! Lambda's Runtime API, version 2018-06-01, for one process.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;

use super::desk::Desk;
use super::{Function, InvokeError, failure};
use crate::body::{self, BodyError, json};
use crate::request_id;

/// The largest answer of a function.
const MAX_ANSWER_BYTES: usize = 6 * 1024 * 1024;
const BASE: &str = "/2018-06-01/runtime/";

/// Answers one request of the process.
pub(super) async fn handle(
    function: Arc<Function>,
    desk: Arc<Desk>,
    request: Request<Incoming>,
) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let Some(what) = path.strip_prefix(BASE) else { return unknown() };
    let parts: Vec<&str> = what.split('/').collect();
    match (request.method(), parts.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => next(&function, &desk).await,
        (&Method::POST, ["invocation", id, "response"]) => {
            let answer = body::read(request.into_body(), MAX_ANSWER_BYTES).await;
            respond(&function, &desk, id, answer)
        }
        (&Method::POST, ["invocation", id, "error"]) => {
            let error = error_of(request).await;
            let Some(invocation) = desk.answers(id) else { return unknown_id() };
            function.answered();
            function.count("error");
            tracing::warn!(function = function.name, request = id, error = %text(&error), "a function failed");
            invocation.answer(Err(InvokeError::Failed(error)));
            accepted()
        }
        (&Method::POST, ["init", "error"]) => {
            let error = error_of(request).await;
            desk.cannot_start(error);
            accepted()
        }
        _ => unknown(),
    }
}

async fn next(function: &Arc<Function>, desk: &Desk) -> Response<Body> {
    if let Some(unanswered) = desk.waits() {
        function.answered();
        let said = "the runtime asked for more work without an answer";
        unanswered.answer(Err(InvokeError::Failed(failure("Runtime.NoAnswer", said))));
    }
    let invocation = function.queue.take().await;
    let timeout = i64::try_from(function.settings.timeout.as_millis()).unwrap_or(i64::MAX);
    let deadline = function.surroundings.now_ms().saturating_add(timeout);
    let mut response = Response::new(Body::from(invocation.payload.clone()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    insert(headers, "lambda-runtime-aws-request-id", &invocation.id);
    insert(headers, "lambda-runtime-deadline-ms", &deadline.to_string());
    insert(headers, "lambda-runtime-invoked-function-arn", &function.arn);
    insert(headers, "lambda-runtime-trace-id", &request_id::trace(&function.surroundings));
    match desk.works(invocation) {
        Ok(()) => {
            function.taken();
            response
        }
        // The process is about to be ended: another one will see to it.
        Err(invocation) => {
            function.queue.give_back(invocation);
            std::future::pending().await
        }
    }
}

fn respond(function: &Function, desk: &Desk, id: &str, answer: Result<Bytes, BodyError>) -> Response<Body> {
    let Some(invocation) = desk.answers(id) else { return unknown_id() };
    function.answered();
    match answer {
        Ok(answer) => {
            function.count("done");
            invocation.answer(Ok(answer));
            accepted()
        }
        Err(error) => {
            function.count("error");
            let said = failure("Function.ResponseSizeTooLarge", "the answer is over 6 MiB, or broke off");
            invocation.answer(Err(InvokeError::Failed(said)));
            match error {
                BodyError::TooLarge => refused(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge"),
                BodyError::Broken => refused(StatusCode::BAD_REQUEST, "InvalidBody"),
            }
        }
    }
}

/// What a runtime says of an error; made up where it says nothing.
async fn error_of(request: Request<Incoming>) -> Bytes {
    let kind = request.headers().get("lambda-runtime-function-error-type");
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or("Unhandled").to_owned();
    match body::read(request.into_body(), MAX_ANSWER_BYTES).await {
        Ok(error) if serde_json::from_slice::<serde::de::IgnoredAny>(&error).is_ok() => error,
        _ => failure(&kind, "the runtime said no more of it"),
    }
}

/// Enough of an error for a line of the log.
fn text(error: &[u8]) -> String {
    let text = String::from_utf8_lossy(error);
    text[..text.floor_char_boundary(2000)].to_owned()
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

fn accepted() -> Response<Body> {
    json(StatusCode::ACCEPTED, &serde_json::json!({ "status": "OK" }))
}

fn unknown_id() -> Response<Body> {
    refused(StatusCode::BAD_REQUEST, "InvalidRequestID")
}

fn unknown() -> Response<Body> {
    refused(StatusCode::NOT_FOUND, "UnknownPath")
}

fn refused(status: StatusCode, kind: &str) -> Response<Body> {
    json(status, &serde_json::json!({ "errorType": kind, "errorMessage": kind }))
}
