//! The socket for `chinwag session …`.

use std::path::PathBuf;

use super::Node;
use crate::config::table::section;

section! {
    /// The socket through which `chinwag session …` talks to the running node.
    pub struct Admin in "admin" {
        /// The socket's path; `admin.sock` in the data directory if empty. Only the node's own user may use it.
        pub socket: Option<PathBuf> = "",
    }
}

impl Admin {
    /// Where the socket is.
    #[must_use]
    pub fn socket_path(&self, node: &Node) -> PathBuf {
        self.socket.clone().unwrap_or_else(|| node.data_dir.join("admin.sock"))
    }
}
