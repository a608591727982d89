//! How a node knows that another node calls, and not somebody who listened: each call carries a seal.
//!
//! A seal is a code that only those can make who know the cluster's secret, over the whole call, over who calls whom,
//! and over a number that this caller never used before. Caller and called are *runs* of nodes: who was started again is
//! somebody else, so the numbers begin anew without any of them being good twice. No clock has a say: the nodes' clocks
//! may be hours apart.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::HeaderName;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chinwag_chat::cluster::{ClusterSecret, Incarnation};
use hashbrown::HashMap;
use hmac::{Hmac, KeyInit as _, Mac as _};
use parking_lot::Mutex;
use sha2::Sha256;

/// Carries the seal.
pub(super) const SEAL_HEADER: HeaderName = HeaderName::from_static("chinwag-seal");

/// Keeps these codes apart from whatever else the secret may be used for.
const PURPOSE: &[u8] = b"chinwag call between nodes, 1\n";
/// How many of a caller's latest numbers are remembered one by one. Calls overtake each other, but not by more.
const NUMBERS_KEPT: usize = 4_096;
/// How many callers are remembered. A cluster has a few nodes; each of their starts makes a new one.
const CALLERS_KEPT: usize = 64;

/// Why a call is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BrokenSeal {
    #[error("there is no seal that can be read")]
    Malformed,
    #[error("the call is for another run of this node")]
    NotForUs,
    #[error("the seal is not the cluster's")]
    Forged,
    #[error("the call came before")]
    Repeated,
}

/// Makes and checks seals.
pub(super) struct Seals {
    own: Incarnation,
    key: Hmac<Sha256>,
    sent: AtomicU64,
    heard: Mutex<Heard>,
}

#[derive(Debug, Default)]
struct Heard {
    callers: HashMap<Incarnation, Numbers>,
    calls: u64,
}

/// The numbers that one caller has used.
#[derive(Debug, Default)]
struct Numbers {
    latest: BTreeSet<u64>,
    /// All up to this count as used.
    floor: u64,
    /// When the caller was last heard, counted in calls.
    heard_at: u64,
}

impl Seals {
    pub(super) fn new(own: Incarnation, secret: &ClusterSecret) -> Self {
        let mut key = [0; 64];
        // HMAC pads its key to the block with zeros: this is the key itself, by a way that cannot fail.
        key[..secret.0.len()].copy_from_slice(&secret.0);
        Self { own, key: Hmac::new(&key.into()), sent: AtomicU64::new(0), heard: Mutex::default() }
    }

    /// A seal for a call.
    pub(super) fn seal(&self, to: Incarnation, path: &str, body: &[u8]) -> String {
        let number = self.sent.fetch_add(1, Ordering::Relaxed) + 1;
        let code = self.code(self.own, to, number, path, body).finalize().into_bytes();
        format!("{:016x}.{:016x}.{number}.{}", self.own.0, to.0, URL_SAFE_NO_PAD.encode(code))
    }

    /// Checks the seal of a call, which is good once.
    pub(super) fn open(&self, seal: &str, path: &str, body: &[u8]) -> Result<(), BrokenSeal> {
        let (from, to, number, code) = parse(seal).ok_or(BrokenSeal::Malformed)?;
        if to != self.own {
            return Err(BrokenSeal::NotForUs);
        }
        // In constant time.
        self.code(from, to, number, path, body).verify_slice(&code).map_err(|_| BrokenSeal::Forged)?;
        if self.heard.lock().is_first(from, number) { Ok(()) } else { Err(BrokenSeal::Repeated) }
    }

    fn code(&self, from: Incarnation, to: Incarnation, number: u64, path: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut code = self.key.clone();
        code.update(PURPOSE);
        for part in [from.0, to.0, number] {
            code.update(&part.to_be_bytes());
        }
        code.update(path.as_bytes());
        code.update(b"\n");
        code.update(body);
        code
    }
}

impl Heard {
    fn is_first(&mut self, from: Incarnation, number: u64) -> bool {
        self.calls += 1;
        let numbers = self.callers.entry(from).or_default();
        numbers.heard_at = self.calls;
        if number <= numbers.floor || !numbers.latest.insert(number) {
            return false;
        }
        if numbers.latest.len() > NUMBERS_KEPT {
            numbers.floor = numbers.latest.pop_first().unwrap_or_default();
        }
        if self.callers.len() > CALLERS_KEPT {
            let quietest = self.callers.iter().min_by_key(|(_, numbers)| numbers.heard_at);
            if let Some(quietest) = quietest.map(|(caller, _)| *caller) {
                self.callers.remove(&quietest);
            }
        }
        true
    }
}

fn parse(seal: &str) -> Option<(Incarnation, Incarnation, u64, Vec<u8>)> {
    let mut parts = seal.splitn(4, '.');
    let mut incarnation = || u64::from_str_radix(parts.next()?, 16).ok().map(Incarnation);
    let (from, to) = (incarnation()?, incarnation()?);
    let number = parts.next()?.parse().ok()?;
    Some((from, to, number, URL_SAFE_NO_PAD.decode(parts.next()?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Incarnation = Incarnation(1);
    const B: Incarnation = Incarnation(2);

    fn seals(own: Incarnation) -> Seals {
        Seals::new(own, &ClusterSecret([7; 32]))
    }

    #[test]
    fn a_seal_is_good_for_its_call_and_once() {
        let (a, b) = (seals(A), seals(B));
        let (first, second) = (a.seal(B, "/x", b"body"), a.seal(B, "/x", b"body"));
        assert_eq!(b.open(&second, "/x", b"body"), Ok(()), "calls may overtake each other");
        assert_eq!(b.open(&first, "/x", b"body"), Ok(()));
        for seal in [first, second] {
            assert_eq!(b.open(&seal, "/x", b"body"), Err(BrokenSeal::Repeated));
        }
    }

    #[test]
    fn a_seal_is_good_for_nothing_else() {
        let (a, b) = (seals(A), seals(B));
        let seal = a.seal(B, "/x", b"body");
        let stranger = Seals::new(A, &ClusterSecret([8; 32])).seal(B, "/x", b"body");
        let renumbered = seal.replacen(".1.", ".2.", 1);
        let from_another = seal.replacen("0001.", "0003.", 1);
        for (seal, path, body, broken) in [
            (seal.as_str(), "/y", b"body".as_slice(), BrokenSeal::Forged),
            (&seal, "/x", b"bodx", BrokenSeal::Forged),
            (&stranger, "/x", b"body", BrokenSeal::Forged),
            (&renumbered, "/x", b"body", BrokenSeal::Forged),
            (&from_another, "/x", b"body", BrokenSeal::Forged),
            (&seal[..seal.len() - 3], "/x", b"body", BrokenSeal::Forged),
            ("", "/x", b"body", BrokenSeal::Malformed),
            ("1.2.3", "/x", b"body", BrokenSeal::Malformed),
        ] {
            assert_eq!(b.open(seal, path, body), Err(broken), "{seal}");
        }
        assert_eq!(seals(Incarnation(3)).open(&seal, "/x", b"body"), Err(BrokenSeal::NotForUs));
        assert_eq!(b.open(&seal, "/x", b"body"), Ok(()), "what was refused used nothing up");
    }

    #[test]
    fn what_is_remembered_is_bounded_and_nothing_old_becomes_good_again() {
        let (a, b) = (seals(A), seals(B));
        let seals: Vec<String> = (0..NUMBERS_KEPT + 10).map(|_| a.seal(B, "/x", b"")).collect();
        assert!(seals.iter().all(|seal| b.open(seal, "/x", b"").is_ok()));
        assert!(seals.iter().all(|seal| b.open(seal, "/x", b"") == Err(BrokenSeal::Repeated)));
        assert_eq!(b.heard.lock().callers[&A].latest.len(), NUMBERS_KEPT);
        for other in 10..200 {
            let other = super::Seals::new(Incarnation(other), &ClusterSecret([7; 32]));
            assert!(b.open(&other.seal(B, "/x", b""), "/x", b"").is_ok());
        }
        assert_eq!(b.heard.lock().callers.len(), CALLERS_KEPT);
    }
}
