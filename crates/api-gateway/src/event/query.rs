//! A query string as functions get it.

use percent_encoding::percent_decode_str;

use super::pairs::Pairs;

/// Parameters in the order in which they came, decoded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Pairs);

impl Query {
    pub(crate) fn parse(query: &str) -> Self {
        let decoded =
            |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Self(Pairs(pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()))
    }

    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        self.0.last(|known| known == name)
    }

    /// All of them, in order.
    pub(crate) fn into_pairs(self) -> impl Iterator<Item = (String, String)> {
        self.0.0.into_iter()
    }

    /// Nothing where there are none: then functions get no such field.
    pub(super) fn pairs(&self) -> Option<&Pairs> {
        Some(&self.0).filter(|pairs| !pairs.0.is_empty())
    }
}
