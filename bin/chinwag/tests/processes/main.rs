//! Real processes and the real servers that they stand on: how they start, stop and refuse.
#![allow(clippy::unwrap_used, reason = "all of it is a test")]

mod chinwag;
mod refusals;
mod starting;
