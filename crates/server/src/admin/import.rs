//! History from elsewhere, brought by the operator.

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::routing::post;
use axum::{Json, Router};
use chinwag_chat::import::ImportBatch;
use chinwag_chat::{Chat, ImportedBatch, ImportedUser, SameName, Timestamp, User, UserId};
use serde::{Deserialize, Serialize};

use super::problem::AdminProblem;

/// What a batch may weigh: its messages are bounded by their number, each with what it said before.
const MAX_BATCH_BYTES: usize = 256 << 20;

/// Somebody from elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Person {
    /// Who they are there.
    pub user: User,
    /// Since when.
    pub created_at: Timestamp,
    /// What to do where their name is taken here.
    pub same_name: SameName,
}

/// Part of a room's history.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    /// In whose name it is brought.
    pub actor: UserId,
    /// What is brought.
    pub batch: ImportBatch,
}

/// The routes, for the listener on the socket.
pub fn router(chat: Chat) -> Router {
    Router::new()
        .route("/import/users", post(user))
        .route("/import/rooms/{id}", post(batch))
        .layer(DefaultBodyLimit::max(MAX_BATCH_BYTES))
        .with_state(chat)
}

async fn user(
    State(chat): State<Chat>,
    Json(person): Json<Person>,
) -> Result<Json<ImportedUser>, AdminProblem> {
    let Person { user, created_at, same_name } = person;
    Ok(Json(chat.import_user(user, created_at, same_name).await?))
}

async fn batch(
    State(chat): State<Chat>,
    Path(id): Path<String>,
    Json(part): Json<Part>,
) -> Result<Json<ImportedBatch>, AdminProblem> {
    let room = id.parse().map_err(|_| AdminProblem::unknown_room(&id))?;
    Ok(Json(chat.import(room, &part.actor, part.batch).await?))
}
