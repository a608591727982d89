//! This node and what it stands on.

use std::net::SocketAddr;
use std::path::PathBuf;

use chinwag_chat::NodeId;

use crate::config::table::section;
use crate::config::value::Value;
use crate::config::{BusChoice, Roles, StoreChoice};

section! {
    /// This node and what it stands on.
    pub struct Node in "" {
        /// The address and port to listen on. Everything is served here: web chat, REST, real time, health, metrics.
        pub listen: SocketAddr = "127.0.0.1:8000",
        /// The directory that everything is kept in. Created if need be.
        pub data_dir: PathBuf = "./chinwag-data",
        /// Where messages, accounts and sessions are kept. `sqlite://` is a file in the data directory; a path may
        /// follow. `postgres://user:password@host:5432/database` is what the nodes of a cluster share. `memory://` keeps
        /// nothing beyond the process.
        pub store: StoreChoice = "sqlite://",
        /// How the nodes of a cluster tell each other what happened. `local` is a cluster of one. `redis://`, `nats://` and
        /// `postgres://` name a server; `postgres` alone is the store's own database.
        pub bus: BusChoice = "local",
        /// What this node does.
        pub role: Roles = "all",
        /// This node's name in its cluster and its log. The host's name if empty.
        pub node_name: Option<NodeId> = "",
    }
}

impl Node {
    /// Sees that store and bus fit each other.
    pub(super) fn check(&self, fault: &mut impl FnMut(String)) {
        let own = match self.store {
            StoreChoice::Sqlite(_) => "a SQLite file",
            StoreChoice::Memory => "this process's memory",
            StoreChoice::Postgres(_) => return,
        };
        if self.bus != BusChoice::Local {
            fault(format!(
                "`bus` names a way to other nodes, but `store` is {own}, which they cannot share: name a postgres:// \
                 store, or leave the bus local"
            ));
        }
    }

    /// The node's name: the given one, else the host's, else `node`.
    #[must_use]
    pub fn name(&self) -> String {
        let host = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
        let from_host = || host().and_then(|name| name.trim().parse::<NodeId>().ok());
        self.node_name.clone().or_else(from_host).map_or_else(|| "node".to_owned(), |name| name.to_string())
    }
}

impl Value for NodeId {
    const NAME: &'static str = "NAME";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| format!("must be letters, digits, '-', '_' and '.', at most 64, not \"{text}\""))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}
