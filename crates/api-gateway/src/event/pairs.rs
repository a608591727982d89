//! Names and values of a request, as functions get them: with the last value of each name, and with all of them.

use std::collections::BTreeMap;

/// Names and values in the order in which they came. A name may come more than once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pairs(pub(super) Vec<(String, String)>);

impl Pairs {
    /// The last value of the first name that is like this one.
    pub(super) fn last(&self, is_like: impl Fn(&str) -> bool) -> Option<&str> {
        self.0.iter().rev().find(|(name, _)| is_like(name)).map(|(_, value)| value.as_str())
    }

    /// The last value of each.
    pub(super) fn single(&self) -> BTreeMap<&str, &str> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// All values of each.
    pub(super) fn multiple(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut all = BTreeMap::<&str, Vec<&str>>::new();
        for (name, value) in &self.0 {
            all.entry(name).or_default().push(value);
        }
        all
    }
}
