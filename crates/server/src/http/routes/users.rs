//! `/api/v1/users`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chinwag_api::operations::shape;
use chinwag_api::operations::users::{self, CreateUser, FindUsers, GetMe, GetUser, UserList};
use chinwag_chat::User;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::{Authenticated, Visitor};
use crate::http::request::{Asked, Body, Ids};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(create_user, find_users))
        .routes(routes!(get_me))
        .routes(routes!(get_user))
}

/// Creates an account.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "users", request_body = CreateUser, security(()),
    responses(
        (status = 201, description = "The new account", body = shape::User),
        (status = 403, description = "`sign_up_closed` or `origin_not_allowed`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`name_taken`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn create_user(
    State(state): State<HttpState>,
    Visitor(context): Visitor,
    Body(request): Body<CreateUser>,
) -> Answer<(StatusCode, Json<User>)> {
    let user = users::create(&state.api, &context, request).await?;
    Ok((StatusCode::CREATED, Json(user)))
}

/// People whose name or display name begins with the query.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "users", params(FindUsers),
    responses((status = 200, description = "People, by name", body = UserList)),
)]
async fn find_users(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Asked(request): Asked<FindUsers>,
) -> Answer<Json<UserList>> {
    Ok(Json(users::find(&state.api, &caller, request).await?))
}

/// The caller.
#[utoipa::path(
    get, path = "/api/v1/users/me", tag = "users",
    responses((status = 200, description = "The caller", body = shape::User)),
)]
async fn get_me(Authenticated(caller): Authenticated) -> Json<User> {
    Json(users::me(&caller, GetMe {}))
}

/// One user.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = "users", params(("id" = String, Path, description = "The user's id")),
    responses(
        (status = 200, description = "The user", body = shape::User),
        (status = 404, description = "`unknown_user`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn get_user(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(id): Ids<String>,
) -> Answer<Json<User>> {
    Ok(Json(users::get(&state.api, &caller, GetUser { id }).await?))
}
