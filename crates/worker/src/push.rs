//! Web Push: people who are away are told on their devices (RFC 8030, encrypted by RFC 8291, signed by RFC 8292).
//!
//! A message owes a question, *whom does this notify?*, that is asked when the devices have had their time to say that they
//! have it ([`Ask`]). The answer is one piece of work for each device ([`Tell`]), which looks once more before it goes out:
//! what was read, silenced or left in the meantime notifies nobody. However much waits for one device in one room, it gets
//! one notification, of the newest message.

mod ask;
mod guard;
mod identity;
mod payload;
mod tell;

use std::time::Duration;

pub use ask::Ask;
pub use identity::Identity;
pub use tell::Tell;

use crate::RetryPolicy;

/// How devices are told.
#[derive(Debug, Clone)]
pub struct PushSettings {
    /// How push services reach the operator: a `mailto:` or `https:` address.
    pub subject: Option<String>,
    /// How long devices have to say that they have a message.
    pub wait: Duration,
    /// In rooms of more members only mentions notify.
    pub max_small_room_members: u64,
    /// Whether devices may be told at private addresses and without TLS.
    pub allow_private_endpoints: bool,
    /// How long a request may take.
    pub timeout: Duration,
    /// How often and when it is repeated.
    pub retries: RetryPolicy,
    /// Who asks, for the push service's log.
    pub user_agent: String,
}
