//! The ports that this crate's tests hold in their own hand, and who their connections belong to.

use chinwag_chat::{Bus, Clock, Entropy, Hint, Timestamp};
use chinwag_protocol::Encoding;
use parking_lot::Mutex;

use crate::MailboxOwner;

/// Keeps what is published until the test lets it through.
#[derive(Default)]
pub(crate) struct HeldBus(pub(crate) Mutex<Vec<Hint>>);

impl Bus for HeldBus {
    fn publish(&self, hint: Hint) {
        self.0.lock().push(hint);
    }
}

/// A clock that stands still.
pub(crate) struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(1_000)
    }
}

/// Counts up: ids are all different, which is all that is asked of them here.
#[derive(Default)]
pub(crate) struct Counting(Mutex<u64>);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let mut count = self.0.lock();
        *count += 1;
        bytes.fill(0);
        let n = bytes.len().min(8);
        bytes[..n].copy_from_slice(&count.to_le_bytes()[..n]);
    }
}

/// The owner of a connection that clients know by this id, without a session.
pub(crate) fn owner(user: &str, client: &str) -> MailboxOwner {
    MailboxOwner {
        user: user.parse().unwrap(),
        session: None,
        client: client.to_owned(),
        encoding: Encoding::Json,
        transport: "test",
        address: None,
        connected_at: Fixed.now(),
    }
}
