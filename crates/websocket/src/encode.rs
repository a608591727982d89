//! From messages to frames. Servers do not mask, so a frame is the same for every client and is made once.

use bytes::{BufMut, Bytes, BytesMut};

use crate::close::CloseCode;
use crate::header::{MAX_CONTROL_BYTES, Opcode};

/// Whether a message is text or binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// UTF-8 text; the caller makes sure of it.
    Text,
    /// Any bytes.
    Binary,
}

/// The header of a frame, for writing it and a shared payload with one vectored write.
#[derive(Debug, Clone, Copy)]
pub struct FrameHeader {
    bytes: [u8; 10],
    used: u8,
}

impl FrameHeader {
    /// The header of a message of `payload_bytes` in one frame.
    pub fn message(kind: MessageKind, payload_bytes: usize) -> Self {
        let opcode = match kind {
            MessageKind::Text => Opcode::Text,
            MessageKind::Binary => Opcode::Binary,
        };
        Self::new(opcode, payload_bytes)
    }

    /// The bytes on the wire: 2, 4 or 10 of them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.used)]
    }

    fn new(opcode: Opcode, payload_bytes: usize) -> Self {
        let mut bytes = [0; 10];
        bytes[0] = 0x80 | opcode as u8;
        let used = if payload_bytes <= MAX_CONTROL_BYTES {
            bytes[1] = payload_bytes as u8;
            2
        } else if let Ok(length) = u16::try_from(payload_bytes) {
            bytes[1] = 126;
            bytes[2..4].copy_from_slice(&length.to_be_bytes());
            4
        } else {
            bytes[1] = 127;
            bytes[2..10].copy_from_slice(&(payload_bytes as u64).to_be_bytes());
            10
        };
        Self { bytes, used }
    }
}

/// A whole message in one frame.
pub fn message(kind: MessageKind, payload: &[u8]) -> Bytes {
    frame(FrameHeader::message(kind, payload.len()), &[payload])
}

/// A ping frame. Its payload is cut at 125 bytes, which is all that the protocol has room for.
pub fn ping(payload: &[u8]) -> Bytes {
    control(Opcode::Ping, payload)
}

/// The answer to a ping: its payload again.
pub fn pong(payload: &[u8]) -> Bytes {
    control(Opcode::Pong, payload)
}

/// A close frame. The reason is cut, between characters, at 123 bytes.
pub fn close(code: CloseCode, reason: &str) -> Bytes {
    let reason = &reason[..reason.floor_char_boundary(MAX_CONTROL_BYTES - 2)];
    let header = FrameHeader::new(Opcode::Close, 2 + reason.len());
    frame(header, &[&code.get().to_be_bytes(), reason.as_bytes()])
}

fn control(opcode: Opcode, payload: &[u8]) -> Bytes {
    let payload = &payload[..payload.len().min(MAX_CONTROL_BYTES)];
    frame(FrameHeader::new(opcode, payload.len()), &[payload])
}

fn frame(header: FrameHeader, parts: &[&[u8]]) -> Bytes {
    let payload_bytes: usize = parts.iter().map(|part| part.len()).sum();
    let mut frame = BytesMut::with_capacity(header.as_bytes().len() + payload_bytes);
    frame.put_slice(header.as_bytes());
    for part in parts {
        frame.put_slice(part);
    }
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_their_shortest_form() {
        for (length, header) in [
            (0, &b"\x81\x00"[..]),
            (125, b"\x81\x7d"),
            (126, b"\x81\x7e\x00\x7e"),
            (65_535, b"\x81\x7e\xff\xff"),
            (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
        ] {
            assert_eq!(FrameHeader::message(MessageKind::Text, length).as_bytes(), header);
            assert_eq!(message(MessageKind::Text, &vec![b'a'; length]).len(), header.len() + length);
        }
    }

    #[test]
    fn control_frames_read_like_the_rfcs() {
        assert_eq!(message(MessageKind::Binary, b"\x01"), &b"\x82\x01\x01"[..]);
        assert_eq!(ping(b"Hello"), &b"\x89\x05Hello"[..]);
        assert_eq!(pong(b""), &b"\x8a\x00"[..]);
        assert_eq!(close(CloseCode::NORMAL, "bye"), &b"\x88\x05\x03\xe8bye"[..]);
    }

    #[test]
    fn what_does_not_fit_a_control_frame_is_cut() {
        assert_eq!(ping(&[0; 300]).len(), 2 + 125);
        let frame = close(CloseCode::NORMAL, &"é".repeat(100));
        assert_eq!(frame.len(), 2 + 2 + 122, "not through the middle of a character");
    }
}
