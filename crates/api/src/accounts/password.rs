//! Passwords: what is accepted as one, and hashing them without giving the machine away.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use chinwag_chat::{Entropy, FieldError, PasswordHash};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::ApiError;

/// The most characters of a password; more is no safer.
pub const MAX_PASSWORD_CHARS: usize = 128;

/// OWASP's minimum for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;

/// A hash that no password has, at the same cost: what is checked where there is no account, so that the time taken
/// does not tell.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What to tell somebody who finds the queue full.
const WAIT_FOR_A_PLACE: Duration = Duration::from_secs(2);

/// How much hashing goes on at once. Each hash takes 19 MiB and tens of milliseconds of a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingLimits {
    /// How many at the same time.
    pub concurrent: usize,
    /// How many more may wait their turn.
    pub waiting: usize,
}

impl Default for HashingLimits {
    fn default() -> Self {
        Self { concurrent: 2, waiting: 64 }
    }
}

/// Checks that a new password is long enough and not too long. There are no other rules: they make passwords worse.
pub(super) fn check(password: &str, min_chars: usize) -> Result<(), FieldError> {
    let chars = password.chars().count();
    if chars < min_chars {
        return Err(FieldError::new("password", "too_short", "the password is too short"));
    }
    if chars > MAX_PASSWORD_CHARS {
        return Err(FieldError::new("password", "too_long", "a password has at most 128 characters"));
    }
    Ok(())
}

/// Hashes and checks passwords, a few at a time and off the threads that serve connections.
#[derive(Clone)]
pub(super) struct PasswordHasher {
    entropy: Arc<dyn Entropy>,
    /// Working or waiting.
    places: Arc<Semaphore>,
    /// Working.
    turns: Arc<Semaphore>,
}

impl PasswordHasher {
    pub(super) fn new(entropy: Arc<dyn Entropy>, limits: HashingLimits) -> Self {
        let concurrent = limits.concurrent.max(1);
        let places = concurrent.saturating_add(limits.waiting).min(Semaphore::MAX_PERMITS);
        Self {
            entropy,
            places: Arc::new(Semaphore::new(places)),
            turns: Arc::new(Semaphore::new(concurrent.min(Semaphore::MAX_PERMITS))),
        }
    }

    /// Hashes a new password.
    pub(super) async fn hash(&self, password: String) -> Result<PasswordHash, ApiError> {
        let mut salt = [0; SALT_BYTES];
        self.entropy.fill(&mut salt);
        self.run(move || {
            let hash: phc::PasswordHash =
                argon2()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(ApiError::internal)?;
            Ok(PasswordHash::new(hash.to_string()))
        })
        .await
    }

    /// Whether the password is the hash's; false without a hash, after the same work.
    pub(super) async fn verify(
        &self,
        password: String,
        hash: Option<PasswordHash>,
    ) -> Result<bool, ApiError> {
        self.run(move || {
            let expected = hash.as_ref().map_or(NOBODYS_HASH, PasswordHash::expose);
            let parsed = phc::PasswordHash::new(expected).map_err(ApiError::internal)?;
            let matches = argon2()?.verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(matches && hash.is_some())
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| ApiError::too_many_requests(WAIT_FOR_A_PLACE))?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(ApiError::internal)?;
        // The work goes on where its caller has gone away, so it is the work that holds the permits.
        let held: [OwnedSemaphorePermit; 2] = [place, turn];
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(held);
            result
        })
        .await
        .map_err(ApiError::internal)?
    }
}

fn argon2() -> Result<Argon2<'static>, ApiError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(ApiError::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;

    struct Sevens;

    impl Entropy for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn hasher(concurrent: usize, waiting: usize) -> PasswordHasher {
        PasswordHasher::new(Arc::new(Sevens), HashingLimits { concurrent, waiting })
    }

    #[tokio::test]
    async fn a_password_is_its_hash_and_no_other_is() {
        let hasher = hasher(1, 8);
        let hash = hasher.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.expose());
        assert!(hasher.verify("correct horse".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify("correct horse ".to_owned(), Some(hash)).await.unwrap());
        assert!(!hasher.verify("correct horse".to_owned(), None).await.unwrap());
    }

    #[test]
    fn nobodys_hash_costs_what_everybodys_does() {
        let nobodys = phc::PasswordHash::new(NOBODYS_HASH).unwrap();
        let hash = argon2().unwrap().hash_password_with_salt(b"x", &[7; SALT_BYTES]).unwrap();
        assert_eq!(nobodys.params, hash.params);
        assert_eq!((nobodys.algorithm, nobodys.version), (hash.algorithm, hash.version));
        assert_eq!(nobodys.hash.unwrap().len(), hash.hash.unwrap().len());
    }

    #[tokio::test]
    async fn a_full_queue_says_so_at_once() {
        let hasher = hasher(1, 0);
        let _working = hasher.places.clone().try_acquire_owned().unwrap();
        let refused = hasher.hash("x".to_owned()).await.unwrap_err();
        assert_eq!((refused.code, refused.retry_after), (ErrorCode::TooManyRequests, Some(2)));
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(check("pässwörd", 8).is_ok());
        assert_eq!(check("pässwör", 8).unwrap_err().code, "too_short");
        assert_eq!(check(&"ä".repeat(129), 8).unwrap_err().code, "too_long");
    }
}
