//! `/api/v1/users`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chinwag_api::operations::back_end::{self, PutUser};
use chinwag_api::operations::erasure::DeleteAccount;
use chinwag_api::operations::profiles::{self, ChangeProfile, Me};
use chinwag_api::operations::shape;
use chinwag_api::operations::users::{self, CreateUser, FindUsers, GetMe, GetUser, UserList};
use chinwag_chat::{Profile, User};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Answer, made};
use crate::http::HttpState;
use crate::http::caller::{Asking, Authenticated, BackEnd, Visitor};
use crate::http::request::{Asked, Body, Ids};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(create_user, find_users))
        .routes(routes!(get_me, change_me))
        .routes(routes!(get_user, put_user, delete_user))
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
    _: Asking,
    Asked(request): Asked<FindUsers>,
) -> Answer<Json<UserList>> {
    Ok(Json(users::find(&state.api, request).await?))
}

/// The caller, with what they say of themselves.
#[utoipa::path(
    get, path = "/api/v1/users/me", tag = "users",
    responses((status = 200, description = "The caller", body = Me)),
)]
async fn get_me(State(state): State<HttpState>, Authenticated(caller): Authenticated) -> Answer<Json<Me>> {
    Ok(Json(profiles::me(&state.api, &caller, GetMe {}).await?))
}

/// Changes the caller's profile. What is left out stays as it is.
#[utoipa::path(
    patch, path = "/api/v1/users/me", tag = "users", request_body = ChangeProfile,
    responses(
        (status = 200, description = "The profile as it is now", body = shape::Profile),
        (status = 404, description = "`unknown_file`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn change_me(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Body(request): Body<ChangeProfile>,
) -> Answer<Json<Profile>> {
    Ok(Json(profiles::change(&state.api, &caller, request).await?))
}

/// One user, with what they say of themselves.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = "users", params(("id" = String, Path, description = "The user's id")),
    responses(
        (status = 200, description = "The user", body = shape::Profile),
        (status = 404, description = "`unknown_user`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn get_user(State(state): State<HttpState>, _: Asking, Ids(id): Ids<String>) -> Answer<Json<Profile>> {
    Ok(Json(profiles::get(&state.api, GetUser { id }).await?))
}

/// Has a user be there whom the application vouches for: with a server key.
#[utoipa::path(
    put, path = "/api/v1/users/{id}", tag = "integration",
    params(("id" = String, Path, description = "The id that the application knows them by")), request_body = PutUser,
    responses(
        (status = 200, description = "The user, who was there already", body = shape::User),
        (status = 201, description = "The new user", body = shape::User),
        (status = 403, description = "`permission_denied`: only with a server key, and on nobody's behalf",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`name_taken`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn put_user(
    State(state): State<HttpState>,
    BackEnd(key): BackEnd,
    Ids(id): Ids<String>,
    Body(request): Body<PutUser>,
) -> Answer<Response> {
    Ok(made(back_end::put_user(&state.api, key, PutUser { id, ..request }).await?))
}

/// Erases somebody, as they could themselves: with a server key.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}", tag = "integration",
    params(("id" = String, Path, description = "The user's id")),
    responses(
        (status = 204, description = "It is begun, and will be finished whatever happens"),
        (status = 403, description = "`permission_denied`: only with a server key, and on nobody's behalf",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_user`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn delete_user(
    State(state): State<HttpState>,
    BackEnd(key): BackEnd,
    Ids(id): Ids<String>,
) -> Answer<StatusCode> {
    back_end::delete_user(&state.api, key, DeleteAccount { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}
