//! Reading deliveries fast: only what a measurement needs, without building a tree.

use chinwag_protocol::{Encoding, decode_replies};
use memchr::memmem::Finder;

/// How many hexadecimal digits the time of sending has at the beginning of a measured message's text.
pub const STAMP_DIGITS: usize = 16;

/// A numbered publication of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery<'a> {
    /// Its place in the room: the room's `rev`.
    pub offset: u64,
    /// The line from the beginning of the message's text on; only messages have one.
    text: Option<&'a [u8]>,
}

impl<'a> Delivery<'a> {
    /// The message's text, if it is one and as long as there is no quotation mark in it.
    #[must_use]
    pub fn text(&self) -> Option<&'a [u8]> {
        let text = self.text?;
        Some(&text[..memchr::memchr(b'"', text)?])
    }

    /// When it was sent, in nanoseconds of the sender's clock; only measured messages say so.
    #[must_use]
    pub fn sent_at_ns(&self) -> Option<u64> {
        let digits = std::str::from_utf8(self.text?.get(..STAMP_DIGITS)?).ok()?;
        u64::from_str_radix(digits, 16).ok()
    }
}

/// Finds deliveries in lines.
#[derive(Debug)]
pub struct Scanner {
    text: Finder<'static>,
}

impl Default for Scanner {
    fn default() -> Self {
        Self { text: Finder::new(br#""text":""#) }
    }
}

impl Scanner {
    /// The delivery in a line; none where the line is a reply, a state, or not about a room.
    #[must_use]
    pub fn scan<'a>(&self, line: &'a [u8]) -> Option<Delivery<'a>> {
        if !line.starts_with(br#"{"push":{"channel":"room:"#) {
            return None;
        }
        let offset = fast_offset(line).or_else(|| slow_offset(line))?;
        let text = self.text.find(line).map(|at| &line[at + self.text.needle().len()..]);
        Some(Delivery { offset, text })
    }
}

/// The offset follows the data; behind it nothing but a time and brackets come.
fn fast_offset(line: &[u8]) -> Option<u64> {
    let (before, last) = last_number(line.strip_suffix(b"}}}")?);
    if before.ends_with(br#""offset":"#) {
        return Some(last);
    }
    let (before, offset) = last_number(before.strip_suffix(br#","time":"#)?);
    before.ends_with(br#""offset":"#).then_some(offset)
}

/// The number that bytes end with, and what is before it.
fn last_number(bytes: &[u8]) -> (&[u8], u64) {
    let digits = bytes.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, digits) = bytes.split_at(bytes.len() - digits);
    let number = digits.iter().fold(0_u64, |number, digit| number.wrapping_mul(10) + u64::from(digit - b'0'));
    (before, number)
}

fn slow_offset(line: &[u8]) -> Option<u64> {
    let reply = decode_replies(Encoding::Json, line).ok()?.pop()?;
    Some(reply.push?.publication?.offset).filter(|offset| *offset > 0)
}

/// A text of that many bytes that says when it was sent.
#[must_use]
pub fn stamped_text(sent_at_ns: u64, bytes: usize) -> String {
    let mut text = format!("{sent_at_ns:0STAMP_DIGITS$x}");
    text.extend(std::iter::repeat_n('.', bytes.saturating_sub(STAMP_DIGITS)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use chinwag_protocol::{Publication, encode_publication};

    fn line(channel: &str, data: String, offset: u64, time: i64) -> Vec<u8> {
        let publication = Publication { data: data.into(), offset, time, ..Publication::default() };
        encode_publication(Encoding::Json, channel, publication).to_vec()
    }

    #[test]
    fn offset_and_time_are_read() {
        let data =
            format!(r#"{{"type":"message.created","message":{{"text":"{}"}}}}"#, stamped_text(77, 128));
        let scanner = Scanner::default();
        for time in [0, 1_700_000_000_000] {
            let line = line("room:r", data.clone(), 12_345, time);
            assert_eq!(fast_offset(&line), Some(12_345), "without building a tree");
            let delivery = scanner.scan(&line).unwrap();
            assert_eq!((delivery.offset, delivery.sent_at_ns()), (12_345, Some(77)));
            assert_eq!(delivery.text(), Some(stamped_text(77, 128).as_bytes()));
        }
    }

    #[test]
    fn other_lines_are_no_deliveries() {
        let scanner = Scanner::default();
        let joined = line("room:r", r#"{"type":"member.joined"}"#.to_owned(), 3, 0);
        assert_eq!(scanner.scan(&joined), Some(Delivery { offset: 3, text: None }));
        assert_eq!(scanner.scan(&line("room:r", r#"{"type":"typing"}"#.to_owned(), 0, 0)), None);
        assert_eq!(scanner.scan(&line("user:u", "{}".to_owned(), 3, 0)), None);
        assert_eq!(scanner.scan(br#"{"id":3,"rpc":{"data":{}}}"#), None);
    }

    #[test]
    fn a_stamped_text_has_the_length_asked_for() {
        assert_eq!(stamped_text(u64::MAX, 128).len(), 128);
    }
}
