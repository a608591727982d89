//! How much is read at once.

use chinwag_chat::store::Page;

/// The first items that together stay within the limits, and in any case the first one; and whether there are more.
pub(crate) fn cut<T>(
    items: Vec<T>,
    max_items: usize,
    max_bytes: usize,
    bytes: impl Fn(&T) -> usize,
) -> (Vec<T>, bool) {
    let (mut taken, mut total, mut has_more) = (Vec::new(), 0, false);
    for item in items {
        let weight = bytes(&item);
        if taken.len() >= max_items || (!taken.is_empty() && total + weight > max_bytes) {
            has_more = true;
            break;
        }
        total += weight;
        taken.push(item);
    }
    (taken, has_more)
}

/// The first items of what was read with one more than is wanted.
pub(crate) fn of<T>(mut items: Vec<T>, limit: usize) -> Page<T> {
    let has_more = items.len() > limit;
    items.truncate(limit);
    Page { items, has_more }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stays_within_its_limits_and_always_makes_progress() {
        let cut = |items: &[&'static str], max_items, max_bytes| {
            super::cut(items.to_vec(), max_items, max_bytes, |text| text.len())
        };
        assert_eq!(cut(&["aa", "bb", "cc"], 9, 5), (vec!["aa", "bb"], true));
        assert_eq!(cut(&["aa", "bb"], 2, 5), (vec!["aa", "bb"], false));
        assert_eq!(cut(&["a long one", "b"], 9, 5), (vec!["a long one"], true));
        assert_eq!(cut(&["a"], 0, 5), (vec![], true));
        assert_eq!(cut(&[], 9, 5), (vec![], false));
        assert_eq!(of(vec![1, 2, 3], 2), Page { items: vec![1, 2], has_more: true });
    }
}
