//! Payloads: the application's JSON inside a message, carried as it was sent.
//!
//! A payload is checked once, where it enters; it is not parsed here. Its meaning belongs to the domain.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::value::RawValue;

/// How deep JSON from a client may nest, arrays and objects together. Payloads reach other people's parsers,
/// and many of those recurse.
pub const MAX_DEPTH: usize = 64;

/// Why bytes are not a payload. The client's fault; sending them again does not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// Not one JSON value in UTF-8.
    #[error("payload is not JSON")]
    NotJson,
    /// Nests deeper than [`MAX_DEPTH`].
    #[error("payload nests deeper than {MAX_DEPTH}")]
    TooDeep,
}

/// Makes a payload of bytes that somebody sent: one JSON value on one line. Payloads out of a JSON command
/// already passed; those out of a Protobuf command have not, and MUST pass here before they are used.
///
/// Costs one scan, and a copy only where line breaks have to go.
///
/// # Errors
/// The bytes are not one JSON value in UTF-8, or nest too deeply.
pub fn check(bytes: Bytes) -> Result<Bytes, PayloadError> {
    if nests_too_deeply(&bytes) {
        return Err(PayloadError::TooDeep);
    }
    serde_json::from_slice::<&RawValue>(&bytes).map_err(|_| PayloadError::NotJson)?;
    match one_line(&bytes) {
        Cow::Borrowed(_) => Ok(bytes),
        Cow::Owned(line) => Ok(line.into()),
    }
}

/// The same JSON without line breaks. Inside strings JSON forbids them, so each one is white space between
/// tokens that something else already separates, and can simply go.
pub(crate) fn one_line(json: &[u8]) -> Cow<'_, [u8]> {
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
    if json.iter().any(is_break) {
        Cow::Owned(json.iter().copied().filter(|byte| !is_break(byte)).collect())
    } else {
        Cow::Borrowed(json)
    }
}

/// Whether the JSON nests deeper than [`MAX_DEPTH`]. For text that is not JSON the answer means nothing, and
/// the parser will say so.
pub(crate) fn nests_too_deeply(json: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in json {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_json_value_is_a_payload() {
        for json in ["null", "1e999", "\"text\"", "[]", r#" {"a":[1,2,{"b":"\n\ud83d\ude00"}]} "#] {
            assert_eq!(check(Bytes::from(json)), Ok(Bytes::from(json)));
        }
    }

    #[test]
    fn anything_else_is_not() {
        for bytes in [&b""[..], b"{", b"1 2", b"nul", b"\"a\nb\"", b"\xff", b"\"\xff\"", b"{}\0"] {
            assert_eq!(check(Bytes::copy_from_slice(bytes)), Err(PayloadError::NotJson), "{bytes:?}");
        }
    }

    #[test]
    fn line_breaks_between_tokens_go() {
        assert_eq!(check(Bytes::from("{\r\n \"a\": 1\n}")), Ok(Bytes::from("{ \"a\": 1}")));
    }

    #[test]
    fn depth_is_limited_but_brackets_in_strings_do_not_count() {
        let nested = |depth: usize| Bytes::from("[".repeat(depth) + &"]".repeat(depth));
        assert!(check(nested(MAX_DEPTH)).is_ok());
        assert_eq!(check(nested(MAX_DEPTH + 1)), Err(PayloadError::TooDeep));
        assert!(check(Bytes::from(format!("\"\\\"{}\"", "[".repeat(1000)))).is_ok());
    }
}
