//! The form of what goes over a wire.
//!
//! `c1 0123456789abcdef [{"room":…},…]`: the version, the sender's tag, and the hints as JSON. Version and sender come
//! first and are read without looking further, for on most wires a node gets back what it has said itself. A beat, by
//! which a node sees whether it still hears itself, is `c1 0123456789abcdef !7`.
//!
//! What cannot be understood is dropped, never an error: it is of another version, or of somebody who has no business
//! on the topic, and the store has whatever it may have been about. A hint of an unknown kind takes only itself along.

use std::fmt::Write as _;

use bytes::Bytes;
use chinwag_chat::Hint;
use serde_json::value::RawValue;

use crate::NodeTag;
use crate::wire_hint::WireHint;

/// The only version there is.
const VERSION: &str = "c1";
/// What a message has apart from its hints: version, tag, brackets.
const FRAME_BYTES: usize = VERSION.len() + 1 + 16 + 1 + 2;

/// What a payload turned out to be.
#[derive(Debug)]
pub(crate) enum Received {
    /// One's own beat came back.
    OwnBeat(u64),
    /// One's own hints, which were delivered when they were published; or somebody else's beat.
    Nothing,
    /// Hints of another node, and how many more there were that this version does not know.
    Hints(Vec<Hint>, u64),
    /// Nothing that this version understands, and why.
    Dropped(&'static str),
}

/// Reads a payload.
pub(crate) fn read(payload: &[u8], own: NodeTag) -> Received {
    let Ok(text) = std::str::from_utf8(payload) else { return Received::Dropped("garbage") };
    let mut words = text.splitn(3, ' ');
    let (Some(version), Some(tag), Some(body)) = (words.next(), words.next(), words.next()) else {
        return Received::Dropped("garbage");
    };
    if version != VERSION {
        let is_ours = version.strip_prefix('c').is_some_and(|number| number.parse::<u32>().is_ok());
        return Received::Dropped(if is_ours { "version" } else { "garbage" });
    }
    let Ok(tag) = u64::from_str_radix(tag, 16) else { return Received::Dropped("garbage") };
    if let Some(beat) = body.strip_prefix('!') {
        return match beat.parse() {
            Ok(beat) if NodeTag(tag) == own => Received::OwnBeat(beat),
            Ok(_) => Received::Nothing,
            Err(_) => Received::Dropped("garbage"),
        };
    }
    if NodeTag(tag) == own {
        return Received::Nothing;
    }
    if let Ok(hints) = serde_json::from_str::<Vec<WireHint>>(body) {
        return Received::Hints(hints.into_iter().map(Hint::from).collect(), 0);
    }
    let Ok(each) = serde_json::from_str::<Vec<&RawValue>>(body) else { return Received::Dropped("garbage") };
    let count = each.len();
    let known = each.into_iter().filter_map(|hint| serde_json::from_str::<WireHint>(hint.get()).ok());
    let hints: Vec<_> = known.map(Hint::from).collect();
    let unknown = count - hints.len();
    Received::Hints(hints, unknown as u64)
}

/// A beat.
pub(crate) fn beat(own: NodeTag, number: u64) -> Bytes {
    format!("{VERSION} {own} !{number}").into()
}

/// How long one hint may be on a wire that carries so much.
pub(crate) fn room_for_one(max_message_bytes: usize) -> usize {
    max_message_bytes.saturating_sub(FRAME_BYTES)
}

/// A message that is being put together.
#[derive(Debug)]
pub(crate) struct Envelope(String);

impl Envelope {
    /// A message with this hint, as [`encode`](crate::wire_hint::encode) has made it.
    pub(crate) fn new(own: NodeTag, hint: &str) -> Self {
        let mut text = String::with_capacity(FRAME_BYTES + hint.len());
        // A string takes whatever is written.
        let _ = write!(text, "{VERSION} {own} [{hint}");
        Self(text)
    }

    /// Adds a hint if there is room for it.
    pub(crate) fn add(&mut self, hint: &str, max_message_bytes: usize) -> bool {
        let fits = self.0.len() + 1 + hint.len() < max_message_bytes;
        if fits {
            self.0.push(',');
            self.0.push_str(hint);
        }
        fits
    }

    /// The message.
    pub(crate) fn seal(mut self) -> Bytes {
        self.0.push(']');
        self.0.into()
    }
}

#[cfg(test)]
mod tests;
