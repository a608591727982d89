//! The protocol's lines: commands out, replies and pushes in.

use anyhow::Result;
use chinwag_protocol::{Request, RpcRequest};
use serde_json::Value;

use super::frames::put_message;

/// The protocol's ping, and the answer to it.
pub(super) const PING: &[u8] = b"{}";

/// Hands over each line but pings, which are answered.
pub(super) fn read_lines(
    lines: &[u8],
    out: &mut Vec<u8>,
    each: &mut impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', lines).chain([lines.len()]) {
        match &lines[start..end] {
            [] => {}
            PING => put_message(out, PING),
            line => each(line)?,
        }
        start = end + 1;
    }
    Ok(())
}

/// A call of a method.
#[must_use]
pub fn rpc(method: &str, argument: &Value) -> Request {
    Request::Rpc(RpcRequest { data: argument.to_string().into(), method: method.to_owned() })
}

/// The id of a line that is a reply: the server writes the fields in the order of the protocol, the id first.
#[must_use]
pub fn reply_id(line: &[u8]) -> Option<u32> {
    let digits = line.strip_prefix(br#"{"id":"#)?;
    let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_told_from_pushes() {
        assert_eq!(reply_id(br#"{"id":17,"rpc":{}}"#), Some(17));
        assert_eq!(reply_id(br#"{"push":{"channel":"room:a"}}"#), None);
    }

    #[test]
    fn lines_are_split_and_pings_answered() {
        let (mut seen, mut out) = (Vec::new(), Vec::new());
        read_lines(b"a\n{}\n\nbc", &mut out, &mut |line| {
            seen.push(line.to_vec());
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, [b"a".to_vec(), b"bc".to_vec()]);
        assert_eq!(out.len(), 2 + 4 + 2, "one masked pong");
    }
}
