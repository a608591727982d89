//! What the nodes count of themselves.

use std::net::SocketAddr;

use super::rest;

/// Reads of channels' logs from the store.
const LOG_READS: &str = "chinwag_store_log_reads_total";

/// How often each node has read a log; none for a node that does not answer. Nothing at all where nodes do not count it.
pub(super) async fn log_reads(nodes: &[SocketAddr]) -> Option<Vec<Option<u64>>> {
    let mut reads = Vec::with_capacity(nodes.len());
    for node in nodes {
        reads.push(rest::text(*node, "/metrics").await.ok().and_then(|text| sum(&text, LOG_READS)));
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

/// The sum of a counter over its labels.
fn sum(text: &str, name: &str) -> Option<u64> {
    let values: Vec<u64> = text
        .lines()
        .filter_map(|line| line.strip_prefix(name))
        .filter(|rest| rest.starts_with([' ', '{']))
        .filter_map(|rest| rest.rsplit(' ').next()?.parse().ok())
        .collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_summed_over_its_labels() {
        let text = "# TYPE a_total counter\na_total{x=\"1\"} 3\na_total{x=\"2\"} 4\na_total_more 9\n";
        assert_eq!(sum(text, "a_total"), Some(7));
        assert_eq!(sum(text, "b_total"), None);
    }

    #[test]
    fn a_node_that_was_started_anew_counts_from_zero() {
        assert_eq!(added(&[Some(5), Some(9), None], &[Some(8), Some(2), Some(1)]), 3 + 2 + 1);
    }
}
