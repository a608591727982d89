//! This node among the others.

use std::net::SocketAddr;
use std::time::Duration;

use crate::config::table::section;

section! {
    /// This node among the others of its cluster. Nodes that share a store are one.
    pub struct Cluster in "cluster" {
        /// Where the other nodes reach this one: a host and a port. If empty, the address that it listens on; and where
        /// that is every address of the machine, the machine's name and the port.
        pub advertise: String = "",
        /// How long the others believe that this node lives after they last heard of it; it says so three times as
        /// often. The shorter, the sooner a dead node's users are known to be gone, and the more a slow store is taken for
        /// a death.
        pub lease: Duration = "6s",
        /// How long somebody must be gone from all nodes before they are shown as offline.
        pub offline_grace: Duration = "5s",
    }
}

impl Cluster {
    /// Where the other nodes reach this one, which listens there.
    #[must_use]
    pub fn advertised(&self, listening: SocketAddr) -> String {
        if !self.advertise.is_empty() {
            return self.advertise.clone();
        }
        if !listening.ip().is_unspecified() {
            return listening.to_string();
        }
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = if host.trim().is_empty() { "localhost" } else { host.trim() };
        format!("{host}:{}", listening.port())
    }

    pub(super) fn check(&self, fault: &mut impl FnMut(String)) {
        if self.lease < Duration::from_secs(1) {
            fault("`cluster.lease` must be at least 1s".to_owned());
        }
        let has_port = |address: &str| {
            address
                .rsplit_once(':')
                .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        };
        if !self.advertise.is_empty() && !has_port(&self.advertise) {
            fault(format!(
                "`cluster.advertise` must be a host and a port such as node1.internal:8000, not \"{}\"",
                self.advertise
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(advertise: &str) -> Cluster {
        let lease = Duration::from_secs(6);
        Cluster { advertise: advertise.to_owned(), lease, offline_grace: lease }
    }

    #[test]
    fn a_node_that_listens_everywhere_is_reached_by_its_machines_name() {
        assert_eq!(cluster("").advertised("10.0.0.7:80".parse().unwrap()), "10.0.0.7:80");
        let by_name = cluster("").advertised("0.0.0.0:8000".parse().unwrap());
        assert!(by_name.ends_with(":8000") && !by_name.starts_with("0.0.0.0"), "{by_name}");
        assert_eq!(cluster("n1:9").advertised("0.0.0.0:8000".parse().unwrap()), "n1:9");
    }

    #[test]
    fn an_address_without_a_port_is_a_fault() {
        for (advertise, faults) in [("", 0), ("n1:9", 0), ("[::1]:9", 0), ("n1", 1), (":9", 1), ("n1:x", 1)] {
            let mut found = 0;
            cluster(advertise).check(&mut |_| found += 1);
            assert_eq!(found, faults, "{advertise}");
        }
    }
}
