//! Centrifuge's client protocol in JSON, as a server of that library speaks it.

use anyhow::{Result, bail};
use memchr::memmem;

use super::{Each, Heard, Speaker};
use crate::client::frames::put_message;
use crate::client::lines::reply_id;

/// The protocol's ping, and the answer to it.
const PING: &[u8] = b"{}";

/// Connects with a token, then follows channels.
#[derive(Debug)]
pub(super) struct Centrifuge {
    greeting: String,
    /// The id of the reply that makes everything ready.
    last_asked: u32,
    last_id: u32,
}

impl Centrifuge {
    pub(super) fn new(token: &str, follows: &[&str]) -> Self {
        let (greeting, last_asked) = greeting(token, "null", follows);
        Self { greeting, last_asked, last_id: last_asked }
    }
}

/// A connect command and a subscribe command for each channel; tells the last one's id.
pub(super) fn greeting(token: &str, data: &str, channels: &[&str]) -> (String, u32) {
    let mut text = format!(r#"{{"id":1,"connect":{{"token":"{token}","data":{data}}}}}"#);
    let mut id = 1;
    for channel in channels {
        id += 1;
        text += &format!("\n{{\"id\":{id},\"subscribe\":{{\"channel\":\"{channel}\"}}}}");
    }
    (text, id)
}

/// Hands over each line that is not a ping, and answers those.
pub(super) fn lines(
    message: &[u8],
    out: &mut Vec<u8>,
    mut each: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', message).chain([message.len()]) {
        match &message[start..end] {
            [] => {}
            PING => put_message(out, PING),
            line => each(line)?,
        }
        start = end + 1;
    }
    Ok(())
}

/// The text behind a word such as `"data":"`, which ends at the next quotation mark.
pub(super) fn text_behind<'a>(line: &'a [u8], finder: &memmem::Finder<'_>) -> Option<&'a [u8]> {
    let text = &line[finder.find(line)? + finder.needle().len()..];
    Some(&text[..memchr::memchr(b'"', text)?])
}

/// The id of a reply; an error where it is a refusal.
pub(super) fn granted(line: &[u8]) -> Result<Option<u32>> {
    let Some(id) = reply_id(line) else { return Ok(None) };
    if memmem::find(line, br#""error":{"#).is_some() {
        bail!("the server refused: {}", String::from_utf8_lossy(line));
    }
    Ok(Some(id))
}

impl Speaker for Centrifuge {
    fn greet(&mut self, out: &mut Vec<u8>) {
        put_message(out, std::mem::take(&mut self.greeting).as_bytes());
    }

    fn hear(&mut self, message: &[u8], out: &mut Vec<u8>, each: &mut Each<'_>) -> Result<()> {
        lines(message, out, |line| match granted(line)? {
            Some(id) if id == self.last_asked => each(Heard::Ready),
            Some(id) if id > self.last_asked => each(Heard::Accepted),
            Some(_) => Ok(()),
            None => {
                let finder = memmem::Finder::new(br#""pub":{"data":""#);
                text_behind(line, &finder).map_or(Ok(()), |payload| each(Heard::Delivery(payload)))
            }
        })
    }

    fn say(&mut self, room: &str, payload: &[u8], out: &mut Vec<u8>) {
        self.last_id += 1;
        let text = String::from_utf8_lossy(payload);
        let command =
            format!(r#"{{"id":{},"publish":{{"channel":"{room}","data":"{text}"}}}}"#, self.last_id);
        put_message(out, command.as_bytes());
    }
}
