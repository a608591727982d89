//! The first words of a node.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::config::{Role, Roles};

/// The line that says where to go and where the data is.
#[must_use]
pub fn greeting(address: SocketAddr, kept_in: &str, roles: &Roles) -> String {
    let url = format!("http://{}", reachable(address));
    let kept = format!("Everything is kept in {kept_in}.");
    if *roles == Roles::default() {
        format!("Chinwag is ready: open {url} in a browser. {kept}")
    } else if roles.has(Role::Api) {
        format!("Chinwag is ready as {roles}: open {url} in a browser. {kept}")
    } else {
        format!("Chinwag is ready as {roles}, listening on {url}. {kept}")
    }
}

/// The address under which this machine reaches a listener: "any address" is none that one can go to.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_names_an_address_that_can_be_opened() {
        let line = greeting("0.0.0.0:8000".parse().unwrap(), "./chinwag-data", &Roles::default());
        assert!(line.contains("http://127.0.0.1:8000 ") && line.contains("./chinwag-data"), "{line}");
        let gateway = greeting("127.0.0.1:8000".parse().unwrap(), "x", &"gateway".parse().unwrap());
        assert!(gateway.contains("as gateway") && !gateway.contains("browser"), "{gateway}");
        assert_eq!(reachable("[::]:80".parse().unwrap()).to_string(), "[::1]:80");
    }
}
