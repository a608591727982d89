//! Chinwag's own: Centrifuge's client protocol, with messages that are calls and deliveries that are numbered changes.

use anyhow::{Context, Result, ensure};
use chinwag_protocol::{Encoding, decode_replies};

use super::centrifuge::{granted, greeting, lines};
use super::{Each, Heard, Speaker};
use crate::client::delivery::Scanner;
use crate::client::frames::put_message;

/// Follows one room at most. That the room's numbers have no holes is checked here.
#[derive(Debug)]
pub(crate) struct Chinwag {
    greeting: String,
    last_asked: u32,
    last_id: u32,
    /// The position in the room.
    offset: u64,
    scanner: Scanner,
}

impl Chinwag {
    pub(crate) fn new(token: &str, follows: &[&str]) -> Self {
        let channels: Vec<String> = follows.iter().map(|room| format!("room:{room}")).collect();
        let channels: Vec<&str> = channels.iter().map(String::as_str).collect();
        let (greeting, last_asked) = greeting(token, r#"{"rooms":0}"#, &channels);
        Self { greeting, last_asked, last_id: last_asked, offset: 0, scanner: Scanner::default() }
    }

    fn subscribed(&mut self, line: &[u8]) -> Result<()> {
        let reply = decode_replies(Encoding::Json, line)?.pop().context("there is no reply")?;
        self.offset = reply.subscribe.context("the reply to subscribe is no subscribe result")?.offset;
        Ok(())
    }
}

impl Speaker for Chinwag {
    fn greet(&mut self, out: &mut Vec<u8>) {
        put_message(out, std::mem::take(&mut self.greeting).as_bytes());
    }

    fn hear(&mut self, message: &[u8], out: &mut Vec<u8>, each: &mut Each<'_>) -> Result<()> {
        lines(message, out, |line| {
            if let Some(id) = granted(line)? {
                if id > 1 && id <= self.last_asked {
                    self.subscribed(line)?;
                }
                return match id {
                    id if id == self.last_asked => each(Heard::Ready),
                    id if id > self.last_asked => each(Heard::Accepted),
                    _ => Ok(()),
                };
            }
            let Some(delivery) = self.scanner.scan(line) else { return Ok(()) };
            ensure!(
                delivery.offset == self.offset + 1,
                "change {} came after {}",
                delivery.offset,
                self.offset
            );
            self.offset = delivery.offset;
            // Who joined is a change too, but not a message.
            delivery.text().map_or(Ok(()), |payload| each(Heard::Delivery(payload)))
        })
    }

    fn say(&mut self, room: &str, payload: &[u8], out: &mut Vec<u8>) {
        self.last_id += 1;
        let id = self.last_id;
        let text = String::from_utf8_lossy(payload);
        let command = format!(
            r#"{{"id":{id},"rpc":{{"method":"message.send","data":{{"room":"{room}","client_id":"{id}","text":"{text}"}}}}}}"#
        );
        put_message(out, command.as_bytes());
    }
}
