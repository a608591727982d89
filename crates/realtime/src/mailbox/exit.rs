//! The mailbox that writes to a socket by itself.
//!
//! Whoever puts something in has it put down as due, and one of the hub's writers sends it. Where the socket is full,
//! the connection's driver takes over until all of it is written.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::MutexGuard;

use super::Mailbox;
use super::queue::Queue;
use crate::due::Due;
use crate::outlet::{Exit, Outlet, Written};

impl Mailbox {
    /// Calls whoever is to take out what was put in: the hub's writers where there is a socket, else the driver.
    pub(super) fn call(self: &Arc<Self>, mut queue: MutexGuard<'_, Queue>) {
        if queue.exit.is_none() {
            drop(queue);
            self.driver.call();
        } else if let Some(due) = queue.falls_due() {
            drop(queue);
            due.add(self.clone());
        }
    }

    /// From now on messages leave by this socket, whoever puts them in, and [`Mailbox::take`] is of no use any more.
    pub(crate) fn open(&self, outlet: Arc<dyn Outlet>, due: Arc<Due>) {
        let exit = Exit { outlet, due, is_due: false, is_stuck: false };
        self.queue.lock().open(exit, &self.owner);
    }

    /// Writes what waits into the socket, as far as it takes it. For the connection's driver, who must come back when
    /// the socket takes more: until then nobody else tries.
    ///
    /// # Errors
    /// The socket's: it is gone.
    pub fn write(&self) -> io::Result<Written> {
        self.queue.lock().write(&self.owner)
    }

    /// Puts in a frame that carries no message.
    pub fn control_frame(&self, frame: Bytes) {
        self.queue.lock().push(frame);
    }

    /// No more goes to the socket from here; returns the frames that did not, or not wholly.
    #[must_use]
    pub fn close(&self) -> VecDeque<Bytes> {
        let mut queue = self.queue.lock();
        queue.bytes = 0;
        queue.exit.take().map(|_| queue.messages.take()).unwrap_or_default()
    }

    /// It is the mailbox's turn among those that are due.
    pub(crate) fn write_in_turn(&self) {
        let mut queue = self.queue.lock();
        match &mut queue.exit {
            Some(exit) if !exit.is_stuck => exit.is_due = false,
            Some(exit) => {
                exit.is_due = false;
                return;
            }
            None => return,
        }
        let written = queue.write(&self.owner);
        drop(queue);
        if !matches!(written, Ok(Written { is_stuck: false, .. })) {
            // The driver waits for the socket, or learns that it is gone.
            self.driver.call();
        }
    }
}
