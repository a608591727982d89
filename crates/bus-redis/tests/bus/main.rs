//! Redis is a bus, however its servers are arranged.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "all of it is a test")]
#![allow(clippy::print_stdout, reason = "how long a failover takes is worth reading")]

mod cluster;
mod one_server;
mod sentinel;
mod support;
