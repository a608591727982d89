//! The way to the collector: OTLP over HTTP, many spans in a request.

use std::time::{Duration, UNIX_EPOCH};

use anyhow::Context as _;
use chinwag_chat::Entropy as _;
use chinwag_chat::trace::{Span, Step};
use chinwag_worker::webhook::Url;
use metrics::counter;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanExporter as _, SpanLinks};
use tokio::sync::mpsc::Receiver;

use super::random_half;
use crate::entropy::OsEntropy;
use crate::metrics::names;

/// How many spans a request tells.
const MAX_BATCH: usize = 512;
/// How long a span waits for others.
const GATHER: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(10);

/// Tells the collector what comes, for as long as it is polled. What it does not take is lost, and counted.
pub(super) fn tell(
    endpoint: &Url,
    node: &str,
    mut spans: Receiver<Span>,
) -> anyhow::Result<impl Future<Output = ()> + Send + use<>> {
    let mut exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(reqwest::Client::builder().timeout(TIMEOUT).build()?)
        .with_endpoint(format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/')))
        .with_timeout(TIMEOUT)
        .build()
        .context("`traces.endpoint` cannot be used")?;
    exporter.set_resource(&resource(node));
    Ok(async move {
        let mut batch = Vec::with_capacity(MAX_BATCH);
        // One line for each time that the collector goes away, not one for each request.
        let mut is_taken = true;
        while spans.recv_many(&mut batch, MAX_BATCH).await > 0 {
            let told = exporter.export(batch.drain(..).map(data).collect()).await;
            let result = if told.is_ok() { "told" } else { "refused" };
            counter!(names::TRACE_SPANS, "result" => result).increment(1);
            if let Err(error) = &told
                && is_taken
            {
                tracing::warn!(%error, "the collector of traces does not take them; they are lost until it does");
            }
            is_taken = told.is_ok();
            tokio::time::sleep(GATHER).await;
        }
    })
}

fn resource(node: &str) -> Resource {
    let attributes = [
        KeyValue::new("service.instance.id", node.to_owned()),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
    ];
    Resource::builder_empty().with_service_name("chinwag").with_attributes(attributes).build()
}

/// A span as the collector knows them. The send is the root, whose id every node can tell from the message's.
fn data(span: Span) -> SpanData {
    let root = SpanId::from_bytes(random_half(span.message));
    let (name, kind) = match span.step {
        Step::Send => ("message.send", SpanKind::Server),
        Step::Commit => ("store.commit", SpanKind::Client),
        Step::Arrive => ("bus.arrive", SpanKind::Consumer),
        Step::FanOut => ("hub.fan_out", SpanKind::Internal),
    };
    let is_root = span.step == Step::Send;
    let trace = TraceId::from_bytes(span.message.to_bytes());
    let id = if is_root { root } else { SpanId::from_bytes(random_bytes()) };
    SpanData {
        span_context: SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::NONE),
        parent_span_id: if is_root { SpanId::INVALID } else { root },
        parent_span_is_remote: matches!(span.step, Step::Arrive | Step::FanOut),
        span_kind: kind,
        name: name.into(),
        start_time: UNIX_EPOCH + Duration::from_nanos(span.began_ns),
        end_time: UNIX_EPOCH + Duration::from_nanos(span.ended_ns),
        attributes: vec![
            KeyValue::new("chinwag.room", span.room.to_string()),
            KeyValue::new("chinwag.message", span.message.to_string()),
        ],
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder("chinwag").build(),
    }
}

fn random_bytes() -> [u8; 8] {
    let mut bytes = [0; 8];
    OsEntropy.fill(&mut bytes);
    bytes
}
