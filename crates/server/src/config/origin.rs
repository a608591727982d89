//! Web origins, compared as browsers write them.

use std::fmt;

use super::value::Value;

/// A scheme, host and port as in the header `Origin`; or `*` for any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Whether this setting allows what a browser sent in the header `Origin`.
    #[must_use]
    pub fn allows(&self, header: &str) -> bool {
        self.0 == "*" || self.0.eq_ignore_ascii_case(header)
    }

    /// The origin as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Value for Origin {
    const NAME: &'static str = "ORIGIN";

    fn parse(text: &str) -> Result<Self, String> {
        let fault = || format!("must hold origins such as https://chat.example.com, not \"{text}\"");
        if text == "*" {
            return Ok(Self(text.to_owned()));
        }
        let uri: http::Uri = text.parse().map_err(|_| fault())?;
        let scheme = uri.scheme_str().ok_or_else(fault)?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(fault)?;
        // A path would never match, for browsers send none; better said now than searched for later.
        let names_only_an_origin = uri.path() == "/" && uri.query().is_none() && !text.ends_with('/');
        if !names_only_an_origin || text.contains('@') || text.contains('#') {
            return Err(fault());
        }
        // Browsers leave out the port that goes without saying, so it must not be part of what is compared.
        let port = uri.port_u16().filter(|port| !matches!((scheme, port), ("http", 80) | ("https", 443)));
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self(format!("{scheme}://{}{port}", host.to_ascii_lowercase())))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_compared_as_browsers_write_it() {
        let origin = Origin::parse("https://Chat.Example.com:443").unwrap();
        assert!(origin.allows("https://chat.example.com"));
        assert!(
            !origin.allows("http://chat.example.com") && !origin.allows("https://chat.example.com.evil.org")
        );
        assert!(Origin::parse("*").unwrap().allows("https://anything"));
        assert!(Origin::parse("http://localhost:5173").unwrap().allows("http://localhost:5173"));
    }

    #[test]
    fn what_no_browser_would_send_is_refused() {
        for bad in ["chat.example.com", "https://a/", "https://a/b", "https://", "https://u@a", "//a", "null"]
        {
            assert!(Origin::parse(bad).is_err(), "{bad:?}");
        }
    }
}
