//! `/api/v1/rooms/{id}/members`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chinwag_api::operations::members::{self, AddMember, ListMembers, MemberList, RemoveMember, SetRole};
use chinwag_api::operations::shape;
use chinwag_chat::Member;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::{Asked, Body, Ids};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new().routes(routes!(list_members, add_member)).routes(routes!(set_role, remove_member))
}

/// A page of a room's members.
#[utoipa::path(
    get, path = "/api/v1/rooms/{id}/members", tag = "members",
    params(("id" = String, Path, description = "The room's id"), ListMembers),
    responses(
        (status = 200, description = "The members, in the order of their ids", body = MemberList),
        (status = 404, description = "`unknown_room`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn list_members(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(room): Ids<String>,
    Asked(request): Asked<ListMembers>,
) -> Answer<Json<MemberList>> {
    Ok(Json(members::list(&state.api, &caller, ListMembers { room, ..request }).await?))
}

/// Adds a member, or joins a public room.
#[utoipa::path(
    post, path = "/api/v1/rooms/{id}/members", tag = "members",
    params(("id" = String, Path, description = "The room's id")), request_body = AddMember,
    responses(
        (status = 201, description = "The new member", body = shape::Member),
        (status = 200, description = "The member, who was one already", body = shape::Member),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room` or `unknown_user`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`room_fixed`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn add_member(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(room): Ids<String>,
    Body(request): Body<AddMember>,
) -> Answer<Response> {
    Ok(super::made(members::add(&state.api, &caller, AddMember { room, ..request }).await?))
}

/// Sets a member's role.
#[utoipa::path(
    patch, path = "/api/v1/rooms/{id}/members/{user}", tag = "members",
    params(("id" = String, Path, description = "The room's id"),
        ("user" = String, Path, description = "The member's user id")),
    request_body = SetRole,
    responses(
        (status = 200, description = "The member with the new role", body = shape::Member),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`, `unknown_user` or `unknown_member`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`room_fixed`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn set_role(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids((room, user)): Ids<(String, String)>,
    Body(request): Body<SetRole>,
) -> Answer<Json<Member>> {
    Ok(Json(members::set_role(&state.api, &caller, SetRole { room, user, ..request }).await?))
}

/// Removes a member, or leaves.
#[utoipa::path(
    delete, path = "/api/v1/rooms/{id}/members/{user}", tag = "members",
    params(("id" = String, Path, description = "The room's id"),
        ("user" = String, Path, description = "The member's user id; one's own to leave")),
    responses(
        (status = 204, description = "No member any more"),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_room`, `unknown_user` or `unknown_member`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`room_fixed`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn remove_member(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids((room, user)): Ids<(String, String)>,
) -> Answer<StatusCode> {
    members::remove(&state.api, &caller, RemoveMember { room, user }).await?;
    Ok(StatusCode::NO_CONTENT)
}
