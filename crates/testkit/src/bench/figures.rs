//! What one measurement of deliveries gave, and the same of several runs.

use hdrhistogram::Histogram;

use super::samples::Samples;

/// Longer latencies count as this long: ten minutes.
pub(super) const MAX_LATENCY_US: u64 = 600_000_000;

/// One measurement.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) deliveries: u64,
    pub(super) seconds: f64,
    /// The server's, user and system.
    pub(super) cpu_seconds: f64,
    pub(super) latency_us: Histogram<u64>,
}

impl Measured {
    pub(super) fn deliveries_per_second(&self) -> f64 {
        self.deliveries as f64 / self.seconds
    }
}

/// All runs.
#[derive(Debug, Default, Clone)]
pub(super) struct Figures {
    pub(super) deliveries_per_second: Samples,
    pub(super) cpu_us: Samples,
    pub(super) p50_ms: Samples,
    pub(super) p99_ms: Samples,
}

impl Figures {
    pub(super) fn push(&mut self, measured: &Measured) {
        self.deliveries_per_second.push(measured.deliveries_per_second());
        self.cpu_us.push(measured.cpu_seconds * 1e6 / measured.deliveries as f64);
        self.p50_ms.push(measured.latency_us.value_at_quantile(0.5) as f64 / 1e3);
        self.p99_ms.push(measured.latency_us.value_at_quantile(0.99) as f64 / 1e3);
    }
}
