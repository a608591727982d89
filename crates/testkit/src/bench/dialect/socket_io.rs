//! Socket.IO 4 over Engine.IO 4 over WebSocket, with the three events that the server beside this program knows.

use anyhow::{Result, bail};

use super::{Each, Heard, Speaker};
use crate::client::frames::put_message;

/// Signs in with a token, then joins rooms; the server confirms with an acknowledgement.
#[derive(Debug)]
pub(super) struct SocketIo {
    token: String,
    follows: Vec<String>,
}

impl SocketIo {
    pub(super) fn new(token: String, follows: &[&str]) -> Self {
        Self { token, follows: follows.iter().map(|&room| room.to_owned()).collect() }
    }
}

impl Speaker for SocketIo {
    /// The server speaks first.
    fn greet(&mut self, _out: &mut Vec<u8>) {}

    fn hear(&mut self, message: &[u8], out: &mut Vec<u8>, each: &mut Each<'_>) -> Result<()> {
        // The first digit is Engine.IO's packet, the second Socket.IO's.
        match message {
            [b'0', ..] => {
                put_message(
                    out,
                    format!(r#"40{{"token":"{}"}}"#, std::mem::take(&mut self.token)).as_bytes(),
                );
            }
            b"2" => put_message(out, b"3"),
            [b'4', b'0', ..] => {
                let rooms: Vec<String> =
                    std::mem::take(&mut self.follows).iter().map(|room| format!(r#""{room}""#)).collect();
                put_message(out, format!(r#"421["join",[{}]]"#, rooms.join(",")).as_bytes());
            }
            [b'4', b'3', b'1', ..] => each(Heard::Ready)?,
            [b'4', b'2', event @ ..] => {
                if let Some(payload) = event.strip_prefix(br#"["m",""#) {
                    let end = memchr::memchr(b'"', payload).unwrap_or(payload.len());
                    each(Heard::Delivery(&payload[..end]))?;
                }
            }
            [b'6', ..] => {}
            refusal => bail!("the server refused: {}", String::from_utf8_lossy(refusal)),
        }
        Ok(())
    }

    fn say(&mut self, room: &str, payload: &[u8], out: &mut Vec<u8>) {
        let text = String::from_utf8_lossy(payload);
        put_message(out, format!(r#"42["send","{room}","{text}"]"#).as_bytes());
    }
}
