//! The names of the figures that every bus keeps; what they mean is said in the server's `metrics/names.rs`.

/// Whether the bus answers: 1 or 0.
pub(crate) const CONNECTED: &str = "chinwag_bus_connected";
/// Hints sent to other nodes.
pub(crate) const PUBLISHED: &str = "chinwag_bus_published_total";
/// Hints that came from other nodes.
pub(crate) const RECEIVED: &str = "chinwag_bus_received_total";
/// Hints and messages that were dropped, by the reason.
pub(crate) const DROPPED: &str = "chinwag_bus_dropped_total";
/// Links made after the first one.
pub(crate) const RECONNECTS: &str = "chinwag_bus_reconnects_total";
/// Time from here to the server and back.
pub(crate) const ROUND_TRIP_SECONDS: &str = "chinwag_bus_round_trip_seconds";
/// Channels whose hints come in.
pub(crate) const SUBSCRIPTIONS: &str = "chinwag_bus_subscriptions";
