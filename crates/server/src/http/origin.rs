//! Which web pages may act for their users: the server's own, and those that the operator lists.
//!
//! A pure decision, used for requests that change something and for the WebSocket handshake.

use std::borrow::Cow;

/// The origins besides the server's own whose pages may act for their users.
#[derive(Debug, Clone, Default)]
pub struct OriginPolicy {
    listed: Vec<String>,
    any: bool,
}

impl OriginPolicy {
    /// A policy for these origins, such as `https://app.example.com`; `*` is every one.
    #[must_use]
    pub fn new<T: AsRef<str>>(origins: impl IntoIterator<Item = T>) -> Self {
        let mut policy = Self::default();
        for origin in origins {
            match origin.as_ref() {
                "*" => policy.any = true,
                origin => policy.listed.extend(Origin::parse(origin).map(|origin| origin.to_string())),
            }
        }
        policy
    }

    /// Whether a page of `origin` may act on the server that was addressed as `host` (the header `Host`).
    ///
    /// `is_secure` says whether the request came over TLS, where that is known for certain.
    #[must_use]
    pub fn allows(&self, origin: &str, host: Option<&str>, is_secure: Option<bool>) -> bool {
        let Some(origin) = Origin::parse(origin) else { return false };
        self.any
            || self.listed.contains(&origin.to_string())
            || host.is_some_and(|host| origin.is_of(host, is_secure))
    }

    /// Whether the operator listed this very origin.
    #[must_use]
    pub fn lists(&self, origin: &str) -> bool {
        Origin::parse(origin).is_some_and(|origin| self.listed.contains(&origin.to_string()))
    }

    /// Whether the operator allows every origin.
    #[must_use]
    pub fn allows_any(&self) -> bool {
        self.any
    }
}

/// An origin in its parts, in lower case, without the port that goes without saying.
#[derive(Debug, PartialEq, Eq)]
struct Origin {
    is_secure: bool,
    /// Host and, unless it is the scheme's own, port.
    authority: String,
}

impl Origin {
    /// Reads an origin. `null`, other schemes and anything with a path or a user are none that could be allowed.
    fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let is_secure = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        Some(Self { is_secure, authority: authority_of(authority, is_secure)?.into_owned() })
    }

    fn is_of(&self, host: &str, is_secure: Option<bool>) -> bool {
        is_secure.is_none_or(|is_secure| is_secure == self.is_secure)
            && authority_of(host, self.is_secure).is_some_and(|authority| authority == self.authority)
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "http{}://{}", if self.is_secure { "s" } else { "" }, self.authority)
    }
}

/// Host and port in lower case, without the scheme's own port; nothing for what is no host and port.
fn authority_of(text: &str, is_secure: bool) -> Option<Cow<'static, str>> {
    let text = text.to_ascii_lowercase();
    let (host, port) = match text.rsplit_once(':') {
        // The colons of an IPv6 address stand within brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse::<u16>().ok()?)),
        _ => (text.as_str(), None),
    };
    let is_ipv6 = host.starts_with('[') && host.ends_with(']');
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c) || (is_ipv6 && "[]:".contains(c));
    if host.is_empty() || !host.chars().all(fits) {
        return None;
    }
    let usual = if is_secure { 443 } else { 80 };
    Some(match port.filter(|port| *port != usual) {
        Some(port) => format!("{host}:{port}").into(),
        None => host.to_owned().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(origin: &str, host: &str) -> bool {
        OriginPolicy::default().allows(origin, Some(host), None)
    }

    #[test]
    fn the_servers_own_pages_are_allowed() {
        assert!(own("http://127.0.0.1:8000", "127.0.0.1:8000"));
        assert!(own("https://chat.example", "chat.example"));
        assert!(own("https://chat.example", "chat.example:443"));
        assert!(own("HTTPS://Chat.Example", "CHAT.EXAMPLE"));
        assert!(own("http://[::1]:8000", "[::1]:8000"));
        assert!(own("http://[::1]", "[::1]"));
    }

    #[test]
    fn what_only_looks_like_them_is_not() {
        for (origin, host) in [
            ("https://chat.example.evil.org", "chat.example"),
            ("https://evil-chat.example", "chat.example"),
            ("https://sub.chat.example", "chat.example"),
            ("https://chat.example", "sub.chat.example"),
            ("https://chat.example:8443", "chat.example"),
            ("http://chat.example:443", "chat.example"),
            ("http://127.0.0.1:8001", "127.0.0.1:8000"),
            ("https://chat.example@evil.org", "chat.example"),
            ("https://evil.org/chat.example", "chat.example"),
            ("https://evil.org#chat.example", "chat.example"),
            ("https://chat.example/", "chat.example"),
            ("https://chat.example.", "chat.example"),
            ("https://", ""),
            ("null", "null"),
            ("null", "chat.example"),
            ("", ""),
            ("chat.example", "chat.example"),
            ("file://chat.example", "chat.example"),
            ("https://chat.example:99999", "chat.example:99999"),
            ("https://chat.example, https://evil.org", "chat.example"),
        ] {
            assert!(!own(origin, host), "{origin} on {host}");
        }
        assert!(!OriginPolicy::default().allows("https://chat.example", None, None));
    }

    #[test]
    fn the_scheme_counts_where_it_is_known() {
        let policy = OriginPolicy::default();
        assert!(policy.allows("https://chat.example", Some("chat.example"), Some(true)));
        assert!(!policy.allows("http://chat.example", Some("chat.example"), Some(true)));
        assert!(!policy.allows("https://chat.example", Some("chat.example"), Some(false)));
    }

    #[test]
    fn listed_origins_are_compared_exactly() {
        let policy = OriginPolicy::new(["https://App.example:443", "http://localhost:5173"]);
        let allows = |origin| policy.allows(origin, Some("chat.example"), None);
        assert!(allows("https://app.example") && allows("http://localhost:5173"));
        assert!(!allows("http://app.example") && !allows("http://localhost") && !allows("null"));
        assert!(policy.lists("https://app.example") && !policy.lists("https://chat.example"));
        let any = OriginPolicy::new(["*"]);
        assert!(any.allows("https://anything", None, None) && !any.allows("null", None, None));
        assert!(!any.lists("https://anything"));
    }
}
