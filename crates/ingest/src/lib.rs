//! What other back ends put on a queue for people's devices: taken off, delivered, and settled.
//!
//! Any number of nodes share one queue. Invariants:
//! - *Nothing is forgotten.* What was taken is acknowledged only after it was delivered; whatever a node that died had taken
//!   comes again, to any node.
//! - *Once to the eye.* Each order has an id, its own or the queue's; what was delivered under it is not delivered again.
//! - *Nothing is in the way.* What cannot be delivered, or fails too often, goes where the dead letters are, with the reason.
//! - *In order.* What is for one room, or for one user, is delivered one after the other, as far as one node takes it.
//! - *Bounded.* So many at a time; where the queue or the store is away, longer and longer waits.
#![forbid(unsafe_code)]

mod deliver;
mod figures;
mod pump;
pub mod source;

pub use deliver::Deliverer;
pub use pump::{Pump, PumpSettings};
pub use source::{Delivery, Source, SourceError};
