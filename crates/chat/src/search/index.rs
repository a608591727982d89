//! What a store's index of words holds of a message.

use std::fmt::Write;

use super::words::words;
use crate::{RoomId, UserId};

/// The words of a message that are found: those of a text of any usual length.
pub(super) const MAX_WORDS: usize = 4_000;
/// What they may weigh in all: PostgreSQL takes no more than a megabyte.
const MAX_BYTES: usize = 128 * 1024;

/// The words of a message for a store's index, in their order, and after them what tells its room and its sender. A store
/// that is asked for the messages of a room, or of a few, then finds them by the same index as the words.
#[must_use]
pub fn indexed(text: &str, room: RoomId, sender: &UserId) -> Vec<String> {
    let mut bytes = 0;
    let fits = words(text).take(MAX_WORDS).map(|word| word.folded).take_while(|word| {
        bytes += word.len();
        bytes <= MAX_BYTES
    });
    let mut indexed: Vec<String> = fits.collect();
    indexed.push(room_tag(room));
    indexed.push(sender_tag(sender));
    indexed
}

/// What tells the room; no word is like it, for words have letters and digits only. Rooms may share one: it is made of the
/// random half of the id.
#[must_use]
pub fn room_tag(room: RoomId) -> String {
    let mut tag = "_".to_owned();
    for byte in room.to_bytes().iter().skip(8) {
        // Writing to a text does not fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag
}

/// What tells the sender. Users whose ids differ in case or punctuation only share one.
#[must_use]
pub fn sender_tag(sender: &UserId) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    sender.as_str().chars().map(plain).fold("__".to_owned(), |mut tag, c| {
        tag.push(c);
        tag
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_indexed_by_its_words_its_room_and_its_sender() {
        let room = RoomId::from_parts(1, 0xFF);
        let sender = "auth0|Ada.L".parse().unwrap();
        assert_eq!(indexed("Hi, Bob", room, &sender), ["hi", "bob", "_00000000000000ff", "__auth0_ada_l"]);
    }
}
