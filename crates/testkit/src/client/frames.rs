//! The client's half of WebSocket framing, as much of it as our own server needs.

use anyhow::{Context, Result, bail, ensure};

/// What every frame is masked with. A browser picks a random one; the server's work is the same.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;
const FIN: u8 = 0x80;

/// What the server sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A text or binary message.
    Message(&'a [u8]),
    /// Must be answered with the same bytes.
    Ping(&'a [u8]),
    /// The server ends the connection.
    Close {
        /// Why; 1005 where it did not say.
        code: u16,
        /// Why, in words.
        reason: String,
    },
}

/// Reads one connection's frames. Holds bytes only while a frame is unfinished.
#[derive(Debug, Default)]
pub struct Frames {
    unfinished: Vec<u8>,
}

impl Frames {
    /// Hands over each frame that `bytes` completes and keeps the rest for the next call.
    ///
    /// # Errors
    /// A frame is fragmented or unknown, which our servers do not send, or `each` fails.
    pub fn read(&mut self, bytes: &[u8], mut each: impl FnMut(Frame<'_>) -> Result<()>) -> Result<()> {
        if self.unfinished.is_empty() {
            let used = complete(bytes, &mut each)?;
            self.unfinished.extend_from_slice(&bytes[used..]);
            return Ok(());
        }
        self.unfinished.extend_from_slice(bytes);
        let used = complete(&self.unfinished, &mut each)?;
        if used == self.unfinished.len() {
            self.unfinished = Vec::new();
        } else {
            self.unfinished.drain(..used);
        }
        Ok(())
    }
}

/// Hands over the complete frames; tells how many bytes they took.
fn complete(bytes: &[u8], each: &mut impl FnMut(Frame<'_>) -> Result<()>) -> Result<usize> {
    let mut used = 0;
    while let Some((header_bytes, payload_bytes)) = lengths(&bytes[used..])? {
        let start = used + header_bytes;
        let Some(payload) = bytes.get(start..start + payload_bytes) else { break };
        match bytes[used] & 0xf {
            TEXT | BINARY => each(Frame::Message(payload))?,
            PING => each(Frame::Ping(payload))?,
            PONG => {}
            CLOSE => each(close(payload))?,
            opcode => bail!("the server sent a frame of kind {opcode}"),
        }
        used = start + payload_bytes;
    }
    Ok(used)
}

/// The length of the header and of the payload; none where the header is not complete.
fn lengths(bytes: &[u8]) -> Result<Option<(usize, usize)>> {
    let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
    ensure!(first & 0xf0 == FIN, "the server sent a fragment or used a reserved bit");
    Ok(match second {
        length @ 0..=125 => Some((2, usize::from(length))),
        126 => rest.first_chunk().map(|length| (4, usize::from(u16::from_be_bytes(*length)))),
        127 => match rest.first_chunk() {
            Some(length) => {
                let length = u64::from_be_bytes(*length);
                Some((10, usize::try_from(length).context("the server sent a frame larger than memory")?))
            }
            None => None,
        },
        _ => bail!("the server masked a frame"),
    })
}

fn close(payload: &[u8]) -> Frame<'static> {
    match payload.split_first_chunk() {
        Some((code, reason)) => Frame::Close {
            code: u16::from_be_bytes(*code),
            reason: String::from_utf8_lossy(reason).into_owned(),
        },
        None => Frame::Close { code: 1005, reason: String::new() },
    }
}

/// Appends a masked text message.
pub fn put_message(out: &mut Vec<u8>, payload: &[u8]) {
    put(out, TEXT, payload);
}

/// Appends a masked binary message.
pub fn put_binary(out: &mut Vec<u8>, payload: &[u8]) {
    put(out, BINARY, payload);
}

/// Appends the answer to a ping frame.
pub fn put_pong(out: &mut Vec<u8>, payload: &[u8]) {
    put(out, PONG, payload);
}

fn put(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    out.push(FIN | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length @ 0..=125), _) => out.push(0x80 | length),
        (_, Ok(length)) => {
            out.push(0x80 | 126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

#[cfg(test)]
mod tests {
    use super::*;
    use chinwag_websocket::{CloseCode, Decoder, Event, MessageKind};

    fn seen(frames: &mut Frames, bytes: &[u8]) -> Vec<String> {
        let mut seen = Vec::new();
        let each = |frame: Frame<'_>| {
            seen.push(match frame {
                Frame::Message(payload) => format!("message {}", payload.len()),
                Frame::Ping(payload) => format!("ping {}", String::from_utf8_lossy(payload)),
                Frame::Close { code, reason } => format!("close {code} {reason}"),
            });
            Ok(())
        };
        frames.read(bytes, each).unwrap();
        seen
    }

    #[test]
    fn frames_are_found_however_they_are_cut() {
        let stream = [
            chinwag_websocket::message(MessageKind::Text, b"hello"),
            chinwag_websocket::message(MessageKind::Text, &[b'a'; 300]),
            chinwag_websocket::message(MessageKind::Binary, &vec![0; 70_000]),
            chinwag_websocket::ping(b"hi"),
            chinwag_websocket::close(CloseCode::NORMAL, "bye"),
        ]
        .concat();
        let expected = ["message 5", "message 300", "message 70000", "ping hi", "close 1000 bye"];
        assert_eq!(seen(&mut Frames::default(), &stream), expected);
        for cut in [1, 2, 7, 9, 100, 311, 4_096] {
            let mut frames = Frames::default();
            let all: Vec<String> = stream.chunks(cut).flat_map(|part| seen(&mut frames, part)).collect();
            assert_eq!(all, expected, "cut every {cut} bytes");
            assert_eq!(frames.unfinished.capacity(), 0, "nothing is held between frames");
        }
    }

    #[test]
    fn what_our_server_never_sends_is_an_error() {
        for bytes in [&[0x01, 0x00][..], &[0xc1, 0x00], &[0x81, 0x80], &[0x83, 0x00]] {
            assert!(Frames::default().read(bytes, |_| Ok(())).is_err(), "{bytes:x?}");
        }
    }

    #[test]
    fn the_server_understands_what_the_client_sends() {
        for length in [0, 125, 126, 65_535, 65_536] {
            let text = "x".repeat(length);
            let mut bytes = Vec::new();
            put_message(&mut bytes, text.as_bytes());
            let mut decoder = Decoder::new(1 << 20);
            assert_eq!(decoder.decode(&mut &mut bytes[..]).unwrap(), Some(Event::Text(text.into())));
        }
    }
}
