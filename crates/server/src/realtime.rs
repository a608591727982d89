//! The real-time transports: what carries a [`Connection`](chinwag_connection::Connection) over a network.
//!
//! A [`driver::Driver`] runs one connection: it feeds the machine, does what its effects say ([`effects`]) and collects
//! what goes out. Three pumps move the bytes: [`websocket`] over a bare socket, [`stream`] for the two HTTP fallbacks,
//! with [`emulation`] as their way up.

mod admission;
mod alarm;
pub mod answers;
mod context;
mod driver;
mod effects;
mod emulation;
mod handshake;
mod live;
mod node;
mod recovery;
mod relay;
mod routes;
mod socket;
mod stream;
mod under_way;
mod websocket;
mod writer;

pub use admission::AdmissionSettings;
pub use context::Handshake;
pub use driver::Driver;
pub use live::LiveView;
pub use node::{Realtime, RealtimeSettings};
pub use relay::Relay;
pub use routes::router;

#[cfg(test)]
pub(crate) mod tests;
