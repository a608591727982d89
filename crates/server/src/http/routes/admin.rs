//! `/api/v1/admin`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chinwag_api::Figures;
use chinwag_api::operations::admin::{
    self, AccountList, AccountSessions, AllRooms, AuditList, CloseReport, DeleteAccountSession, GetFigures,
    ListAccountSessions, ListAccounts, ListAllRooms, ListAudit, ListNodes, ListReports, NodeList, ReportList,
    UpdateAccount,
};
use chinwag_api::operations::shape;
use chinwag_chat::{Account, Report};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::request::{Asked, Body, Ids};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(list_accounts))
        .routes(routes!(update_account))
        .routes(routes!(list_account_sessions))
        .routes(routes!(delete_account_session))
        .routes(routes!(list_all_rooms))
        .routes(routes!(list_audit))
        .routes(routes!(list_nodes))
        .routes(routes!(get_figures))
        .routes(routes!(list_reports))
        .routes(routes!(close_report))
}

/// The accounts.
#[utoipa::path(
    get, path = "/api/v1/admin/users", tag = "admin", params(ListAccounts),
    responses(
        (status = 200, description = "Accounts, in the order of their ids", body = AccountList),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn list_accounts(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Asked(request): Asked<ListAccounts>,
) -> Answer<Json<AccountList>> {
    Ok(Json(admin::accounts(&state.api, &caller, request).await?))
}

/// Makes somebody an admin or ends that, disables an account or lets it in again.
#[utoipa::path(
    patch, path = "/api/v1/admin/users/{id}", tag = "admin",
    params(("id" = String, Path, description = "The user's id")), request_body = UpdateAccount,
    responses(
        (status = 200, description = "The account as it is now", body = shape::Account),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_user`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn update_account(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(id): Ids<String>,
    Body(request): Body<UpdateAccount>,
) -> Answer<Json<Account>> {
    Ok(Json(admin::update_account(&state.api, &caller, UpdateAccount { id, ..request }).await?))
}

/// The sessions of an account.
#[utoipa::path(
    get, path = "/api/v1/admin/users/{id}/sessions", tag = "admin",
    params(("id" = String, Path, description = "The user's id")),
    responses(
        (status = 200, description = "The sessions, the most recently used first", body = AccountSessions),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_user`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn list_account_sessions(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(id): Ids<String>,
) -> Answer<Json<AccountSessions>> {
    Ok(Json(admin::sessions(&state.api, &caller, ListAccountSessions { id }).await?))
}

/// Ends anybody's session.
#[utoipa::path(
    delete, path = "/api/v1/admin/sessions/{id}", tag = "admin",
    params(("id" = String, Path, description = "The session's id")),
    responses(
        (status = 204, description = "It has ended; its connections close at once, on every node"),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_session`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn delete_account_session(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(id): Ids<String>,
) -> Answer<StatusCode> {
    admin::delete_session(&state.api, &caller, DeleteAccountSession { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// All rooms.
#[utoipa::path(
    get, path = "/api/v1/admin/rooms", tag = "admin", params(ListAllRooms),
    responses(
        (status = 200, description = "Rooms, in the order of their ids", body = AllRooms),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn list_all_rooms(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Asked(request): Asked<ListAllRooms>,
) -> Answer<Json<AllRooms>> {
    Ok(Json(admin::rooms(&state.api, &caller, request).await?))
}

/// Who did what.
#[utoipa::path(
    get, path = "/api/v1/admin/audit", tag = "admin", params(ListAudit),
    responses(
        (status = 200, description = "What was done, the newest first", body = AuditList),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn list_audit(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Asked(request): Asked<ListAudit>,
) -> Answer<Json<AuditList>> {
    Ok(Json(admin::audit(&state.api, &caller, request).await?))
}

/// What was reported.
#[utoipa::path(
    get, path = "/api/v1/admin/reports", tag = "admin", params(ListReports),
    responses(
        (status = 200, description = "The reports, the newest first", body = ReportList),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn list_reports(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Asked(request): Asked<ListReports>,
) -> Answer<Json<ReportList>> {
    Ok(Json(admin::reports(&state.api, &caller, request).await?))
}

/// Does something about a report, and closes it.
#[utoipa::path(
    post, path = "/api/v1/admin/reports/{id}", tag = "admin",
    params(("id" = String, Path, description = "The report's id")), request_body = CloseReport,
    responses(
        (status = 200, description = "The report as it is now", body = shape::Report),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_report`, also where it is closed already",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn close_report(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(id): Ids<String>,
    Body(request): Body<CloseReport>,
) -> Answer<Json<Report>> {
    Ok(Json(admin::close_report(&state.api, &caller, CloseReport { id, ..request }).await?))
}

/// The nodes of the cluster.
#[utoipa::path(
    get, path = "/api/v1/admin/nodes", tag = "admin",
    responses(
        (status = 200, description = "The nodes, by name", body = NodeList),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn list_nodes(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<NodeList>> {
    Ok(Json(admin::nodes(&state.api, &caller, ListNodes {}).await?))
}

/// How much there is and how much goes on.
#[utoipa::path(
    get, path = "/api/v1/admin/figures", tag = "admin",
    responses(
        (status = 200, description = "How much there is and how much goes on", body = Figures),
        (status = 403, description = "`permission_denied`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn get_figures(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<Figures>> {
    Ok(Json(admin::figures(&state.api, &caller, GetFigures {}).await?))
}
