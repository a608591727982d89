//! Which connection follows which channel; ordered fan-out, positions, repair, and back-pressure.
//!
//! A [`Hub`] takes hints from the bus and hands every change, once and in order, to every [`Mailbox`] that follows its
//! channel. It never waits for a reader: one whose mailbox is full is noted as being behind at its position, and fed
//! from memory or from the store as fast as it reads. A lost hint, a slow reader and a returning client are the same
//! event ("you are behind") and have the same cure ([`Hub::catch_up`], [`Hub::repair`]: read from your rev).
//!
//! What a mailbox holds is written to its socket by whoever comes to it first, the hub's own writers or the connection's
//! driver ([`Hub::write_due`]).
//!
//! Start reading at `hub.rs`; the fan-out itself is `channel_state.rs`.
#![forbid(unsafe_code)]

mod catch_up;
mod channel_state;
mod cluster;
mod due;
mod entry;
mod feed;
mod flight;
mod follow;
mod followers;
mod frame;
mod head_check;
mod history;
mod hub;
mod mailbox;
mod outlet;
mod per_encoding;
mod pieces;
mod presence;
mod reads;
mod recent;
mod registry;
mod repair;
mod run;
#[cfg(test)]
mod test_ports;

pub use cluster::{ClusterNode, ClusterSettings, JoinError, NotAdmitted};
pub use entry::{Entry, state_push};
pub use follow::{Follow, Followed, Start};
pub use frame::FRAME_BYTES;
pub use history::history;
pub use hub::{Hub, HubConfig};
pub use mailbox::{ConnectionId, Mail, Mailbox, MailboxOwner, Notice};
pub use outlet::{Outlet, Written};
pub use pieces::Pieces;
pub use presence::PresenceConfig;
