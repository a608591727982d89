//! What is counted. The names and their meaning are in the server's `metrics/names.rs`.

use metrics::counter;

/// A delivery was settled: `done`, `again` (it failed and comes again) or `dead`.
pub(crate) fn settled(result: &'static str) {
    counter!("chinwag_ingest_deliveries_total", "result" => result).increment(1);
}

/// The queue could not be asked, or told.
pub(crate) fn failed() {
    counter!("chinwag_ingest_source_failures_total").increment(1);
}
