//! The OpenAPI document: generated from the handlers, completed by what holds for all of them.

use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::routing::{MethodRouter, get};
use chinwag_api::Problem;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi as Document, Ref, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::{HttpState, SESSION_COOKIE};

/// What the document says besides the calls.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Chinwag",
        description = "The HTTP half of Chinwag's protocol. Errors are `application/problem+json` with a stable `code`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(Problem)),
    security(("token" = []), ("cookie" = [])),
    modifiers(&Authentication),
    tags(
        (name = "users", description = "People and their accounts"),
        (name = "sessions", description = "Signing in and out"),
        (name = "rooms", description = "Conversations"),
        (name = "members", description = "Who is in a room, as what"),
        (name = "messages", description = "What is said, what became of it, and how far it was read"),
        (name = "reactions", description = "What people put under messages"),
        (name = "pins", description = "Messages that are to be found easily"),
        (name = "threads", description = "Answers to one message, apart from the room's others"),
        (name = "notifications", description = "What one is told of while away"),
        (name = "moderation", description = "Keeping order in rooms, and oneself in peace"),
        (name = "integration", description = "Bots, the back ends of applications, and incoming webhooks"),
        (name = "admin", description = "Looking after the server: for its admins"),
        (name = "presence", description = "Who is online"),
        (name = "server", description = "How the server is set up"),
    )
)]
pub(super) struct Frame;

struct Authentication;

impl Modify for Authentication {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A session token (`cws_…`), a bot's key (`cwb_…`), a server key (`cwk_…`; the header \
                `Chinwag-User` then says on whose behalf) or a JWT of the embedding \
                application",
            ))
            .build();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
            SESSION_COOKIE,
            "Set by signing in. What changes something must then come from the server's own or a listed origin",
        ));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    }
}

/// The finished document's route.
pub(super) fn serve(mut document: Document) -> MethodRouter<HttpState> {
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            tell_problems(operation);
        }
    }
    let json = Bytes::from(serde_json::to_vec(&document).unwrap_or_default());
    get(move || {
        let answer = ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], json.clone());
        std::future::ready(answer)
    })
}

/// Every call can fail, and every failure has the same shape.
fn tell_problems(operation: &mut Operation) {
    let is_open = operation.security.is_some();
    let responses = &mut operation.responses.responses;
    if !is_open {
        responses.insert("401".to_owned(), problem("Not signed in").into());
    }
    if operation.request_body.is_some() {
        responses.insert("422".to_owned(), problem("`errors` names each field and what is wrong").into());
    }
    responses.insert("429".to_owned(), problem("Too many requests; wait `retry_after` seconds").into());
    responses.insert("default".to_owned(), problem("What went wrong, by its `code`").into());
}

fn problem(description: &str) -> Response {
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(description).content("application/problem+json", content).build()
}
