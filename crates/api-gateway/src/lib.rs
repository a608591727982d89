//! A gateway for WebSocket APIs that were written for Amazon API Gateway: it holds the sockets, hands what they say to
//! functions as Lambda-proxy events, and gives those functions the `@connections` API to answer with.
//!
//! It knows nothing of chat: it runs any such application, unchanged. What an application can tell apart from the
//! service is listed in docs/GATEWAY.md.
#![forbid(unsafe_code)]

mod api;
mod authorizer;
mod backend;
mod body;
pub mod config;
mod connect;
mod connection;
mod connection_id;
mod connections;
mod drain;
mod event;
pub mod figures;
mod function;
mod gateway;
mod identity;
mod integration;
mod invoke;
mod listen;
mod management;
mod messages;
mod nodes;
mod operator;
mod outbound;
mod policy;
mod proxy_response;
mod public;
mod rates;
mod request_id;
mod route;
mod run;
mod sigv4;
mod socket;
mod surroundings;
mod tls;

pub use run::{StartError, run};
pub use surroundings::Surroundings;
