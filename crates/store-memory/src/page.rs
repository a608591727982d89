//! How much is read at once.

/// The first items that together stay within the limits, and in any case the first one; and whether there are more.
pub(crate) fn page<'a, T: 'a>(
    items: impl Iterator<Item = &'a T>,
    max_items: usize,
    max_bytes: usize,
    bytes: impl Fn(&T) -> usize,
) -> (Vec<&'a T>, bool) {
    let mut items = items.peekable();
    let (mut taken, mut total) = (Vec::new(), 0);
    while taken.len() < max_items
        && let Some(item) = items.next_if(|item| taken.is_empty() || total + bytes(item) <= max_bytes)
    {
        total += bytes(item);
        taken.push(item);
    }
    (taken, items.peek().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(items: &[&'static str], max_items: usize, max_bytes: usize) -> (Vec<&'static str>, bool) {
        let (taken, more) = page(items.iter(), max_items, max_bytes, |text| text.len());
        (taken.into_iter().copied().collect(), more)
    }

    #[test]
    fn a_page_stays_within_its_limits_and_always_makes_progress() {
        assert_eq!(cut(&["aa", "bb", "cc"], 9, 5), (vec!["aa", "bb"], true));
        assert_eq!(cut(&["aa", "bb"], 2, 5), (vec!["aa", "bb"], false));
        assert_eq!(cut(&["a long one", "b"], 9, 5), (vec!["a long one"], true));
        assert_eq!(cut(&["a"], 0, 5), (vec![], true));
        assert_eq!(cut(&[], 9, 5), (vec![], false));
    }
}
