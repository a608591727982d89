//! Randomness and the ids made of it.

use std::sync::Arc;

use crate::{Clock, FileId, KeyId, MessageId, RoomId, SessionId, SubscriptionId, UserId};

/// A source of random bytes. In a running node they come from the operating system; in a simulation from a seed.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random ones, fit for secrets.
    fn fill(&self, bytes: &mut [u8]);
}

/// Makes new ids out of the time and randomness.
#[derive(Clone)]
pub struct IdSource {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl IdSource {
    /// Ids made of this clock's time and this source's randomness.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy }
    }

    /// A new room's id.
    #[must_use]
    pub fn room(&self) -> RoomId {
        let (unix_ms, random) = self.parts();
        RoomId::from_parts(unix_ms, random)
    }

    /// A new message's id.
    #[must_use]
    pub fn message(&self) -> MessageId {
        let (unix_ms, random) = self.parts();
        MessageId::from_parts(unix_ms, random)
    }

    /// A new session's id.
    #[must_use]
    pub fn session(&self) -> SessionId {
        let (unix_ms, random) = self.parts();
        SessionId::from_parts(unix_ms, random)
    }

    /// The id of a device that takes notifications from now on.
    #[must_use]
    pub fn subscription(&self) -> SubscriptionId {
        let (unix_ms, random) = self.parts();
        SubscriptionId::from_parts(unix_ms, random)
    }

    /// A new key's id.
    #[must_use]
    pub fn key(&self) -> KeyId {
        let (unix_ms, random) = self.parts();
        KeyId::from_parts(unix_ms, random)
    }

    /// A new file's id.
    #[must_use]
    pub fn file(&self) -> FileId {
        let (unix_ms, random) = self.parts();
        FileId::from_parts(unix_ms, random)
    }

    /// The id of a new account of Chinwag's own.
    #[must_use]
    pub fn user(&self) -> UserId {
        let (unix_ms, random) = self.parts();
        UserId::from(ulid::Ulid::from_parts(unix_ms, random))
    }

    fn parts(&self) -> (u64, u128) {
        let mut random = [0; 16];
        self.entropy.fill(&mut random);
        let unix_ms = u64::try_from(self.clock.now().unix_ms()).unwrap_or(0);
        (unix_ms, u128::from_le_bytes(random))
    }
}
