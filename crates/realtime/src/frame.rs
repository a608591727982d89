//! Messages as WebSocket frames: made once, then shared by all connections that get them.

use bytes::{Bytes, BytesMut};
use chinwag_protocol::Encoding;
use chinwag_websocket::{FrameHeader, MessageKind};

/// Messages together share a frame up to this many bytes.
pub const FRAME_BYTES: usize = 32 * 1024;

/// An encoded message, with the header of its frame before it.
#[derive(Debug, Clone)]
pub(crate) struct Framed {
    frame: Bytes,
    header_bytes: usize,
}

impl Framed {
    pub(crate) fn new(encoding: Encoding, message: &[u8]) -> Self {
        let frame = chinwag_websocket::message(kind(encoding), message);
        Self { header_bytes: frame.len() - message.len(), frame }
    }

    /// All of it.
    pub(crate) fn frame(&self) -> Bytes {
        self.frame.clone()
    }

    /// Only the message.
    pub(crate) fn message(&self) -> Bytes {
        self.frame.slice(self.header_bytes..)
    }

    fn as_message(&self) -> &[u8] {
        self.frame.get(self.header_bytes..).unwrap_or_default()
    }
}

/// One frame of several messages. That of a single one is shared, not copied.
pub(crate) fn joined<'a>(encoding: Encoding, messages: impl Iterator<Item = &'a Framed> + Clone) -> Bytes {
    let mut others = messages.clone();
    if let (Some(only), None) = (others.next(), others.next()) {
        return only.frame();
    }
    let delimiter: &[u8] = if encoding.is_binary() { b"" } else { b"\n" };
    let bytes = messages.clone().map(|message| message.as_message().len() + delimiter.len()).sum::<usize>();
    let bytes = bytes.saturating_sub(delimiter.len());
    let header = FrameHeader::message(kind(encoding), bytes);
    let mut frame = BytesMut::with_capacity(header.as_bytes().len() + bytes);
    frame.extend_from_slice(header.as_bytes());
    for (index, message) in messages.enumerate() {
        if index > 0 {
            frame.extend_from_slice(delimiter);
        }
        frame.extend_from_slice(message.as_message());
    }
    frame.freeze()
}

fn kind(encoding: Encoding) -> MessageKind {
    if encoding.is_binary() { MessageKind::Binary } else { MessageKind::Text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined_of(encoding: Encoding, messages: &[&[u8]]) -> Bytes {
        let framed: Vec<Framed> = messages.iter().map(|message| Framed::new(encoding, message)).collect();
        joined(encoding, framed.iter())
    }

    #[test]
    fn messages_share_a_frame_as_the_protocol_joins_them() {
        for encoding in [Encoding::Json, Encoding::Protobuf] {
            let long = [b'a'; 300];
            let messages: [&[u8]; 3] = [b"{}", &long, b"{\"id\":1}"];
            let payload = chinwag_protocol::join(encoding, &messages.map(Bytes::copy_from_slice));
            assert_eq!(joined_of(encoding, &messages), chinwag_websocket::message(kind(encoding), &payload));
        }
    }

    #[test]
    fn a_single_message_is_framed_once_and_shared() {
        let framed = Framed::new(Encoding::Json, b"{\"id\":1}");
        let frame = joined(Encoding::Json, std::iter::once(&framed));
        assert_eq!(frame, &b"\x81\x08{\"id\":1}"[..]);
        assert_eq!(framed.message(), &b"{\"id\":1}"[..]);
        assert_eq!(frame.as_ptr(), framed.frame().as_ptr());
    }
}
