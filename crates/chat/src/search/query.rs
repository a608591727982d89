//! What somebody looks for.

use serde::Serialize;

use super::index;
use super::words::{Word, words};
use crate::FieldError;

/// The longest query, in characters.
const MAX_CHARS: usize = 256;
/// The most words and phrases that a query may have.
const MAX_TERMS: usize = 16;
/// The most words that these may have in all: every one may be compared with every word of a text.
const MAX_WORDS: usize = 32;
/// A shorter beginning of a word would be that of half of all words.
const MIN_PREFIX_CHARS: usize = 3;
/// The most places of one message that are pointed out.
const MAX_HIGHLIGHTS: usize = 100;

/// One of the things that a message must hold: words that follow each other, nearly always a single one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Term {
    /// The words, folded; at least one.
    pub words: Vec<String>,
    /// Whether the last of them may be the beginning of a word.
    pub is_prefix: bool,
}

/// What somebody looks for. Every text is a query; one without any word finds nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchQuery {
    terms: Vec<Term>,
}

/// A place in a text: from, up to but without, in UTF-16 code units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Highlight(pub usize, pub usize);

impl SearchQuery {
    /// Reads a query: words that must all be there, `"…"` around those that must follow each other, and `*` after what a
    /// word begins with. The last word may be unfinished, as it is while somebody types it.
    ///
    /// # Errors
    /// Where it is too long.
    pub fn new(query: &str) -> Result<Self, FieldError> {
        if query.chars().count() > MAX_CHARS {
            return Err(FieldError::new("query", "length", "a query has 256 characters at most"));
        }
        let mut terms: Vec<Term> = Vec::new();
        let mut pieces = query.split('"').enumerate().peekable();
        while let Some((number, piece)) = pieces.next() {
            let is_last = pieces.peek().is_none();
            if number % 2 == 1 {
                // A phrase; one that is not ended yet is one whose last word may be unfinished.
                terms.extend(term(piece, is_last));
                continue;
            }
            let mut bare = piece.split_whitespace().peekable();
            while let Some(word) = bare.next() {
                let is_unfinished = is_last && bare.peek().is_none();
                terms.extend(term(word, is_unfinished || word.ends_with('*')));
            }
        }
        if terms.len() > MAX_TERMS {
            return Err(FieldError::new("query", "length", "a query has 16 words and phrases at most"));
        }
        if terms.iter().map(|term| term.words.len()).sum::<usize>() > MAX_WORDS {
            return Err(FieldError::new("query", "length", "a query's phrases have 32 words at most"));
        }
        Ok(Self { terms })
    }

    /// What a message must hold, all of it. With nothing of that, nothing is found.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether a text holds all of it.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let words: Vec<Word> = words(text).take(index::MAX_WORDS).collect();
        let is_held = |term: &Term| words.windows(term.words.len()).any(|window| term.is_at(window));
        !self.terms.is_empty() && self.terms.iter().all(is_held)
    }

    /// Where a text holds it: the places in their order, none within another.
    #[must_use]
    pub fn highlights(&self, text: &str) -> Vec<Highlight> {
        let words: Vec<Word> = words(text).take(index::MAX_WORDS).collect();
        let places = self.terms.iter().flat_map(|term| {
            let windows = words.windows(term.words.len()).filter(|window| term.is_at(window));
            windows.filter_map(|window| Some((window.first()?.start, window.last()?.end)))
        });
        let mut places: Vec<(usize, usize)> = places.collect();
        places.sort_unstable();
        let mut apart: Vec<(usize, usize)> = Vec::new();
        for (start, end) in places {
            match apart.last_mut() {
                Some(last) if start < last.1 => last.1 = last.1.max(end),
                _ => apart.push((start, end)),
            }
        }
        apart.truncate(MAX_HIGHLIGHTS);
        let mut units = Utf16 { text, bytes: 0, units: 0 };
        apart.into_iter().map(|(start, end)| Highlight(units.at(start), units.at(end))).collect()
    }
}

impl Term {
    /// Whether these words, as many as the term has, are what it asks for.
    fn is_at(&self, window: &[Word]) -> bool {
        let last = self.words.len().saturating_sub(1);
        self.words.iter().zip(window).enumerate().all(|(n, (wanted, found))| {
            found.folded == *wanted || (self.is_prefix && n == last && found.folded.starts_with(wanted))
        })
    }
}

/// A term of what stands together. `don't` is two words that follow each other.
fn term(text: &str, is_prefix: bool) -> Option<Term> {
    let words: Vec<String> = words(text).map(|word| word.folded).collect();
    let is_long_enough = words.last()?.chars().count() >= MIN_PREFIX_CHARS;
    Some(Term { words, is_prefix: is_prefix && is_long_enough })
}

/// Counts a text's UTF-16 code units from place to place, so that it is walked through once.
struct Utf16<'a> {
    text: &'a str,
    bytes: usize,
    units: usize,
}

impl Utf16<'_> {
    fn at(&mut self, byte: usize) -> usize {
        let between = self.text.get(self.bytes..byte).unwrap_or_default();
        self.units += between.encode_utf16().count();
        self.bytes = byte.max(self.bytes);
        self.units
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn query(text: &str) -> SearchQuery {
        SearchQuery::new(text).unwrap()
    }

    #[test]
    fn all_words_must_be_there_and_the_last_may_be_unfinished() {
        let text = "The harbour master's boat";
        for found in
            ["boat", "HARBOUR the", "harb", "har* boat", "master's", "\"harbour master\"", "\"master s boa"]
        {
            assert!(query(found).matches(text), "{found}");
        }
        for missing in
            ["", "…", "bo", "boat ship", "\"master harbour\"", "harb boat", "\"harb\"", "\"master s boa\""]
        {
            assert!(!query(missing).matches(text), "{missing}");
        }
    }

    #[test]
    fn a_run_without_spaces_is_a_phrase() {
        assert!(query("日本").matches("私は日本人"));
        assert!(!query("日人").matches("私は日本人"));
        assert!(query("example.com").matches("see https://example.com/x"));
        assert!(!query("example.com").matches("an example of com"));
    }

    #[test]
    fn highlights_are_counted_as_javascript_counts() {
        assert_eq!(query("boat").highlights("\u{1F600} Boat, boats"), [Highlight(3, 7), Highlight(9, 14)]);
        assert_eq!(query("\"a boat\" boat").highlights("a boat"), [Highlight(0, 6)]);
        assert_eq!(query("boat").highlights("no ship"), []);
    }

    #[test]
    fn a_query_has_an_end() {
        assert!(SearchQuery::new(&"a ".repeat(17)).is_err());
        assert!(SearchQuery::new(&"a".repeat(257)).is_err());
        assert!(SearchQuery::new(&"\"a b\" ".repeat(16)).is_ok());
        assert!(SearchQuery::new(&"\"a b c\" ".repeat(11)).is_err());
        assert!(SearchQuery::new(&format!("\"{}zzz", "a ".repeat(32))).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_asked_is_answered(asked in ".{0,60}", text in ".{0,200}") {
            let query = SearchQuery::new(&asked).unwrap_or_default();
            let highlights = query.highlights(&text);
            if query.matches(&text) {
                prop_assert!(!highlights.is_empty());
            }
            let length = text.encode_utf16().count();
            prop_assert!(highlights.iter().all(|Highlight(start, end)| start < end && *end <= length));
            prop_assert!(highlights.windows(2).all(|pair| pair[0].1 <= pair[1].0));
        }

        #[test]
        fn a_text_is_found_by_its_own_words(text in "[a-zA-ZäöΣ ,.]{1,40}") {
            let query = SearchQuery::new(&text).unwrap_or_default();
            prop_assert_eq!(query.matches(&text), !query.terms().is_empty());
        }
    }
}
