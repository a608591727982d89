//! A file as an HTTP answer: piece by piece as its reader takes it, whole or a range of it, and never as a page of ours.

use std::ops::Range;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chinwag_api::files::OpenFile;
use chinwag_api::{Api, ApiError};

use super::Failure;

/// Whatever a file holds, a browser that opens it runs nothing of it, and in no origin of ours.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
);
/// What is under a name never changes. Only the reader's own browser keeps it: another reader may not have the right to.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("private, max-age=86400, immutable");

/// Which bytes a request wants.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Range<u64>),
    /// None that there are.
    Nothing,
}

/// The file, or the range of it that the request asks for.
pub(super) async fn answer(api: &Api, open: &OpenFile, request: &HeaderMap) -> Result<Response, Failure> {
    let (size, tag) = (open.size(), header_value(&open.tag())?);
    if names(request.get(header::IF_NONE_MATCH), &tag) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        response.headers_mut().extend(always(tag));
        return Ok(response);
    }
    let wanted = match request.get(header::IF_RANGE) {
        Some(other) if *other != tag => Wanted::Whole,
        _ => wanted(request, size),
    };
    let (status, range, length) = match wanted {
        Wanted::Whole => (StatusCode::OK, None, size),
        Wanted::Part(range) => {
            let length = range.end - range.start;
            (StatusCode::PARTIAL_CONTENT, Some(range), length)
        }
        Wanted::Nothing => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            let range = header_value(&format!("bytes */{size}"))?;
            response.headers_mut().insert(header::CONTENT_RANGE, range);
            return Ok(response);
        }
    };
    let bytes = api.files()?.read(open, range.clone()).await?;
    let mut response = (status, Body::from_stream(bytes)).into_response();
    let headers = response.headers_mut();
    headers.extend(always(tag));
    headers.insert(header::CONTENT_TYPE, header_value(open.media_type().as_str())?);
    headers.insert(header::CONTENT_DISPOSITION, header_value(&open.disposition())?);
    headers.insert(header::CONTENT_LENGTH, length.into());
    if let Some(Range { start, end }) = range {
        let last = end.saturating_sub(1);
        headers.insert(header::CONTENT_RANGE, header_value(&format!("bytes {start}-{last}/{size}"))?);
    }
    Ok(response)
}

fn always(tag: HeaderValue) -> [(header::HeaderName, HeaderValue); 4] {
    [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::CACHE_CONTROL, CACHE_CONTROL),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (header::ETAG, tag),
    ]
}

fn header_value(text: &str) -> Result<HeaderValue, ApiError> {
    HeaderValue::from_str(text).map_err(ApiError::internal)
}

/// Whether a list of tags has this one.
fn names(list: Option<&HeaderValue>, tag: &HeaderValue) -> bool {
    let list = list.and_then(|list| list.to_str().ok()).unwrap_or_default();
    list.split(',')
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == "*" || one.as_bytes() == tag)
}

/// The range of a request. Several ranges, and what is no range at all, get the whole, as RFC 9110 allows.
fn wanted(request: &HeaderMap, size: u64) -> Wanted {
    let range = request.get(header::RANGE).and_then(|range| range.to_str().ok());
    let range = range.and_then(|range| range.strip_prefix("bytes=")).filter(|range| !range.contains(','));
    let Some((first, last)) = range.and_then(|range| range.trim().split_once('-')) else {
        return Wanted::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>();
    let part = match (number(first), number(last)) {
        (Ok(first), Ok(last)) if first > last => return Wanted::Whole,
        (Ok(first), Ok(last)) => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.trim().is_empty() => first..size,
        (Err(_), Ok(count)) if first.trim().is_empty() => size.saturating_sub(count)..size,
        _ => return Wanted::Whole,
    };
    if part.is_empty() { Wanted::Nothing } else { Wanted::Part(part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_what_there_is() {
        for (range, expected) in [
            ("bytes=0-3", Wanted::Part(0..4)),
            ("bytes=4-", Wanted::Part(4..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-99", Wanted::Part(0..10)),
            ("bytes=8-99", Wanted::Part(8..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-2", Wanted::Whole),
            ("bytes=0-1,4-5", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("lines=0-3", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=0-18446744073709551615", Wanted::Part(0..10)),
        ] {
            let headers = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static(range))]);
            assert_eq!(wanted(&headers, 10), expected, "{range}");
        }
        assert_eq!(wanted(&HeaderMap::new(), 10), Wanted::Whole);
    }
}
