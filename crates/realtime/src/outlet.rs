//! The way from a mailbox to its client's socket.

use std::fmt;
use std::io::{self, IoSlice};
use std::sync::Arc;

use crate::due::Due;

/// A socket that anybody may write to who has something for its client.
pub trait Outlet: fmt::Debug + Send + Sync {
    /// Writes what the socket takes at once, and says how many bytes that was. Never waits.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) where it takes nothing now; anything else where it never will again.
    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize>;
}

/// How far the writing of what waits has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Whether the socket took anything.
    pub progress: bool,
    /// Whether it would take no more, so that something waits still.
    pub is_stuck: bool,
}

/// What a mailbox with a socket has beside its queue.
#[derive(Debug)]
pub(crate) struct Exit {
    pub(crate) outlet: Arc<dyn Outlet>,
    /// Where to put the mailbox down when something waits.
    pub(crate) due: Arc<Due>,
    /// It is put down there.
    pub(crate) is_due: bool,
    /// The socket would take no more. The connection's driver waits until it does, and nobody else tries.
    pub(crate) is_stuck: bool,
}
