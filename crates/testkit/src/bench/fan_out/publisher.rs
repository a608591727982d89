//! The one who sends.

use anyhow::Result;

use crate::bench::payload::{PAYLOAD_BYTES, Stamp};
use crate::bench::wire::Wire;

/// Sends messages without waiting for anything.
pub(in crate::bench) struct Publisher {
    wire: Wire,
    room: String,
    sent: u32,
}

impl Publisher {
    pub(in crate::bench) fn new(wire: Wire, room: String) -> Self {
        Self { wire, room, sent: 0 }
    }

    /// How many messages were sent.
    pub(super) fn sent(&self) -> u64 {
        self.sent.into()
    }

    pub(super) async fn send(&mut self, sent_at_ns: u64) -> Result<()> {
        self.sent += 1;
        let stamp = Stamp { sent_at_ns, sender: 0, number: self.sent };
        self.wire.say(&self.room, &stamp.message(PAYLOAD_BYTES)).await
    }

    /// Reads what comes back: acknowledgements, where the server gives any.
    pub(super) async fn read(&mut self) -> Result<()> {
        self.wire.hear(&mut |_| Ok(())).await
    }
}
