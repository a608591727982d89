//! Answers of an authorizer that still count.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::Verdict;

/// How many answers are kept.
const MAX_ENTRIES: usize = 10_000;

#[derive(Debug)]
pub(super) struct Cache {
    ttl: Duration,
    verdicts: Mutex<HashMap<Vec<String>, (Instant, Verdict)>>,
}

impl Cache {
    /// A cache without a time to live keeps nothing.
    pub(super) fn new(ttl: Duration) -> Self {
        Self { ttl, verdicts: Mutex::default() }
    }

    pub(super) fn get(&self, identity: &[String]) -> Option<Verdict> {
        if !self.keeps(identity) {
            return None;
        }
        let verdicts = self.verdicts.lock();
        let (until, verdict) = verdicts.get(identity)?;
        (*until > Instant::now()).then(|| verdict.clone())
    }

    pub(super) fn put(&self, identity: Vec<String>, verdict: &Verdict) {
        if !self.keeps(&identity) {
            return;
        }
        let now = Instant::now();
        let mut verdicts = self.verdicts.lock();
        if verdicts.len() >= MAX_ENTRIES {
            verdicts.retain(|_, (until, _)| *until > now);
            // Somebody makes up identities faster than they are forgotten.
            if verdicts.len() >= MAX_ENTRIES {
                verdicts.clear();
            }
        }
        verdicts.insert(identity, (now + self.ttl, verdict.clone()));
    }

    /// Without identity sources all clients would share one answer.
    fn keeps(&self, identity: &[String]) -> bool {
        !self.ttl.is_zero() && !identity.is_empty()
    }
}
