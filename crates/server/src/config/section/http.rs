//! The listener.

use std::time::Duration;

use crate::config::ByteSize;
use crate::config::table::section;

/// Below this, hyper refuses to work.
const SMALLEST_BUFFER: ByteSize = ByteSize::new(8 * 1024);

section! {
    /// The listener.
    pub struct Http in "http" {
        /// How long a client may take to send a request's headers, and how long it may stay silent between two
        /// requests.
        pub header_read_timeout: Duration = "10s",
        /// The longest request line and headers.
        pub max_header_bytes: ByteSize = "16KiB",
        /// The most headers.
        pub max_headers: usize = "100",
        /// The most connections of any kind at a time; more wait to be accepted. 0: as many as the limit of file
        /// descriptors allows.
        pub max_connections: usize = "0",
        /// How long a connection is silent before the kernel probes whether the other end is still there.
        pub tcp_keepalive: Duration = "1m",
    }
}

impl Http {
    pub(super) fn check(&self, fault: &mut impl FnMut(String)) {
        if self.max_header_bytes < SMALLEST_BUFFER {
            fault(format!("`http.max_header_bytes` must be at least {SMALLEST_BUFFER}"));
        }
        if self.max_headers == 0 {
            fault("`http.max_headers` must be at least 1".to_owned());
        }
    }
}
