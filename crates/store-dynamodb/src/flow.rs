//! Many requests at once, but not all of them.

use chinwag_chat::StoreError;
use futures_util::future::try_join_all;

/// How many requests of one caller are under way at the same time.
const AT_ONCE: usize = 16;

/// Asks the same for each of the items, and answers in their order.
pub(crate) async fn each<'a, I: Sync, T, F>(
    items: &'a [I],
    ask: impl Fn(&'a I) -> F,
) -> Result<Vec<T>, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut answers = Vec::with_capacity(items.len());
    for some in items.chunks(AT_ONCE) {
        answers.extend(try_join_all(some.iter().map(&ask)).await?);
    }
    Ok(answers)
}
