//! How encoded messages are put on each transport.

use bytes::{BufMut, Bytes, BytesMut};

use crate::encode::join;
use crate::encoding::Encoding;

/// How a transport tells one message from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Framing {
    /// The payload of one WebSocket message.
    WebSocket,
    /// A piece of an endless HTTP body: JSON messages end with a line break, Protobuf ones carry their
    /// length.
    HttpStream,
    /// Server-sent events, one each. JSON only.
    Sse,
}

impl Framing {
    /// What a response body begins with. For SSE an empty line, which makes proxies and browsers show the
    /// stream as open.
    pub fn preamble(self) -> &'static [u8] {
        match self {
            Self::WebSocket | Self::HttpStream => b"",
            Self::Sse => b"\r\n",
        }
    }

    /// Puts encoded messages together for the transport. Nothing in, nothing out.
    pub fn frame(self, encoding: Encoding, messages: &[Bytes]) -> Bytes {
        if messages.is_empty() {
            return Bytes::new();
        }
        match (self, encoding) {
            (Self::HttpStream, Encoding::Json) => surround(b"", messages, b"\n"),
            (Self::Sse, _) => surround(b"data: ", messages, b"\n\n"),
            (Self::WebSocket, _) | (Self::HttpStream, Encoding::Protobuf) => join(encoding, messages),
        }
    }
}

fn surround(before: &[u8], messages: &[Bytes], after: &[u8]) -> Bytes {
    let around = before.len() + after.len();
    let mut frame = BytesMut::with_capacity(messages.iter().map(|message| message.len() + around).sum());
    for message in messages {
        frame.put_slice(before);
        frame.put_slice(message);
        frame.put_slice(after);
    }
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(framing: Framing, encoding: Encoding, messages: &[&'static str]) -> Bytes {
        let messages: Vec<Bytes> =
            messages.iter().map(|message| Bytes::from_static(message.as_bytes())).collect();
        framing.frame(encoding, &messages)
    }

    #[test]
    fn each_transport_has_its_delimiters() {
        let two = ["{}", r#"{"id":1}"#];
        assert_eq!(framed(Framing::WebSocket, Encoding::Json, &two), "{}\n{\"id\":1}");
        assert_eq!(framed(Framing::HttpStream, Encoding::Json, &two), "{}\n{\"id\":1}\n");
        assert_eq!(framed(Framing::Sse, Encoding::Json, &two), "data: {}\n\ndata: {\"id\":1}\n\n");
        assert_eq!(
            framed(Framing::HttpStream, Encoding::Protobuf, &["\0", "\x02\x08\x01"]),
            "\0\x02\x08\x01"
        );
    }

    #[test]
    fn a_single_message_is_shared_and_none_is_nothing() {
        let message = Bytes::from(b"{\"id\":1}".to_vec());
        let frame = Framing::WebSocket.frame(Encoding::Json, std::slice::from_ref(&message));
        assert_eq!(frame.as_ptr(), message.as_ptr());
        assert!(framed(Framing::Sse, Encoding::Json, &[]).is_empty());
    }
}
