//! What a failure means for whoever runs the node.

use chinwag_bus_remote::{WireDescription, WireError};
use redis::{ErrorKind, RedisError, ServerErrorKind};

/// Why there is no link.
pub(crate) fn explain(error: &RedisError, wire: &WireDescription) -> WireError {
    let WireDescription { server, place, .. } = wire.clone();
    let unsuitable = |reason: &str| WireError::Unsuitable { place: place.clone(), reason: reason.to_owned() };
    match error.kind() {
        ErrorKind::Io => WireError::Unreachable { server, place, reason: error.to_string() },
        ErrorKind::AuthenticationFailed | ErrorKind::Server(ServerErrorKind::NoPerm) => {
            WireError::Denied { server: "Redis server", place, reason: in_short(error) }
        }
        _ if matches!(error.code(), Some("NOAUTH" | "WRONGPASS" | "NOPERM")) => {
            WireError::Denied { server: "Redis server", place, reason: in_short(error) }
        }
        ErrorKind::RESP3NotSupported => unsuitable(
            "the server is older than Redis 6 and does not speak RESP3: run a newer one, or Valkey",
        ),
        _ => unsuitable(&in_short(error)),
    }
}

/// What the server said, without what the library thinks of it.
pub(crate) fn in_short(error: &RedisError) -> String {
    match (error.code(), error.detail()) {
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        (Some(code), None) => code.to_owned(),
        (None, Some(detail)) => detail.to_owned(),
        (None, None) => error.to_string(),
    }
}
