//! `Debug` for requests that carry a token: commands get logged, credentials must not.

use std::fmt;

use crate::emulation::EmulationRequest;
use crate::request::{ConnectRequest, RefreshRequest, SubRefreshRequest, SubscribeRequest};

struct Redacted<'a>(&'a str);

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_empty() { "none" } else { "[redacted]" })
    }
}

impl fmt::Debug for ConnectRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `headers` may hold credentials too, and `data` is the application's.
        formatter
            .debug_struct("ConnectRequest")
            .field("token", &Redacted(&self.token))
            .field("name", &self.name)
            .field("version", &self.version)
            .field("subs", &self.subs)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SubscribeRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SubscribeRequest")
            .field("channel", &self.channel)
            .field("token", &Redacted(&self.token))
            .field("recover", &self.recover)
            .field("epoch", &self.epoch)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RefreshRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RefreshRequest").field("token", &Redacted(&self.token)).finish()
    }
}

impl fmt::Debug for SubRefreshRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SubRefreshRequest")
            .field("channel", &self.channel)
            .field("token", &Redacted(&self.token))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for EmulationRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whoever knows the session may speak for it.
        formatter
            .debug_struct("EmulationRequest")
            .field("node", &self.node)
            .field("session", &Redacted(&self.session))
            .field("data_bytes", &self.data.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_shows_in_debug_output() {
        let token = "cws_secret".to_owned();
        let connect = ConnectRequest { token: token.clone(), ..ConnectRequest::default() };
        let subscribe = SubscribeRequest { token: token.clone(), ..SubscribeRequest::default() };
        let refresh = RefreshRequest { token: token.clone() };
        let sub_refresh = SubRefreshRequest { token, ..SubRefreshRequest::default() };
        let shown = format!("{connect:?} {subscribe:?} {refresh:?} {sub_refresh:?}");
        assert!(!shown.contains("secret"), "{shown}");
    }
}
