//! What goes into a WebSocket without a mailbox: before the client is known, and once the mailbox is closed.

use std::collections::VecDeque;
use std::io;

use bytes::Bytes;
use chinwag_protocol::{Encoding, join};
use chinwag_realtime::{FRAME_BYTES, Pieces};
use chinwag_websocket::{MessageKind, message};

use super::socket::Socket;

/// Frames that were not written yet: nothing for most of a connection's life, and then it takes next to no room.
#[derive(Default)]
pub(crate) struct Writer {
    pieces: Option<Box<Pieces>>,
}

impl Writer {
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_none()
    }

    /// Puts messages into as few frames as is sensible.
    pub(crate) fn messages(&mut self, encoding: Encoding, messages: VecDeque<Bytes>) {
        let mut batch: Vec<Bytes> = vec![];
        let mut batch_bytes = 0;
        for message in messages {
            if batch_bytes + message.len() > FRAME_BYTES && !batch.is_empty() {
                self.frame(encoding, &std::mem::take(&mut batch));
                batch_bytes = 0;
            }
            batch_bytes += message.len();
            batch.push(message);
        }
        if !batch.is_empty() {
            self.frame(encoding, &batch);
        }
    }

    /// Puts in what a mailbox left.
    pub(crate) fn rest(&mut self, frames: VecDeque<Bytes>) {
        frames.into_iter().for_each(|frame| self.raw(frame));
    }

    /// Puts a ready frame in.
    pub(crate) fn raw(&mut self, frame: Bytes) {
        self.pieces.get_or_insert_default().push(frame);
    }

    /// Writes as much as the socket takes; true if it took anything.
    pub(crate) fn write(&mut self, socket: &Socket) -> io::Result<bool> {
        let Some(pieces) = &mut self.pieces else { return Ok(false) };
        let taken = pieces.write(socket)?;
        if pieces.is_empty() {
            self.pieces = None;
        }
        Ok(taken > 0)
    }

    fn frame(&mut self, encoding: Encoding, messages: &[Bytes]) {
        let kind = if encoding.is_binary() { MessageKind::Binary } else { MessageKind::Text };
        self.raw(message(kind, &join(encoding, messages)));
    }
}
