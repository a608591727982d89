//! How often nodes have read a log from the store, as they count it themselves.

use std::net::SocketAddr;

use crate::metrics;

/// Reads of channels' logs from the store.
const LOG_READS: &str = "chinwag_store_log_reads_total";

/// How often each node has read a log; none for a node that does not answer. Nothing at all where nodes do not count it.
pub(super) async fn of(nodes: &[SocketAddr]) -> Option<Vec<Option<u64>>> {
    let mut reads = Vec::with_capacity(nodes.len());
    for node in nodes {
        reads.push(metrics::counter(*node, LOG_READS).await.ok().flatten());
    }
    reads.iter().any(Option::is_some).then_some(reads)
}

/// How many came in between. A node that was started anew counts from zero.
pub(super) fn added(before: &[Option<u64>], after: &[Option<u64>]) -> u64 {
    let pairs = before.iter().zip(after);
    pairs
        .map(|(before, after)| {
            let (before, after) = (before.unwrap_or(0), after.unwrap_or(0));
            if after >= before { after - before } else { after }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_was_started_anew_counts_from_zero() {
        assert_eq!(added(&[Some(5), Some(9), None], &[Some(8), Some(2), Some(1)]), 3 + 2 + 1);
    }
}
