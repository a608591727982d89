//! How much is read at once.

use chinwag_chat::store::Page;

/// Cuts off the one item that was read only to know whether there is one.
pub(crate) fn page<T>(mut items: Vec<T>, limit: usize) -> Page<T> {
    let has_more = items.len() > limit;
    items.truncate(limit);
    Page { items, has_more }
}

/// The first items that together stay within the limit, and in any case the first one.
pub(crate) fn not_too_long<T>(mut items: Vec<T>, max_bytes: usize, bytes: impl Fn(&T) -> usize) -> Vec<T> {
    let mut total = 0;
    let fits = items.iter().take_while(|item| {
        total += bytes(item);
        total <= max_bytes
    });
    let count = fits.count().max(1);
    items.truncate(count);
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stays_within_its_limit_and_always_makes_progress() {
        let length = |text: &&str| text.len();
        assert_eq!(not_too_long(vec!["aa", "bb", "cc"], 5, length), ["aa", "bb"]);
        assert_eq!(not_too_long(vec!["a long one", "b"], 5, length), ["a long one"]);
        assert!(not_too_long(Vec::<&str>::new(), 5, length).is_empty());
    }
}
