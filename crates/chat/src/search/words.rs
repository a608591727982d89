//! Texts taken apart into words. The databases' own parsers differ in what is a word (and from version to version), so
//! they are given words that are ready.
//!
//! What stores have indexed was taken apart by this: whoever changes it must have them index everything anew.

/// A longer word is known by its beginning.
const MAX_WORD_CHARS: usize = 64;

/// One word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// The word in lower case.
    pub(super) folded: String,
    /// Where it begins in the text, in bytes.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
}

/// The words of a text: runs of letters and digits. In scripts that put no spaces between words, each character is one.
pub(super) fn words(text: &str) -> impl Iterator<Item = Word> {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = chars.find(|(_, c)| c.is_alphanumeric())?;
        let mut end = start + first.len_utf8();
        let mut folded: String = first.to_lowercase().collect();
        let mut length = 1;
        while !stands_alone(first)
            && let Some((at, next)) = chars.next_if(|(_, c)| c.is_alphanumeric() && !stands_alone(*c))
        {
            end = at + next.len_utf8();
            length += 1;
            if length <= MAX_WORD_CHARS {
                folded.extend(next.to_lowercase());
            }
        }
        Some(Word { folded, start, end })
    })
}

/// Characters of scripts that are written without spaces: Han, Kana, Thai, Lao, Khmer and Burmese.
const fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).map(|word| word.folded).collect()
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(
            folded("Don't – see https://Example.com/a_b?c=1!"),
            ["don", "t", "see", "https", "example", "com", "a", "b", "c", "1"]
        );
        assert_eq!(folded("ÄRGER Straße ΟΔΟΣ"), ["ärger", "straße", "οδοσ"]);
        assert_eq!(folded("日本語 text 한국어"), ["日", "本", "語", "text", "한국어"]);
        assert!(folded(" \u{1F600} …!").is_empty());
    }

    #[test]
    fn a_word_knows_where_it_stands() {
        let text = "é, Ünï!";
        let found: Vec<&str> = words(text).map(|word| &text[word.start..word.end]).collect();
        assert_eq!(found, ["é", "Ünï"]);
    }

    #[test]
    fn a_long_word_is_known_by_its_beginning() {
        let text = "x".repeat(1_000);
        let found: Vec<Word> = words(&text).collect();
        assert_eq!((found.len(), found[0].folded.len(), found[0].end), (1, 64, 1_000));
    }
}
