//! The server's half of WebSocket framing (RFC 6455), without IO: bytes in, events out; messages in, frames
//! out.
//!
//! It opens no socket, keeps no clock and knows no HTTP beyond [`accept_key`]; closing handshakes, deadlines
//! and write queues are the caller's. There are no extensions: reserved bits are refused.
//!
//! Invariant: a [`Decoder`] holds memory only while a message is unfinished. The bytes come from a scratch
//! buffer that all connections share, so an idle connection costs nothing but the decoder itself.

mod close;
mod decoder;
mod encode;
mod error;
mod event;
mod handshake;
mod header;
mod mask;

pub use close::CloseCode;
pub use decoder::Decoder;
pub use encode::{FrameHeader, MessageKind, close, message, ping, pong};
pub use error::DecodeError;
pub use event::Event;
pub use handshake::accept_key;
pub use header::MAX_CONTROL_BYTES;
