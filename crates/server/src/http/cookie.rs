//! The session cookie: out of reach of scripts, and not sent along by other sites' forms.

use std::time::Duration;

use axum::http::HeaderValue;
use chinwag_api::ApiError;

use super::Client;

/// The cookie's name.
pub const SESSION_COOKIE: &str = "chinwag_session";

/// Whether the session cookie is for HTTPS only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SecureCookies {
    /// Where the request came over TLS, as the connection or a trusted proxy says.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

impl SecureCookies {
    fn applies_to(self, client: Client) -> bool {
        match self {
            Self::Auto => client.is_secure == Some(true),
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// The header that gives a browser its session.
pub(super) fn set(
    token: &str,
    lifetime: Duration,
    secure: SecureCookies,
    client: Client,
) -> Result<HeaderValue, ApiError> {
    header(token, lifetime.as_secs(), secure.applies_to(client))
}

/// The header that takes it away.
pub(super) fn clear(secure: SecureCookies, client: Client) -> Result<HeaderValue, ApiError> {
    header("", 0, secure.applies_to(client))
}

fn header(token: &str, max_age: u64, is_secure: bool) -> Result<HeaderValue, ApiError> {
    let secure = if is_secure { "; Secure" } else { "" };
    let text = format!("{SESSION_COOKIE}={token}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}");
    let mut value = HeaderValue::try_from(text).map_err(ApiError::internal)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secure_follows_the_connection_unless_told() {
        let over = |is_secure| Client { address: None, is_secure };
        let cookie = |secure, client| {
            set("cws_x", Duration::from_secs(60), secure, client).unwrap().to_str().unwrap().to_owned()
        };
        let plain = "chinwag_session=cws_x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax";
        assert_eq!(cookie(SecureCookies::Auto, over(None)), plain);
        assert_eq!(cookie(SecureCookies::Auto, over(Some(true))), format!("{plain}; Secure"));
        assert_eq!(cookie(SecureCookies::Always, over(None)), format!("{plain}; Secure"));
        assert_eq!(cookie(SecureCookies::Never, over(Some(true))), plain);
    }
}
