//! `make chaos`: the proof that a cluster keeps its promises while everything goes wrong.
//!
//! Each run starts a real cluster and clients that write, read, resume and retry. A schedule of faults, all of which follows
//! from the run's seed, is carried out; then everything is mended, and what the clients recorded is held against the
//! store's log. Clients are told nothing of faults: they do what any client does.

mod client;
mod courier;
mod dice;
mod fault;
mod figures;
mod final_log;
mod guest;
mod injury;
mod js;
mod log_reads;
mod message;
mod options;
mod people;
mod plan;
mod proof;
mod recorder;
mod report;
mod rest;
mod run;
mod schedule;
mod shared;
mod verdict;

pub use fault::Kind;
pub use options::{Options, Seeds};
pub use proof::run;
