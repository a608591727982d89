//! Every figure of Chinwag: its name, kind, labels and meaning. docs/METRICS.md is made of this file.
//!
//! Labels have few values: never a user, a room, a session or an address.

use std::fmt::Write;

/// What kind of figure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// A distribution.
    Histogram,
}

/// One figure.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// Its name.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it counts.
    pub meaning: &'static str,
}

macro_rules! figures {
    ($(#[doc = $meaning:literal] $kind:ident $constant:ident = $name:literal [$($label:literal),*];)*) => {
        $(#[doc = $meaning] pub const $constant: &str = $name;)*

        /// All figures, in the order of the documentation.
        pub const ALL: &[Figure] = &[
            $(Figure { name: $name, kind: Kind::$kind, labels: &[$($label),*], meaning: $meaning.trim_ascii() },)*
        ];
    };
}

figures! {
    /// Live connections of clients.
    Gauge CONNECTIONS = "chinwag_connections" ["transport"];
    /// Connections opened since the start.
    Counter CONNECTIONS_OPENED = "chinwag_connections_opened_total" ["transport"];
    /// Connections closed since the start, by the code of PROTOCOL.md §2.
    Counter CONNECTIONS_CLOSED = "chinwag_connections_closed_total" ["code"];
    /// Connects that were let in (admitted) or told to come back later (refused).
    Counter CONNECTS = "chinwag_connects_total" ["result"];
    /// Requests with parts of traces, by whether the collector took them (told, refused), and parts that were dropped before.
    Counter TRACE_SPANS = "chinwag_trace_spans_total" ["result"];
    /// Connects that wait for their turn.
    Gauge CONNECTS_WAITING = "chinwag_connects_waiting" [];
    /// Live nodes of the cluster, as this one last heard of them, itself included.
    Gauge NODES = "chinwag_nodes" [];
    /// Live nodes that use the same store while this one's bus is local: anything but 0 is a mistake in the configuration.
    Gauge NODES_OUT_OF_REACH = "chinwag_nodes_out_of_reach" [];
    /// Sessions with at least one live connection on this node.
    Gauge SESSIONS = "chinwag_sessions" [];
    /// Rooms that at least one connection of this node follows.
    Gauge ROOMS_FOLLOWED = "chinwag_rooms_followed" [];
    /// Messages that clients asked to send: accepted, repeated (the same client_id again), refused or failed.
    Counter SENDS = "chinwag_sends_total" ["result"];
    /// What the pre-send hook answered: allow, reject, rewrite, or failed where it could not be asked.
    Counter HOOK_ANSWERS = "chinwag_hook_answers_total" ["result"];
    /// Publications handed to connections.
    Counter DELIVERIES = "chinwag_deliveries_total" [];
    /// Time that the store takes for one transaction, its fsync included.
    Histogram COMMIT_SECONDS = "chinwag_store_commit_seconds" [];
    /// Commands that share one transaction.
    Histogram BATCH_SIZE = "chinwag_store_batch_size" [];
    /// Commands that wait for the store's writer.
    Gauge STORE_QUEUE_DEPTH = "chinwag_store_queue_depth" [];
    /// Whether the bus to other nodes answers: 1 or 0. Not there where the bus is local.
    Gauge BUS_CONNECTED = "chinwag_bus_connected" [];
    /// Links to the bus made after the first one.
    Counter BUS_RECONNECTS = "chinwag_bus_reconnects_total" [];
    /// Hints sent to other nodes.
    Counter BUS_PUBLISHED = "chinwag_bus_published_total" [];
    /// Hints that came from other nodes.
    Counter BUS_RECEIVED = "chinwag_bus_received_total" [];
    /// Hints that were dropped on their way to or from other nodes: late_state, queue_full, too_large, garbage, version, unknown.
    Counter BUS_DROPPED = "chinwag_bus_dropped_total" ["reason"];
    /// Time from here to the server of the bus and back.
    Histogram BUS_ROUND_TRIP_SECONDS = "chinwag_bus_round_trip_seconds" [];
    /// Channels whose hints come in from other nodes, where the bus brings only what is asked for.
    Gauge BUS_SUBSCRIPTIONS = "chinwag_bus_subscriptions" [];
    /// Changes read from the store because a consumer was behind.
    Counter REPAIRS = "chinwag_repairs_total" [];
    /// Reads of the store's logs: changes that consumers had missed, heads of channels newly followed, and checks whether the bus has lost something.
    Counter STORE_LOG_READS = "chinwag_store_log_reads_total" ["what"];
    /// Bytes that wait to be sent to clients.
    Gauge QUEUED_BYTES = "chinwag_queued_bytes" [];
    /// Errors told to clients, by the code of PROTOCOL.md §1.
    Counter ERRORS = "chinwag_errors_total" ["code"];
    /// HTTP requests answered, by route and status class.
    Counter HTTP_REQUESTS = "chinwag_http_requests_total" ["route", "status"];
    /// Time from an HTTP request's headers to its answer.
    Histogram HTTP_REQUEST_SECONDS = "chinwag_http_request_seconds" ["route"];
    /// Sockets accepted since the start.
    Counter SOCKETS_ACCEPTED = "chinwag_sockets_accepted_total" [];
    /// Sockets that could not be accepted, mostly for want of file descriptors.
    Counter ACCEPT_ERRORS = "chinwag_accept_errors_total" [];
    /// Sockets open right now, WebSockets included.
    Gauge SOCKETS = "chinwag_sockets" [];
    /// Tasks of the node that panicked. Any at all is a bug.
    Counter PANICS = "chinwag_panics_total" ["task"];
    /// Jobs in the outbox by their state: owed (the leased ones included), leased, dead. The same on every worker.
    Gauge OUTBOX_JOBS = "chinwag_outbox_jobs" ["state"];
    /// How long the oldest job of the outbox has been waiting to be done.
    Gauge OUTBOX_OLDEST_SECONDS = "chinwag_outbox_oldest_seconds" [];
    /// Attempts at jobs by how they ended: done, failed (and tried again), dead, given_back.
    Counter OUTBOX_ATTEMPTS = "chinwag_outbox_attempts_total" ["kind", "result"];
    /// Time that an attempt at a job takes.
    Histogram OUTBOX_ATTEMPT_SECONDS = "chinwag_outbox_attempt_seconds" ["kind"];
    /// Orders of other back ends by what became of them: done (delivered, now or before), again (it failed and comes again), dead.
    Counter INGEST_DELIVERIES = "chinwag_ingest_deliveries_total" ["result"];
    /// Times that the queue of other back ends' orders could not be asked, or told what became of them.
    Counter INGEST_SOURCE_FAILURES = "chinwag_ingest_source_failures_total" [];
    /// Memory of the process that is in RAM.
    Gauge PROCESS_RESIDENT_MEMORY_BYTES = "process_resident_memory_bytes" [];
    /// Processor time that the process has used. Only grows, but is read, not counted.
    Gauge PROCESS_CPU_SECONDS = "process_cpu_seconds" [];
    /// Open file descriptors of the process.
    Gauge PROCESS_OPEN_FDS = "process_open_fds" [];
    /// How many file descriptors the process may open.
    Gauge PROCESS_MAX_FDS = "process_max_fds" [];
}

/// Tells the recorder what each figure means.
pub(super) fn describe() {
    for figure in ALL {
        match figure.kind {
            Kind::Counter => ::metrics::describe_counter!(figure.name, figure.meaning),
            Kind::Gauge => ::metrics::describe_gauge!(figure.name, figure.meaning),
            Kind::Histogram => ::metrics::describe_histogram!(figure.name, figure.meaning),
        }
    }
}

/// The documentation of all figures.
#[must_use]
pub fn markdown() -> String {
    let mut text = "\
# What Chinwag tells Prometheus

`GET /metrics` on the node's port. Made from `crates/server/src/metrics/names.rs`; labels never name a user or a room.

| name | kind | labels | what it is |
| --- | --- | --- | --- |
"
    .to_owned();
    for Figure { name, kind, labels, meaning } in ALL {
        let kind = format!("{kind:?}").to_lowercase();
        let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
        let _ = writeln!(text, "| `{name}` | {kind} | {} | {meaning} |", labels.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions_of_prometheus() {
        for Figure { name, kind, meaning, .. } in ALL {
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            let has_unit = name.ends_with("_seconds") || name.ends_with("_size");
            assert!(*kind != Kind::Histogram || has_unit, "{name}");
            assert!(meaning.contains('.'), "{name} wants a sentence");
            assert_eq!(ALL.iter().filter(|other| other.name == *name).count(), 1, "{name}");
        }
    }

    #[test]
    fn docs_metrics_md_is_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/METRICS.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(kept, markdown(), "run the tests with UPDATE_DOCS=1");
    }
}
