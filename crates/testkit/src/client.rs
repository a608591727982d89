//! A lean client of the client protocol: JSON over WebSocket over a bare socket.
//!
//! Made for ten thousand connections in one thread: an idle one costs a socket, a task and some hundred bytes,
//! because all share one read buffer. It is not a complete client: it never reconnects by itself and trusts the
//! server's framing where a browser would check it.

pub mod connection;
pub mod delivery;
pub mod frames;
pub mod handshake;
pub mod lines;
mod target;
pub mod token;

pub use connection::{Connection, SignedIn};
pub use target::{Closed, Target};
