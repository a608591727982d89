//! Why a connection ends, as the client is told: a WebSocket close code, or a push where the transport has
//! none.

use crate::push::Disconnect;

/// Whether an SDK reconnects after this code: always, except 3500–3999 and 4500–4999, and 1009, which
/// means that the client's own message is too large.
pub fn reconnects(code: u32) -> bool {
    !matches!(code, 3500..=3999 | 4500..=4999 | 1009)
}

/// Defines the codes together with their words, because both are the wire's.
macro_rules! disconnect_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $reason:literal;)*) => {
        /// The protocol's own reasons to end a connection. The client reconnects below 3500.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum DisconnectCode {
            $($(#[$doc])* $name = $code,)*
        }

        impl DisconnectCode {
            /// Every code, in numeric order.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The words for it, which are the close frame's reason.
            pub fn reason(self) -> &'static str {
                match self {
                    $(Self::$name => $reason,)*
                }
            }
        }
    };
}

disconnect_codes! {
    /// The client closed; kept for logs, never sent.
    Closed = 3000, "connection closed";
    /// The node drains.
    Shutdown = 3001, "shutdown";
    /// The server failed.
    Internal = 3004, "internal server error";
    /// The connection's token is out of time.
    ConnectionExpired = 3005, "connection expired";
    /// A subscription's token is out of time.
    SubscriptionExpired = 3006, "subscription expired";
    /// The client reads too slowly.
    Slow = 3008, "slow";
    /// Writing failed.
    WriteError = 3009, "write error";
    /// The client's position is in doubt; it reconnects and recovers.
    InsufficientState = 3010, "insufficient state";
    /// The operator wants the client elsewhere.
    ForceReconnect = 3011, "force reconnect";
    /// A ping was not answered in time.
    NoPong = 3012, "no pong";
    /// Too many requests.
    TooManyRequests = 3013, "too many requests";
    /// The client's state was invalidated; it reconnects and loads anew.
    StateInvalidated = 3014, "state invalidated";
    /// The token is not valid, or its session was revoked.
    InvalidToken = 3500, "invalid token";
    /// The client broke the protocol.
    BadRequest = 3501, "bad request";
    /// No `connect` came in time.
    Stale = 3502, "stale";
    /// The operator wants the client to stay away.
    ForceNoReconnect = 3503, "force no reconnect";
    /// Too many connections.
    ConnectionLimit = 3504, "connection limit";
    /// Too many channels on one connection.
    ChannelLimit = 3505, "channel limit";
    /// The encoding cannot carry what the client asked for.
    InappropriateProtocol = 3506, "inappropriate protocol";
    /// Not allowed to connect.
    PermissionDenied = 3507, "permission denied";
    /// The feature is not there.
    NotAvailable = 3508, "not available";
    /// Too many of the client's commands failed.
    TooManyErrors = 3509, "too many errors";
}

impl DisconnectCode {
    /// The number on the wire, which is the close frame's code.
    pub fn code(self) -> u16 {
        self as u16
    }

    /// Whether SDKs reconnect.
    pub fn reconnects(self) -> bool {
        reconnects(self.code().into())
    }
}

impl From<DisconnectCode> for Disconnect {
    fn from(code: DisconnectCode) -> Self {
        Self { code: code.code().into(), reason: code.reason().to_owned(), reconnect: code.reconnects() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_come_back_below_3500_only() {
        for code in DisconnectCode::ALL {
            assert_eq!(code.reconnects(), code.code() < 3500, "{code:?}");
        }
        assert!(reconnects(4000) && !reconnects(4500) && reconnects(1006) && !reconnects(1009));
    }

    #[test]
    fn reasons_fit_into_a_close_frame() {
        assert!(DisconnectCode::ALL.iter().all(|code| code.reason().len() <= 123));
    }
}
