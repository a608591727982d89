//! What Chinwag is tested and measured with: the suite that every store passes, a launcher for the real server, a load
//! generator, and the bare limits that its figures are compared with.
//!
//! Everything here is for this repository; nothing in it is part of the product.

pub mod balancer;
pub mod bench;
pub mod bus_conformance;
pub mod certificate;
pub mod chaos;
pub mod client;
pub mod cluster_bench;
pub mod cluster_conformance;
pub mod cluster_launcher;
pub mod conformance;
pub mod daemon;
pub mod dynamodb;
pub mod fault_proxy;
mod guard;
pub mod history;
pub mod launcher;
pub mod limit;
pub mod local_cluster;
mod metrics;
pub mod nats;
pub mod outbox_conformance;
pub mod ports;
pub mod postgres;
pub mod process;
pub mod redis;
pub mod scratch;
