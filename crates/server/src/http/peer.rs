//! Where a request comes from: the other end of its connection, or what a trusted proxy says.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;

use super::HttpState;

/// The other end of a connection. The listener puts it into each request's extensions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Peer {
    /// Its address, where it has one.
    pub address: Option<IpAddr>,
    /// Whether the connection itself is encrypted.
    pub is_tls: bool,
}

/// Who is behind a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Client {
    /// The client's address, as far as it can be known.
    pub address: Option<IpAddr>,
    /// Whether the client speaks TLS, where that is known for certain.
    pub is_secure: Option<bool>,
}

impl Peer {
    /// The client behind this peer: the peer itself, unless it is a proxy that is trusted to say who is.
    #[must_use]
    pub fn client(&self, headers: &HeaderMap, trusted: &[IpNet]) -> Client {
        let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(&address.to_canonical()));
        if !self.address.as_ref().is_some_and(is_trusted) {
            return Client { address: self.address, is_secure: self.is_tls.then_some(true) };
        }
        // Each proxy appends whom it heard from, so what the last trusted one heard stands furthest to the right.
        let forwarded = list(headers, "x-forwarded-for");
        let mut address = self.address;
        for hop in forwarded.iter().rev() {
            let Ok(hop) = hop.parse::<IpAddr>() else { break };
            address = Some(hop);
            if !is_trusted(&hop) {
                break;
            }
        }
        let is_secure = match list(headers, "x-forwarded-proto").last() {
            Some(scheme) => Some(scheme.eq_ignore_ascii_case("https")),
            None => self.is_tls.then_some(true),
        };
        Client { address, is_secure }
    }
}

fn list<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).collect()
}

impl FromRequestParts<HttpState> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>().copied().unwrap_or_default();
        Ok(peer.client(&parts.headers, &state.trusted_proxies))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(forwarded_for: &[&str], scheme: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in forwarded_for {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        if let Some(scheme) = scheme {
            headers.insert("x-forwarded-proto", scheme.parse().unwrap());
        }
        headers
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let proxy = Peer { address: address("10.0.0.1"), is_tls: false };
        let stranger = Peer { address: address("192.0.2.9"), is_tls: false };
        let said = headers(&["203.0.113.5"], Some("https"));
        let client = proxy.client(&said, &trusted);
        assert_eq!((client.address, client.is_secure), (address("203.0.113.5"), Some(true)));
        let client = stranger.client(&said, &trusted);
        assert_eq!((client.address, client.is_secure), (address("192.0.2.9"), None));
        assert_eq!(proxy.client(&said, &[]).address, address("10.0.0.1"));
    }

    #[test]
    fn what_a_client_claims_before_the_proxies_is_not_believed() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let proxy = Peer { address: address("10.0.0.1"), is_tls: false };
        let said = headers(&["127.0.0.1, 203.0.113.5", "10.0.0.7"], None);
        assert_eq!(proxy.client(&said, &trusted).address, address("203.0.113.5"));
        assert_eq!(proxy.client(&headers(&["nonsense"], None), &trusted).address, address("10.0.0.1"));
    }
}
