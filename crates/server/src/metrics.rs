//! Figures for Prometheus: the recorder, and the answer of `/metrics`.
//!
//! Which figures there are, and what they mean, is in [`names`] alone.

pub mod names;
mod process;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header;
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

/// The version of the text format.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Buckets for latencies in seconds: from a commit into memory to a store in trouble.
const LATENCY_BUCKETS: [f64; 12] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Buckets for how many share something.
const SIZE_BUCKETS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// The recorded figures.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

/// The figures cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The buckets are malformed.
    #[error("the metrics recorder cannot be built: {0}")]
    Build(#[from] BuildError),
    /// Another recorder is in place.
    #[error("the metrics recorder cannot be installed twice")]
    Twice,
}

impl Metrics {
    /// Records all figures of this process from now on.
    pub fn install() -> Result<Self, MetricsError> {
        let recorder = recorder()?;
        let handle = recorder.handle();
        ::metrics::set_global_recorder(recorder).map_err(|_| MetricsError::Twice)?;
        names::describe();
        Ok(Self { handle })
    }

    /// All figures, as Prometheus reads them.
    #[must_use]
    pub fn render(&self) -> String {
        process::record();
        self.handle.run_upkeep();
        self.handle.render()
    }

    /// Makes room in the histograms. To be called every few seconds, else they grow where nobody scrapes.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    /// `/metrics`.
    pub fn router(self) -> Router {
        Router::new().route("/metrics", get(scrape)).with_state(self)
    }
}

async fn scrape(State(metrics): State<Metrics>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], metrics.render())
}

fn recorder() -> Result<PrometheusRecorder, BuildError> {
    let latencies = Matcher::Suffix("_seconds".to_owned());
    let sizes = Matcher::Suffix("_size".to_owned());
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(latencies, &LATENCY_BUCKETS)?
        .set_buckets_for_metric(sizes, &SIZE_BUCKETS)?;
    Ok(builder.build_recorder())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_rendered_with_their_description() {
        let recorder = recorder().unwrap();
        let metrics = Metrics { handle: recorder.handle() };
        let text = ::metrics::with_local_recorder(&recorder, || {
            names::describe();
            ::metrics::gauge!(names::CONNECTIONS, "transport" => "websocket").set(3.0);
            ::metrics::histogram!(names::COMMIT_SECONDS).record(0.003);
            metrics.render()
        });
        for needed in [
            "# HELP chinwag_connections Live connections of clients.",
            "chinwag_connections{transport=\"websocket\"} 3",
            "chinwag_store_commit_seconds_bucket{le=\"0.005\"} 1",
        ] {
            assert!(text.contains(needed), "{needed}\nis missing in\n{text}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_process_tells_its_memory_and_its_open_files() {
        let recorder = recorder().unwrap();
        let metrics = Metrics { handle: recorder.handle() };
        let text = ::metrics::with_local_recorder(&recorder, || metrics.render());
        for name in [names::PROCESS_RESIDENT_MEMORY_BYTES, names::PROCESS_OPEN_FDS, names::PROCESS_MAX_FDS] {
            let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
            assert!(line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() > 0.0, "{line}");
        }
    }
}
