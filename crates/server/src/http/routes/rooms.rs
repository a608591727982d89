//! `/api/v1/rooms`

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chinwag_api::operations::rooms::{
    self, CreateRoom, GetRoom, ListPublicRooms, ListRooms, RoomList, UpdateRoom,
};
use chinwag_api::operations::shape;
use chinwag_chat::RoomView;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::{Asked, Body, Ids};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list_rooms, create_room))
        .routes(routes!(list_public_rooms))
        .routes(routes!(get_room, update_room))
}

/// The caller's rooms.
#[utoipa::path(
    get, path = "/api/v1/rooms", tag = "rooms", params(ListRooms),
    responses((status = 200, description = "The rooms, the most recently active first", body = RoomList)),
)]
async fn list_rooms(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Asked(request): Asked<ListRooms>,
) -> Answer<Json<RoomList>> {
    Ok(Json(rooms::list(&state.api, &caller, request).await?))
}

/// Rooms that anybody may join.
#[utoipa::path(
    get, path = "/api/v1/rooms/public", tag = "rooms", params(ListPublicRooms),
    responses((status = 200, description = "The rooms, the most recently active first", body = RoomList)),
)]
async fn list_public_rooms(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Asked(request): Asked<ListPublicRooms>,
) -> Answer<Json<RoomList>> {
    Ok(Json(rooms::list_public(&state.api, &caller, request).await?))
}

/// Creates a room.
#[utoipa::path(
    post, path = "/api/v1/rooms", tag = "rooms", request_body = CreateRoom,
    responses(
        (status = 201, description = "The new room", body = shape::Room),
        (status = 200, description = "The direct room that the two have already", body = shape::Room),
        (status = 404, description = "`unknown_user`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn create_room(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Body(request): Body<CreateRoom>,
) -> Answer<Response> {
    Ok(super::made(rooms::create(&state.api, &caller, request).await?))
}

/// One room.
#[utoipa::path(
    get, path = "/api/v1/rooms/{id}", tag = "rooms", params(("id" = String, Path, description = "The room's id")),
    responses(
        (status = 200, description = "The room as the caller sees it", body = shape::Room),
        (status = 404, description = "`unknown_room`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn get_room(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(id): Ids<String>,
) -> Answer<Json<RoomView>> {
    Ok(Json(rooms::get(&state.api, &caller, GetRoom { id }).await?))
}

/// Renames a room, or sets it up otherwise.
#[utoipa::path(
    patch, path = "/api/v1/rooms/{id}", tag = "rooms", params(("id" = String, Path, description = "The room's id")),
    request_body = UpdateRoom,
    responses(
        (status = 200, description = "The room as it is now", body = shape::Room),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`room_fixed`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn update_room(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(id): Ids<String>,
    Body(request): Body<UpdateRoom>,
) -> Answer<Json<RoomView>> {
    Ok(Json(rooms::update(&state.api, &caller, UpdateRoom { id, ..request }).await?))
}
