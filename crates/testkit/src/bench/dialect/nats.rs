//! NATS over WebSocket: subjects are rooms.

use anyhow::{Context, Result, bail};
use memchr::memmem;

use super::carry::Carry;
use super::{Each, Heard, Speaker};
use crate::client::frames::put_message;
use crate::client::token::SECRET;

/// Signs in with the shared token and subscribes; a `PONG` says that all of it has been taken in.
#[derive(Debug)]
pub(super) struct Nats {
    follows: Vec<String>,
    is_ready: bool,
    carry: Carry,
}

impl Nats {
    pub(super) fn new(follows: &[&str]) -> Self {
        Self {
            follows: follows.iter().map(|&room| room.to_owned()).collect(),
            is_ready: false,
            carry: Carry::default(),
        }
    }
}

impl Speaker for Nats {
    fn greet(&mut self, out: &mut Vec<u8>) {
        let mut text = format!(
            "CONNECT {{\"verbose\":false,\"pedantic\":false,\"headers\":false,\"auth_token\":\"{SECRET}\"}}\r\n"
        );
        for (room, id) in std::mem::take(&mut self.follows).iter().zip(1..) {
            text += &format!("SUB {room} {id}\r\n");
        }
        text += "PING\r\n";
        put_message(out, text.as_bytes());
    }

    fn hear(&mut self, message: &[u8], out: &mut Vec<u8>, each: &mut Each<'_>) -> Result<()> {
        let Self { carry, is_ready, .. } = self;
        carry.feed(message, |bytes| {
            let Some(end) = memmem::find(bytes, b"\r\n") else { return Ok(None) };
            let line = &bytes[..end];
            let used = end + 2;
            if line.starts_with(b"MSG ") {
                let length = payload_bytes(line)?;
                let Some(payload) = bytes.get(used..used + length) else { return Ok(None) };
                if bytes.len() < used + length + 2 {
                    return Ok(None);
                }
                each(Heard::Delivery(payload))?;
                return Ok(Some(used + length + 2));
            }
            match line {
                b"PING" => put_message(out, b"PONG\r\n"),
                b"PONG" if *is_ready => each(Heard::Accepted)?,
                b"PONG" => {
                    *is_ready = true;
                    each(Heard::Ready)?;
                }
                line if line.starts_with(b"-ERR") => {
                    bail!("the server refused: {}", String::from_utf8_lossy(line));
                }
                // INFO, and +OK where one has asked for it.
                _ => {}
            }
            Ok(Some(used))
        })
    }

    fn say(&mut self, room: &str, payload: &[u8], out: &mut Vec<u8>) {
        let head = format!("PUB {room} {}\r\n", payload.len());
        put_message(out, &[head.as_bytes(), payload, b"\r\n"].concat());
    }
}

/// The last word of `MSG subject id length`.
fn payload_bytes(line: &[u8]) -> Result<usize> {
    let text = std::str::from_utf8(line).context("a MSG that is not text")?;
    let length = text.rsplit(' ').next().context("a MSG without a length")?;
    length.parse().with_context(|| format!("a MSG without a length: {text}"))
}
