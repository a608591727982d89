//! `/api/v1/files` and what is below it

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use chinwag_api::files::{FileLink, LinkSignature};
use chinwag_api::operations::files::{self, GetFile, UploadFile};
use chinwag_api::operations::shape;
use chinwag_chat::File;
use chinwag_chat::blobs::{BlobError, BlobPart, ByteStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Answer;
use crate::http::HttpState;
use crate::http::caller::Authenticated;
use crate::http::download;
use crate::http::request::{Asked, Ids};

pub(super) fn routes() -> OpenApiRouter<HttpState> {
    OpenApiRouter::new()
        .routes(routes!(upload_file))
        .routes(routes!(get_file))
        .routes(routes!(get_preview))
        .routes(routes!(link_file))
        .routes(routes!(get_content))
}

/// Uploads a file: the body is its bytes, whatever type they are said to be.
#[utoipa::path(
    post, path = "/api/v1/files", tag = "files", params(UploadFile),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, description = "It is there, for as long as something will show it soon", body = shape::File),
        (status = 413, description = "`too_large`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 415, description = "`file_type_not_allowed`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
        (status = 422, description = "`storage_full` or `invalid`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn upload_file(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Asked(request): Asked<UploadFile>,
    body: Request,
) -> Answer<(StatusCode, Json<File>)> {
    let declared =
        body.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let bytes = body.into_body().into_data_stream();
    let bytes: ByteStream<'static> = bytes.map_err(|error| BlobError::Source(error.to_string())).boxed();
    let file = files::upload(&state.api, &caller, request, declared, bytes).await?;
    Ok((StatusCode::CREATED, Json(file)))
}

/// A file: for whoever may read the room that it was sent to, and before it is sent for its owner.
#[utoipa::path(
    get, path = "/api/v1/files/{id}", tag = "files", params(("id" = String, Path, description = "The file's id")),
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "*/*"),
        (status = 206, description = "The bytes of a `Range`", body = Vec<u8>, content_type = "*/*"),
        (status = 404, description = "`unknown_file`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn get_file(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(id): Ids<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let open = files::open(&state.api, &caller, &GetFile { id }, BlobPart::Whole).await?;
    download::answer(&state.api, &open, &headers).await
}

/// The smaller picture made of a picture. Those beside people's names are for everybody who is signed in.
#[utoipa::path(
    get, path = "/api/v1/files/{id}/preview", tag = "files",
    params(("id" = String, Path, description = "The file's id")),
    responses(
        (status = 200, description = "The picture", body = Vec<u8>, content_type = "image/jpeg"),
        (status = 404, description = "`unknown_file`; also where it is no picture",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn get_preview(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(id): Ids<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let open = files::open(&state.api, &caller, &GetFile { id }, BlobPart::Preview).await?;
    download::answer(&state.api, &open, &headers).await
}

/// Links to a file, which work for a while for whoever has them.
#[utoipa::path(
    get, path = "/api/v1/files/{id}/link", tag = "files", params(("id" = String, Path, description = "The file's id")),
    responses(
        (status = 200, description = "The links", body = FileLink),
        (status = 404, description = "`unknown_file`",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn link_file(
    State(state): State<HttpState>,
    Authenticated(caller): Authenticated,
    Ids(id): Ids<String>,
) -> Answer<Json<FileLink>> {
    Ok(Json(files::link(&state.api, &caller, &GetFile { id }).await?))
}

/// What a link gives. Links are made by the server; nobody puts one together.
#[utoipa::path(
    get, path = "/api/v1/files/{id}/content", tag = "files", security(()),
    params(
        ("id" = String, Path, description = "The file's id"),
        ("preview" = Option<bool>, Query, description = "As the link says"),
        ("expires" = i64, Query, description = "As the link says"),
        ("signature" = String, Query, description = "As the link says"),
    ),
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "*/*"),
        (status = 404, description = "`unknown_file`; also where the link has ended",
            body = chinwag_api::Problem, content_type = "application/problem+json"),
    ),
)]
async fn get_content(
    State(state): State<HttpState>,
    Ids(id): Ids<String>,
    Asked(link): Asked<LinkSignature>,
    headers: HeaderMap,
) -> Answer<Response> {
    let open = files::open_link(&state.api, &GetFile { id }, &link).await?;
    download::answer(&state.api, &open, &headers).await
}
