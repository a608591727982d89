//! Signing calls to Lambda and to other nodes.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{ALGORITHM, Request, Scope, date, signature};
use crate::config::Secret;

const AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const AMZ_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Whose signature, and what for.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    pub(crate) access_key_id: String,
    pub(crate) secret: Secret,
    pub(crate) session_token: Option<Secret>,
    pub(crate) region: String,
    pub(crate) service: &'static str,
}

/// The headers of a call to `url`, signed: those given, the host, the time and the signature.
pub(crate) fn sign(
    signer: &Signer,
    method: &http::Method,
    url: &reqwest::Url,
    mut headers: HeaderMap,
    body: &[u8],
    now_ms: i64,
) -> HeaderMap {
    let time = date::write(now_ms);
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    insert(&mut headers, http::header::HOST, &host);
    insert(&mut headers, AMZ_DATE, &time);
    if let Some(token) = &signer.session_token {
        insert(&mut headers, AMZ_TOKEN, token.expose());
    }
    let mut names: Vec<String> = headers.keys().map(|name| name.as_str().to_owned()).collect();
    names.sort();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let scope = Scope { day: &time[..8], region: &signer.region, service: signer.service };
    let request =
        Request { method, path: url.path(), query: url.query().unwrap_or(""), headers: &headers, body };
    let canonical = request.canonical(&names).unwrap_or_default();
    let authorization = format!(
        "{ALGORITHM} Credential={}/{}, SignedHeaders={}, Signature={}",
        signer.access_key_id,
        scope.text(),
        names.join(";"),
        signature(signer.secret.expose(), &scope, &time, &canonical),
    );
    insert(&mut headers, http::header::AUTHORIZATION, &authorization);
    headers
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}
