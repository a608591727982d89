//! The web UI, built into the binary from `web/dist`; and whatever else is asked for that there is not.

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chinwag_api::{ApiError, ErrorCode};
use rust_embed::{EmbeddedFile, RustEmbed};
use tower_http::compression::CompressionLayer;

use super::Failure;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Built;

const PAGE: &str = "index.html";
/// What Vite names by the hash of its content, which therefore never changes.
const HASHED: &str = "assets/";
/// Paths that are no pages, whatever a browser accepts.
const NO_PAGES: [&str; 5] = ["api/", "connection/", "emulation", "assets/", "metrics"];

const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><title>Chinwag</title>\
<h1>Chinwag is running</h1><p>The web UI is not part of this build. To have it, run <code>npm ci</code> and \
<code>npm run build</code> in <code>web/</code>, then build the server again.</p>\
<p>The API describes itself at <a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a>.</p>";

/// Serves the web UI; for paths that no route knows.
pub(super) fn service() -> Router {
    Router::new().fallback(serve).layer(CompressionLayer::new())
}

async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let is_page =
        path.is_empty() || (wants_html(&headers) && !NO_PAGES.iter().any(|no| path.starts_with(no)));
    let file = if path.is_empty() { None } else { Built::get(path) };
    match (file, is_page) {
        _ if method != Method::GET && method != Method::HEAD => {
            Failure(ApiError::because(ErrorCode::NotFound, "there is no such path")).into_response()
        }
        (Some(file), _) => answer(path, &file, &headers),
        (None, true) => Built::get(PAGE).map_or_else(not_built, |page| answer(PAGE, &page, &headers)),
        (None, false) => {
            Failure(ApiError::because(ErrorCode::NotFound, "there is no such path")).into_response()
        }
    }
}

/// Browsers ask for pages by name; programs that take anything are better served with an honest error.
fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

fn not_built() -> Response {
    ([(header::CONTENT_TYPE, HTML), (header::CACHE_CONTROL, ASK_AGAIN)], NOT_BUILT).into_response()
}

fn answer(path: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let caching = if path.starts_with(HASHED) { FOREVER } else { ASK_AGAIN };
    let etag = etag(file);
    let is_known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| known.split(',').any(|one| one.trim() == etag));
    let validators = [(header::CACHE_CONTROL, caching), (header::ETAG, value(&etag))];
    if is_known {
        return (StatusCode::NOT_MODIFIED, validators).into_response();
    }
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = if kind.type_() == "text" { format!("{kind}; charset=utf-8") } else { kind.to_string() };
    (validators, [(header::CONTENT_TYPE, value(&kind))], file.data.to_vec()).into_response()
}

/// Weak, for the compressed form is the same page in other bytes.
fn etag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let hex: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}
