//! What a caller can ask of Chinwag, whatever the transport: accounts, sessions, tokens, and every call of
//! `docs/PROTOCOL.md` as a function from a typed request to a typed answer or a coded error.
//!
//! REST and RPC are two spellings of the same [`operations`]; [`rpc::dispatch`] is the second. Nothing here knows HTTP or
//! WebSocket.
#![forbid(unsafe_code)]

mod accounts;
mod api;
mod authenticate;
mod caller;
mod decode;
mod error;
pub mod files;
mod keys;
pub mod operations;
mod presence;
mod problem;
mod rate_limit;
pub mod rpc;
mod secret;
mod server_view;
#[cfg(test)]
mod test_clock;
mod token;

pub use accounts::{
    AccountSettings, Accounts, HashingLimits, MAX_PASSWORD_CHARS, SessionLifetime, Sessions, SignedIn,
};
pub use api::{Api, ApiSettings, PushOffer};
pub use authenticate::Authenticator;
pub use caller::{Asker, CallContext, Caller, CallerSession};
pub use decode::decode;
pub use error::{ApiError, ErrorCode, FieldProblem};
pub use presence::{NobodyOnline, PresenceView};
pub use problem::Problem;
pub use rate_limit::{Rate, RateLimits};
pub use server_view::{Figures, NodeView, ServerView};
pub use token::{KeySource, TokenSettings, TokenSetupError, TokenVerifier, VerifiedToken};
