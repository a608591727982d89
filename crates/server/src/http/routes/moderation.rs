//! `/api/v1/rooms/{id}/bans`, `/mutes` and `/reports`, and `/api/v1/users/me/blocks`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chinwag_api::operations::moderation::{
    self, BanList, BanUser, BlockList, BlockUser, ListBans, ListBlocks, MuteMember, ReportMessage, UserInRoom,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::{Asked, Body, Ids, MessageNumber};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list_bans))
        .routes(routes!(ban, unban))
        .routes(routes!(mute, unmute))
        .routes(routes!(report_message))
        .routes(routes!(list_blocks))
        .routes(routes!(block, unblock))
}

/// Who is kept out of a room.
#[utoipa::path(
    get, path = "/api/v1/rooms/{id}/bans", tag = "moderation",
    params(("id" = String, Path, description = "The room's id"), ListBans),
    responses(
        (status = 200, description = "The bans, in the order of their users' ids", body = BanList),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`, `unknown_user` or `unknown_member`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn list_bans(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(room): Ids<String>,
    Asked(request): Asked<ListBans>,
) -> Answer<Json<BanList>> {
    Ok(Json(moderation::bans(&state.api, &caller, ListBans { room, ..request }).await?))
}

/// Keeps somebody out of a room, and removes them if they are in it.
#[utoipa::path(
    put, path = "/api/v1/rooms/{id}/bans/{user}", tag = "moderation",
    params(("id" = String, Path, description = "The room's id"), ("user" = String, Path, description = "The user's id")),
    request_body = BanUser,
    responses(
        (status = 204, description = "They are kept out"),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`, `unknown_user` or `unknown_member`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`room_fixed`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn ban(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids((room, user)): Ids<(String, String)>,
    Body(request): Body<BanUser>,
) -> Answer<StatusCode> {
    moderation::ban(&state.api, &caller, BanUser { room, user, ..request }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets somebody into a room again.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{id}/bans/{user}", tag = "moderation",
    params(("id" = String, Path, description = "The room's id"), ("user" = String, Path, description = "The user's id")),
    responses(
        (status = 204, description = "They are not kept out"),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`, `unknown_user` or `unknown_member`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`room_fixed`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn unban(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids((room, user)): Ids<(String, String)>,
) -> Answer<StatusCode> {
    moderation::unban(&state.api, &caller, UserInRoom { room, user }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Has a member say nothing.
#[utoipa::path(
    put, path = "/api/v1/rooms/{id}/mutes/{user}", tag = "moderation",
    params(("id" = String, Path, description = "The room's id"), ("user" = String, Path, description = "The user's id")),
    request_body = MuteMember,
    responses(
        (status = 204, description = "They may say nothing"),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`, `unknown_user` or `unknown_member`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`room_fixed`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn mute(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids((room, user)): Ids<(String, String)>,
    Body(request): Body<MuteMember>,
) -> Answer<StatusCode> {
    moderation::mute(&state.api, &caller, MuteMember { room, user, ..request }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets a member speak again.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{id}/mutes/{user}", tag = "moderation",
    params(("id" = String, Path, description = "The room's id"), ("user" = String, Path, description = "The user's id")),
    responses(
        (status = 204, description = "They may speak"),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`, `unknown_user` or `unknown_member`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`room_fixed`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn unmute(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids((room, user)): Ids<(String, String)>,
) -> Answer<StatusCode> {
    moderation::unmute(&state.api, &caller, UserInRoom { room, user }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reports a message to those who look after the server.
#[utoipa::path(
    post, path = "/api/v1/rooms/{id}/messages/{seq}/reports", tag = "moderation",
    params(("id" = String, Path, description = "The room's id"),
        ("seq" = u64, Path, description = "The message's number")),
    request_body = ReportMessage,
    responses(
        (status = 204, description = "It is reported, now or already"),
        (status = 404, description = "`unknown_room` or `unknown_message`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn report_message(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids((room, MessageNumber(seq))): Ids<(String, MessageNumber)>,
    Body(request): Body<ReportMessage>,
) -> Answer<StatusCode> {
    moderation::report(&state.api, &caller, ReportMessage { room, seq, ..request }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// From whom the caller wants nothing.
#[utoipa::path(
    get, path = "/api/v1/users/me/blocks", tag = "moderation",
    responses((status = 200, description = "The people, in the order of their ids", body = BlockList)),
)]
async fn list_blocks(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<BlockList>> {
    Ok(Json(moderation::blocks(&state.api, &caller, ListBlocks {}).await?))
}

/// Wants nothing from somebody any more.
#[utoipa::path(
    put, path = "/api/v1/users/me/blocks/{user}", tag = "moderation",
    params(("user" = String, Path, description = "The user's id")),
    responses(
        (status = 204, description = "They cannot write to the caller directly"),
        (status = 404, description = "`unknown_user`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn block(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(user): Ids<String>,
) -> Answer<StatusCode> {
    moderation::block(&state.api, &caller, BlockUser { user }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes something from somebody again.
#[utoipa::path(
    delete, path = "/api/v1/users/me/blocks/{user}", tag = "moderation",
    params(("user" = String, Path, description = "The user's id")),
    responses(
        (status = 204, description = "They can"),
        (status = 404, description = "`unknown_user`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn unblock(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(user): Ids<String>,
) -> Answer<StatusCode> {
    moderation::unblock(&state.api, &caller, BlockUser { user }).await?;
    Ok(StatusCode::NO_CONTENT)
}
