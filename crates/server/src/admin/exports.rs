//! Exports for the operator, who needs no permission.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chinwag_api::operations::exports::{self, ExportMe, ExportRoom};
use chinwag_chat::export::{PersonExport, RoomExport};
use chinwag_chat::{Chat, ChatError, UserId, UserName};
use http::header;

use super::problem::AdminProblem;
use crate::bodies;

/// The routes, for the listener on the socket.
pub fn router(chat: Chat) -> Router {
    Router::new()
        .route("/export/rooms/{id}", get(room))
        .route("/export/users/{user}", get(user))
        .with_state(chat)
}

async fn room(
    State(chat): State<Chat>,
    Path(id): Path<String>,
    Query(request): Query<ExportRoom>,
) -> Result<Response, AdminProblem> {
    let room = id.parse().map_err(|_| AdminProblem::unknown_room(&id))?;
    let from = exports::position(request);
    let export = RoomExport::begin(chat.store().clone(), room, &from, chat.clock().now()).await?;
    tracing::info!(room = %id, "room exported by the operator");
    Ok(answer(bodies::of_room(export)))
}

async fn user(
    State(chat): State<Chat>,
    Path(wanted): Path<String>,
    Query(request): Query<ExportMe>,
) -> Result<Response, AdminProblem> {
    let after = exports::after(&request).map_err(|error| AdminProblem::bad_request(&error.detail))?;
    let user = find_user(&chat, &wanted).await?;
    let export = PersonExport::begin(chat.store().clone(), &user, after, chat.clock().now()).await?;
    tracing::info!(%user, "user exported by the operator");
    Ok(answer(bodies::of_person(export)))
}

/// Finds a user by name or by id; a name wins, since people think in names.
pub(super) async fn find_user(chat: &Chat, wanted: &str) -> Result<UserId, AdminProblem> {
    if let Ok(name) = wanted.parse::<UserName>()
        && let Some((user, _)) = chat.store().user_by_name(&name).await?
    {
        return Ok(user.id);
    }
    if let Ok(id) = wanted.parse::<UserId>()
        && let Some(user) = chat.store().user(&id).await?
    {
        return Ok(user.id);
    }
    Err(AdminProblem::unknown_user(wanted))
}

fn answer(lines: axum::body::Body) -> Response {
    ([(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response()
}

impl From<ChatError> for AdminProblem {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::Refused(refusal) => Self::refused(&refusal),
            ChatError::Store(error) => error.into(),
        }
    }
}
