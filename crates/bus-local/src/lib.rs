//! bus-local.
