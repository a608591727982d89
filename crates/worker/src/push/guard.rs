//! Where devices may be told: their endpoints come from strangers, who must not have this server ask its own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Whether an address may be gone to, as far as it can be said without looking its name up.
pub(super) fn may_go(url: &Url) -> bool {
    if url.scheme() != "https" {
        return false;
    }
    // What is not an address is a name, and names are looked up by [`PublicOnly`].
    match url.host_str().map(|host| host.trim_start_matches('[').trim_end_matches(']').parse()) {
        None => false,
        Some(Ok(address)) => is_public(address),
        Some(Err(_)) => true,
    }
}

/// Looks names up, and passes over those of their addresses that are not public. It is asked for the connection itself, so
/// that a name cannot lead elsewhere after it was checked.
pub(super) struct PublicOnly;

/// A name that leads nowhere that may be gone to.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
struct NotPublic;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = matches!(
        (a, b, c),
        (0 | 10 | 127, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224..=255, ..)
    );
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    match address.segments() {
        // What a translator turns into IPv4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Documentation, and tunnels that can lead anywhere.
        [0x2001, 0 | 0xdb8, ..] | [0x2002, ..] => false,
        // All that is in use globally.
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_and_names_over_tls_may_be_gone_to() {
        let may = |url: &str| may_go(&Url::parse(url).unwrap());
        for good in ["https://push.example/x", "https://93.184.215.14/x", "https://[2606:2800::1]:8443/x"] {
            assert!(may(good), "{good}");
        }
        for bad in [
            "http://push.example/x",
            "https://127.0.0.1/x",
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://10.0.0.1/x",
            "https://172.31.0.1/x",
            "https://192.168.1.1/x",
            "https://169.254.169.254/latest",
            "https://100.64.0.1/x",
            "https://0.0.0.0/x",
            "https://[::1]/x",
            "https://[::]/x",
            "https://[::ffff:10.0.0.1]/x",
            "https://[64:ff9b::a00:1]/x",
            "https://[fd00::1]/x",
            "https://[fe80::1]/x",
            "https://[2002:a00:1::]/x",
        ] {
            assert!(!may(bad), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_leads_nowhere() {
        assert!(PublicOnly.resolve("localhost".parse().unwrap()).await.is_err());
    }
}
