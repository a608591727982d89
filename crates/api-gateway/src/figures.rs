//! The gateway's figures for Prometheus: names, kinds and meanings. docs/GATEWAY.md lists them.

/// Live WebSockets.
pub const CONNECTIONS: &str = "chinwag_gateway_connections";
/// Handshakes by how they ended: accepted, refused (by an authorizer or by `$connect`), failed, limited.
pub const CONNECTS: &str = "chinwag_gateway_connects_total";
/// Connections that ended, by close code.
pub const CLOSED: &str = "chinwag_gateway_closed_total";
/// Messages of clients by what became of them: done, failed, timed_out, throttled, no_route, limited.
pub const MESSAGES: &str = "chinwag_gateway_messages_total";
/// Messages that clients were sent.
pub const SENT: &str = "chinwag_gateway_sent_total";
/// Calls of `@connections`, by operation and status.
pub const MANAGEMENT: &str = "chinwag_gateway_management_total";
/// Calls of `@connections` handed on to other nodes, by result: answered, out_of_reach.
pub const FORWARDED: &str = "chinwag_gateway_forwarded_total";
/// Time that integrations take, by kind: function, lambda, http, http_proxy.
pub const INTEGRATION_SECONDS: &str = "chinwag_gateway_integration_seconds";
/// Processes of functions.
pub const FUNCTION_PROCESSES: &str = "chinwag_gateway_function_processes";
/// Invocations of functions by how they ended: done, error, timed_out, exited, throttled.
pub const INVOCATIONS: &str = "chinwag_gateway_invocations_total";
/// Events that wait for a process of their function.
pub const FUNCTION_QUEUE_DEPTH: &str = "chinwag_gateway_function_queue_depth";

/// Tells the recorder what the figures mean.
pub(crate) fn describe() {
    metrics::describe_gauge!(CONNECTIONS, "Live WebSockets.");
    metrics::describe_counter!(CONNECTS, "Handshakes by how they ended.");
    metrics::describe_counter!(CLOSED, "Connections that ended, by close code.");
    metrics::describe_counter!(MESSAGES, "Messages of clients by what became of them.");
    metrics::describe_counter!(SENT, "Messages that clients were sent.");
    metrics::describe_counter!(MANAGEMENT, "Calls of @connections, by operation and status.");
    metrics::describe_counter!(FORWARDED, "Calls of @connections handed on to other nodes.");
    metrics::describe_histogram!(INTEGRATION_SECONDS, "Time that integrations take.");
    metrics::describe_gauge!(FUNCTION_PROCESSES, "Processes of functions.");
    metrics::describe_counter!(INVOCATIONS, "Invocations of functions by how they ended.");
    metrics::describe_gauge!(FUNCTION_QUEUE_DEPTH, "Events that wait for a process of their function.");
}
