//! The work that follows a commit: fetched from the outbox, done, and settled.
//!
//! Any number of workers, on any nodes, share one outbox. Invariants:
//! - *Nothing is forgotten.* A job leaves the outbox when it is done or dead; a worker that dies half-way holds its jobs
//!   no longer than their leases last, and another one does them. So each is done *at least* once.
//! - *What was acknowledged is not repeated.* A job that is settled is never leased again.
//! - *In order.* The jobs of a line are done one after the other; a job that fails holds up its line, and no other.
//! - *Bounded.* So many jobs at the same time, so many attempts, so long for each.
#![forbid(unsafe_code)]

mod attempt;
mod backoff;
mod bell;
mod figures;
mod handler;
pub mod hook;
mod no_client;
pub mod push;
pub mod webhook;
mod worker;

pub use backoff::RetryPolicy;
pub use bell::Bell;
pub use figures::watch_backlog;
pub use handler::{Handler, Verdict};
pub use no_client::NoClient;

pub(crate) use no_client::described;
pub use worker::{Worker, WorkerSettings};
