//! The chat layer behind API Gateway: connections are held by the gateway, functions are started for each event, and nothing
//! lives in between but rows of a table and messages of a queue.
//!
//! One binary answers four sorts of event, by their shape: a WebSocket's (`$connect`, a message, `$disconnect`), an HTTP
//! request's, and messages of two queues: announcements to be fanned out, and what other back ends have to say.
#![forbid(unsafe_code)]

mod announce;
mod aws;
mod delivery;
mod fan_out;
mod function;
mod http_event;
mod ingest;
mod pages;
mod presence;
mod push;
mod realtime;
mod settings;
mod table;
mod websocket;

pub use function::run;

/// Says what went wrong where there is no log yet.
pub fn say_error(complaint: &str) {
    chinwag_server::cli::say_error(complaint);
}
