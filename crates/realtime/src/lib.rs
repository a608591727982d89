//! realtime.
