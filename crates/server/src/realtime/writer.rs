//! What goes into a WebSocket without a mailbox: before the client is known, and once the mailbox is closed.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use bytes::{Buf, Bytes, BytesMut};
use chinwag_protocol::{Encoding, join};
use chinwag_websocket::{FrameHeader, MessageKind};
use tokio::net::TcpStream;

/// Messages that wait together share a frame up to this many bytes.
const FRAME_BYTES: usize = 32 * 1024;
/// The most pieces handed to one system call.
const PIECES: usize = 64;

/// Frames that were not written yet.
#[derive(Default)]
pub(crate) struct Writer {
    pieces: VecDeque<Bytes>,
}

impl Writer {
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
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
        self.pieces.extend(frames);
    }

    /// Puts a ready frame in.
    pub(crate) fn raw(&mut self, frame: Bytes) {
        self.pieces.push_back(frame);
    }

    /// Writes as much as the socket takes; true if it took anything.
    pub(crate) fn write(&mut self, socket: &TcpStream) -> io::Result<bool> {
        let mut progress = false;
        while !self.pieces.is_empty() {
            let mut slices = [IoSlice::new(&[]); PIECES];
            let mut count = 0;
            for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
                *slice = IoSlice::new(piece);
                count += 1;
            }
            match socket.try_write_vectored(&slices[..count]) {
                Ok(written) => {
                    self.written(written);
                    progress = true;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(progress),
                Err(error) => return Err(error),
            }
        }
        // An idle connection keeps no buffer.
        self.pieces.shrink_to(0);
        Ok(progress)
    }

    fn frame(&mut self, encoding: Encoding, messages: &[Bytes]) {
        let payload = join(encoding, messages);
        let kind = if encoding.is_binary() { MessageKind::Binary } else { MessageKind::Text };
        let header = FrameHeader::message(kind, payload.len());
        if let [_] = messages {
            // One message is shared with every other connection that gets it.
            self.pieces.push_back(Bytes::copy_from_slice(header.as_bytes()));
            self.pieces.push_back(payload);
        } else {
            let mut frame = BytesMut::with_capacity(header.as_bytes().len() + payload.len());
            frame.extend_from_slice(header.as_bytes());
            frame.extend_from_slice(&payload);
            self.pieces.push_back(frame.freeze());
        }
    }

    fn written(&mut self, mut bytes: usize) {
        while let Some(first) = self.pieces.front_mut() {
            if bytes < first.len() {
                first.advance(bytes);
                return;
            }
            bytes -= first.len();
            self.pieces.pop_front();
        }
    }
}
