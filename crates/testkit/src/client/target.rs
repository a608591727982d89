//! Where to connect to, and how it ends.

use std::fmt;
use std::net::SocketAddr;

/// Where to connect to.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The server.
    pub server: SocketAddr,
    /// The path of the WebSocket.
    pub path: &'static str,
}

impl Target {
    /// A Chinwag node.
    #[must_use]
    pub fn chinwag(server: SocketAddr) -> Self {
        Self { server, path: "/connection/websocket" }
    }
}

/// The server ended the connection, and said why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The protocol's code.
    pub code: u16,
    /// The same in words.
    pub reason: String,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server closed: {} {}", self.code, self.reason)
    }
}

impl std::error::Error for Closed {}
