//! The bare socket of a WebSocket, as whoever writes to it sees it.

use std::io::{self, IoSlice};

use chinwag_realtime::Outlet;
use tokio::net::TcpStream;

/// A socket that the connection's driver reads, and that anybody may write to who has something for its client.
#[derive(Debug)]
pub(crate) struct Socket(pub(crate) TcpStream);

impl Outlet for Socket {
    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match pieces {
            [only] => self.0.try_write(only),
            pieces => self.0.try_write_vectored(pieces),
        }
    }
}
