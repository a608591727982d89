//! MQTT 3.1.1 over WebSocket, quality of service 0: topics are rooms.

use anyhow::{Context, Result, bail, ensure};

use super::carry::Carry;
use super::{Each, Heard, Speaker};
use crate::client::frames::put_binary;

const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;
const PUBLISH: u8 = 0x30;
const SUBSCRIBE: u8 = 0x82;
const SUBACK: u8 = 0x90;
const PINGRESP: u8 = 0xd0;
/// User name and password, and nothing is kept of the session.
const CONNECT_FLAGS: u8 = 0xc2;
/// Returned for a topic that one may not follow.
const NOT_GRANTED: u8 = 0x80;

/// Who everybody is.
pub(in crate::bench) const USER: &str = "bench";
/// The same one's password.
pub(in crate::bench) const PASSWORD: &str = "not-a-secret";

/// Signs in, then subscribes.
#[derive(Debug)]
pub(super) struct Mqtt {
    client: String,
    follows: Vec<String>,
    carry: Carry,
}

impl Mqtt {
    pub(super) fn new(number: usize, follows: &[&str]) -> Self {
        Self {
            client: format!("bench-{number}"),
            follows: follows.iter().map(|&room| room.to_owned()).collect(),
            carry: Carry::default(),
        }
    }
}

impl Speaker for Mqtt {
    fn greet(&mut self, out: &mut Vec<u8>) {
        let mut body = text("MQTT");
        // Version 4, no keep-alive.
        body.extend([4, CONNECT_FLAGS, 0, 0]);
        for word in [&self.client, USER, PASSWORD] {
            body.extend(text(word));
        }
        put_binary(out, &packet(CONNECT, &body));
        if self.follows.is_empty() {
            return;
        }
        let mut body = vec![0, 1];
        for room in std::mem::take(&mut self.follows) {
            body.extend(text(&room));
            body.push(0);
        }
        put_binary(out, &packet(SUBSCRIBE, &body));
        self.client.clear();
    }

    fn hear(&mut self, message: &[u8], _out: &mut Vec<u8>, each: &mut Each<'_>) -> Result<()> {
        // Whoever follows something is ready when that is granted; its name has been forgotten by then.
        let follows = self.client.is_empty();
        self.carry.feed(message, |bytes| {
            let Some((header, length)) = lengths(bytes)? else { return Ok(None) };
            let Some(body) = bytes.get(header..header + length) else { return Ok(None) };
            match bytes.first().copied().unwrap_or_default() {
                kind if kind & 0xf0 == PUBLISH => {
                    let topic = body.first_chunk().context("a PUBLISH without a topic")?;
                    let topic = usize::from(u16::from_be_bytes(*topic));
                    each(Heard::Delivery(body.get(2 + topic..).context("a PUBLISH that is cut off")?))?;
                }
                CONNACK => {
                    ensure!(body.get(1) == Some(&0), "the server refused: CONNACK {body:x?}");
                    if !follows {
                        each(Heard::Ready)?;
                    }
                }
                SUBACK => {
                    ensure!(!body.contains(&NOT_GRANTED), "the server refused: SUBACK {body:x?}");
                    each(Heard::Ready)?;
                }
                PINGRESP => {}
                kind => bail!("the server sent a packet of kind {kind:#x}"),
            }
            Ok(Some(header + length))
        })
    }

    fn say(&mut self, room: &str, payload: &[u8], out: &mut Vec<u8>) {
        put_binary(out, &packet(PUBLISH, &[&text(room), payload].concat()));
    }
}

/// A text as the protocol has it: its length in two bytes, then itself.
fn text(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

/// A packet: its kind, the length of the rest in seven bits a byte, the rest.
fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![kind];
    let mut left = body.len();
    loop {
        let low = u8::try_from(left % 128).unwrap_or_default();
        left /= 128;
        packet.push(if left > 0 { low | 0x80 } else { low });
        if left == 0 {
            break;
        }
    }
    packet.extend_from_slice(body);
    packet
}

/// The length of the header and of what follows; none where the header is not complete.
fn lengths(bytes: &[u8]) -> Result<Option<(usize, usize)>> {
    let mut length = 0;
    for (at, byte) in bytes.iter().skip(1).take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok(Some((2 + at, length)));
        }
    }
    ensure!(bytes.len() < 5, "the server sent a length of more than four bytes");
    Ok(None)
}
