//! testkit.

pub mod conformance;
