//! Who calls: from `Authorization` or the cookie, and only from a page that may.
//!
//! Cookies come along whatever page made the browser send the request, so a cookie's word is only taken for a change
//! that a page of our own (or of a listed origin) asked for. A token in `Authorization` was put there on purpose.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::CookieJar;
use chinwag_api::{ApiError, Asker, CallContext, Caller, ErrorCode};
use chinwag_chat::KeyId;

use super::{Client, Failure, HttpState, OriginPolicy, SESSION_COOKIE};

/// The token that a request shows, by the way it came.
#[derive(Clone, PartialEq, Eq)]
pub enum ShownToken {
    /// In the header `Authorization`.
    Bearer(String),
    /// In the cookie, which browsers add by themselves.
    Cookie(String),
}

impl ShownToken {
    /// The token of a request, if it shows one. What is said on purpose comes before the cookie.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        if let Some(authorization) = headers.get(header::AUTHORIZATION) {
            let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
            return scheme.eq_ignore_ascii_case("bearer").then(|| Self::Bearer(token.trim().to_owned()));
        }
        let jar = CookieJar::from_headers(headers);
        jar.get(SESSION_COOKIE).map(|cookie| Self::Cookie(cookie.value().to_owned()))
    }

    /// The token itself.
    #[must_use]
    pub fn token(&self) -> &str {
        match self {
            Self::Bearer(token) | Self::Cookie(token) => token,
        }
    }
}

impl std::fmt::Debug for ShownToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bearer(_) => "Bearer([redacted])",
            Self::Cookie(_) => "Cookie([redacted])",
        })
    }
}

/// Whether a request was made by a page that may act for its user. Where a request says nothing of any page, it is
/// `without_page`: right for programs, wrong for whatever a browser adds a cookie to.
#[must_use]
pub fn came_from_own_page(
    headers: &HeaderMap,
    origins: &OriginPolicy,
    client: Client,
    without_page: bool,
) -> bool {
    let mut said = headers.get_all(header::ORIGIN).into_iter();
    match (said.next(), said.next()) {
        (Some(origin), None) => {
            let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
            origin.to_str().is_ok_and(|origin| origins.allows(origin, host, client.is_secure))
        }
        (None, _) => match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
            Some(b"same-origin" | b"none") => true,
            Some(_) => false,
            None => without_page,
        },
        (Some(_), Some(_)) => false,
    }
}

fn foreign_page() -> Failure {
    Failure::new(ErrorCode::OriginNotAllowed)
}

async fn client(parts: &mut Parts, state: &HttpState) -> Client {
    let Ok(client) = Client::from_request_parts(parts, state).await;
    client
}

/// By which a back end says on whose behalf it asks.
const ON_BEHALF_OF: &str = "chinwag-user";

async fn recognise(parts: &mut Parts, state: &HttpState) -> Result<Asker, Failure> {
    let shown = ShownToken::of(&parts.headers).ok_or(ApiError::new(ErrorCode::Unauthorized))?;
    if matches!(shown, ShownToken::Cookie(_)) && !parts.method.is_safe() {
        let client = client(parts, state).await;
        if !came_from_own_page(&parts.headers, &state.origins, client, false) {
            return Err(foreign_page());
        }
    }
    let on_behalf_of = parts.headers.get(ON_BEHALF_OF).map(HeaderValue::to_str).transpose();
    let on_behalf_of = on_behalf_of.map_err(|_| Failure::new(ErrorCode::UnknownUser))?;
    match state.api.authenticator().recognise(shown.token(), on_behalf_of).await {
        Ok(asker) => Ok(asker),
        Err(error) => {
            // Whoever tries tokens out is counted by where they are.
            state.api.count_stranger(client(parts, state).await.address)?;
            Err(error.into())
        }
    }
}

/// Somebody, not a back end on its own account.
fn somebody(asker: Asker) -> Result<Caller, Failure> {
    match asker {
        Asker::Caller(caller) => Ok(caller),
        Asker::BackEnd(_) => Err(Failure(ApiError::because(
            ErrorCode::PermissionDenied,
            "with a server key this is asked on behalf of somebody: name them in the header Chinwag-User",
        ))),
    }
}

/// Somebody who is signed in. Counts against their rate of requests.
pub(super) struct Authenticated(pub(super) Caller);

impl FromRequestParts<HttpState> for Authenticated {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Failure> {
        let caller = somebody(recognise(parts, state).await?)?;
        state.api.count_request(&caller)?;
        Ok(Self(caller))
    }
}

/// Somebody who is signed in and writes: messages and what alters them have a rate of their own, which the call counts.
pub(super) struct Sender(pub(super) Caller);

impl FromRequestParts<HttpState> for Sender {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Failure> {
        somebody(recognise(parts, state).await?).map(Self)
    }
}

/// Somebody who is signed in, or a back end. Counts against its rate of requests.
pub(super) struct Asking;

impl FromRequestParts<HttpState> for Asking {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Failure> {
        let asker = recognise(parts, state).await?;
        state.api.count_asker(&asker)?;
        Ok(Self)
    }
}

/// Somebody who is signed in, or a back end. The call counts.
pub(super) struct Recognised(pub(super) Asker);

impl FromRequestParts<HttpState> for Recognised {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Failure> {
        recognise(parts, state).await.map(Self)
    }
}

/// A back end that asks on nobody's behalf. The call counts.
pub(super) struct BackEnd(pub(super) KeyId);

impl FromRequestParts<HttpState> for BackEnd {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Failure> {
        match recognise(parts, state).await? {
            Asker::BackEnd(key) => Ok(Self(key)),
            Asker::Caller(_) => Err(Failure(ApiError::because(
                ErrorCode::PermissionDenied,
                "this is for back ends: with a server key, and on nobody's behalf",
            ))),
        }
    }
}

/// Nobody in particular, and where they ask from.
pub(super) struct Anybody(pub(super) Option<IpAddr>);

impl FromRequestParts<HttpState> for Anybody {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Failure> {
        Ok(Self(client(parts, state).await.address))
    }
}

/// Somebody who signs up or in, from a page that may: else any page could sign its visitors in as somebody else.
pub(super) struct Visitor(pub(super) CallContext);

impl FromRequestParts<HttpState> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Failure> {
        let client = client(parts, state).await;
        if !came_from_own_page(&parts.headers, &state.origins, client, true) {
            return Err(foreign_page());
        }
        state.api.count_stranger(client.address)?;
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self(CallContext {
            caller: None,
            address: client.address,
            user_agent: user_agent.map(str::to_owned),
        }))
    }
}
