//! Text made comparable whatever its case, in every script, and taken apart into words: so that every store finds the
//! same.

mod index;
mod query;
mod words;

pub use index::{indexed, room_tag, sender_tag};
pub use query::{Highlight, SearchQuery, Term};

/// The text in lower case, letter by letter: unlike [`str::to_lowercase`] the end of the text makes no difference, so
/// that what begins alike also folds alike.
#[must_use]
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// The bounds of all texts that begin with `prefix`: from the first, up to but without the second. A range asks
/// nothing of `%` and `_`, and an index answers it.
#[must_use]
pub fn beginning_with(prefix: &str) -> (String, String) {
    // No text holds the last code point, which is a noncharacter.
    (prefix.to_owned(), format!("{prefix}\u{10FFFF}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_alike_folds_alike() {
        assert_eq!(fold("ΟΔΟΣ"), "οδοσ");
        assert!(fold("ΟΔΟΣΑ").starts_with(&fold("ΟΔΟΣ")));
        let (first, end) = beginning_with("a_");
        assert!((first.clone()..end.clone()).contains(&"a_\u{1F600}".to_owned()));
        assert!(!(first..end).contains(&"ab".to_owned()));
    }
}
