//! The server around the chat: configuration, command line, listener, HTTP, real-time pumps, metrics, shutdown.
#![forbid(unsafe_code)]

pub mod admin;
mod bodies;
pub mod cli;
pub mod clock;
pub mod config;
pub mod entropy;
mod housekeeping;
pub mod http;
pub mod listen;
pub mod logging;
pub mod metrics;
pub mod open_files;
pub mod realtime;
mod serve;
mod server_view;
mod settings;
pub mod shutdown;
#[cfg(test)]
mod test_nodes;
mod traces;

pub use serve::{Nodeless, serve};
