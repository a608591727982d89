//! Reading deliveries fast: only what a measurement needs, without building a tree.

use chinwag_protocol::{Encoding, decode_replies};
use memchr::memmem::{Finder, FinderRev};

/// How many hexadecimal digits the time of sending has at the beginning of a measured message's text.
pub const STAMP_DIGITS: usize = 16;

/// The offset follows the data; behind it nothing but a time and brackets may come.
const TAIL_BYTES: usize = 64;

/// A numbered publication of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// Its place in the room: the room's `rev`.
    pub offset: u64,
    /// When it was sent, in nanoseconds of the sender's clock; only measured messages say so.
    pub sent_at_ns: Option<u64>,
}

/// Finds deliveries in lines.
#[derive(Debug)]
pub struct Scanner {
    offset: FinderRev<'static>,
    text: Finder<'static>,
}

impl Default for Scanner {
    fn default() -> Self {
        Self { offset: FinderRev::new(br#""offset":"#), text: Finder::new(br#""text":""#) }
    }
}

impl Scanner {
    /// The delivery in a line; none where the line is a reply, a state, or not about a room.
    #[must_use]
    pub fn scan(&self, line: &[u8]) -> Option<Delivery> {
        if !line.starts_with(br#"{"push":{"channel":"room:"#) {
            return None;
        }
        let offset = self.fast_offset(line).or_else(|| slow_offset(line))?;
        let sent_at_ns = self.text.find(line).and_then(|at| stamp(&line[at + self.text.needle().len()..]));
        Some(Delivery { offset, sent_at_ns })
    }

    fn fast_offset(&self, line: &[u8]) -> Option<u64> {
        let tail = &line[line.len().saturating_sub(TAIL_BYTES)..];
        let at = self.offset.rfind(tail)? + self.offset.needle().len();
        let digits = tail[at..].iter().take_while(|byte| byte.is_ascii_digit());
        Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
    }
}

fn slow_offset(line: &[u8]) -> Option<u64> {
    let reply = decode_replies(Encoding::Json, line).ok()?.pop()?;
    Some(reply.push?.publication?.offset).filter(|offset| *offset > 0)
}

fn stamp(text: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(text.get(..STAMP_DIGITS)?).ok()?;
    u64::from_str_radix(digits, 16).ok()
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
        let expected = Some(Delivery { offset: 12_345, sent_at_ns: Some(77) });
        assert_eq!(scanner.scan(&line("room:r", data.clone(), 12_345, 0)), expected);
        assert_eq!(scanner.scan(&line("room:r", data, 12_345, 1_700_000_000_000)), expected);
    }

    #[test]
    fn other_lines_are_no_deliveries() {
        let scanner = Scanner::default();
        let joined = line("room:r", r#"{"type":"member.joined"}"#.to_owned(), 3, 0);
        assert_eq!(scanner.scan(&joined), Some(Delivery { offset: 3, sent_at_ns: None }));
        assert_eq!(scanner.scan(&line("room:r", r#"{"type":"typing"}"#.to_owned(), 0, 0)), None);
        assert_eq!(scanner.scan(&line("user:u", "{}".to_owned(), 3, 0)), None);
        assert_eq!(scanner.scan(br#"{"id":3,"rpc":{"data":{}}}"#), None);
    }

    #[test]
    fn a_stamped_text_has_the_length_asked_for() {
        assert_eq!(stamped_text(u64::MAX, 128).len(), 128);
    }
}
