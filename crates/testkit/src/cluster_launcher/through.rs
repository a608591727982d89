//! Puts a network that fails on command between a node and what its URLs name.

use std::net::SocketAddr;

use anyhow::Result;

use crate::fault_proxy::{FaultProxy, Way};

/// All the ways from one node to one of its dependencies.
#[derive(Debug, Default)]
pub struct Network(Vec<FaultProxy>);

impl Network {
    /// Leads each address of this machine in a URL through a proxy; tells the URL to use instead.
    pub(super) async fn through(url: &str) -> Result<(String, Self)> {
        let (mut led, mut proxies) = (String::with_capacity(url.len()), Vec::new());
        let mut rest = url;
        while let Some(at) = rest.find("127.0.0.1:") {
            let (before, address) = rest.split_at(at);
            let end =
                address.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':').unwrap_or(address.len());
            let (address, after) = address.split_at(end);
            let proxy = FaultProxy::start(address.parse::<SocketAddr>()?).await?;
            led += before;
            led += &proxy.address().to_string();
            proxies.push(proxy);
            rest = after;
        }
        led += rest;
        Ok((led, Self(proxies)))
    }

    /// The way to one server.
    pub(super) async fn to(server: SocketAddr) -> Result<Self> {
        Ok(Self(vec![FaultProxy::start(server).await?]))
    }

    /// Where to connect to instead of the first server.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.0.first().map(FaultProxy::address)
    }

    /// Whether there is anything to cut.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Nothing arrives any more, and nobody is told.
    pub fn black_hole(&self) {
        for proxy in &self.0 {
            proxy.black_hole(Way::Both);
        }
    }

    /// Connections end, and new ones are refused.
    pub async fn go_down(&self) {
        for proxy in &self.0 {
            proxy.go_down().await;
        }
    }

    /// All is well again. Connections that were held have been forgotten meanwhile, as by a router.
    pub async fn heal(&self) {
        for proxy in &self.0 {
            proxy.cut();
            proxy.pass().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_address_in_a_url_is_led_through_a_proxy() {
        let (url, network) = Network::through("a://u:p@127.0.0.1:7001,127.0.0.1:7002/x?y=1").await.unwrap();
        let addresses: Vec<String> = network.0.iter().map(|proxy| proxy.address().to_string()).collect();
        assert_eq!(url, format!("a://u:p@{},{}/x?y=1", addresses[0], addresses[1]));
        let (url, network) = Network::through("local").await.unwrap();
        assert!(url == "local" && network.is_empty());
    }
}
