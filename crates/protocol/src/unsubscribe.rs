//! Why the server ended a subscription, as the client is told.

/// The protocol's own reasons to end a subscription. SDKs subscribe again from 2500 up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum UnsubscribeCode {
    /// For good: the room is not the client's any more.
    Server = 2000,
    /// The client's position is in doubt; it subscribes again and recovers.
    InsufficientState = 2500,
    /// The subscription's token is out of time.
    Expired = 2501,
    /// The client's state was invalidated; it subscribes again and loads anew.
    StateInvalidated = 2502,
}

impl UnsubscribeCode {
    /// The number on the wire.
    pub fn code(self) -> u32 {
        self as u32
    }

    /// The words for it.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Server => "server unsubscribe",
            Self::InsufficientState => "insufficient state",
            Self::Expired => "subscription expired",
            Self::StateInvalidated => "state invalidated",
        }
    }

    /// Whether SDKs subscribe again.
    pub fn resubscribes(self) -> bool {
        self.code() >= 2500
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_servers_own_wish_is_for_good() {
        assert!(!UnsubscribeCode::Server.resubscribes());
        assert!(UnsubscribeCode::InsufficientState.resubscribes());
    }
}
