//! How a node knows that another node calls, and not somebody who listened: each call carries a seal.
//!
//! A seal is a code that only those can make who know the cluster's secret, over the whole call, over who calls whom,
//! and over a number that this caller never used before. Caller and called are *runs* of nodes: who was started again is
//! somebody else, so the numbers begin anew without any of them being good twice. No clock has a say: the nodes' clocks
//! may be hours apart.
//!
//! A node remembers only so many callers. Whatever a caller said before it was forgotten must not become good again, so
//! each seal also names an *era* of the node that is called, and each forgetting begins a new one: whom the node does not
//! know it takes in only by a seal of the present era, and from that seal's number on. A caller whose seal is too old is
//! told the era, and makes a new one; who only listened cannot.

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

/// Tells a caller whose seal is too old which era it is.
pub(super) const ERA_HEADER: HeaderName = HeaderName::from_static("chinwag-era");

/// Keeps these codes apart from whatever else the secret may be used for.
const PURPOSE: &[u8] = b"chinwag call between nodes, 2\n";
/// How many of a caller's latest numbers are remembered one by one. Calls overtake each other, but not by more.
const NUMBERS_KEPT: usize = 4_096;
/// How many callers are remembered. A cluster has a few nodes; each of their starts makes a new one.
const CALLERS_KEPT: usize = 64;

/// Why a call is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::realtime) enum BrokenSeal {
    #[error("there is no seal that can be read")]
    Malformed,
    #[error("the call is for another run of this node")]
    NotForUs,
    #[error("the seal is not the cluster's")]
    Forged,
    #[error("the call came before")]
    Repeated,
    #[error("nobody remembers whether the call came before; it is era {0}")]
    TooOld(u64),
}

/// Makes and checks seals.
pub(super) struct Seals {
    own: Incarnation,
    key: Hmac<Sha256>,
    sent: AtomicU64,
    heard: Mutex<Heard>,
}

/// What a seal says of its call.
#[derive(Debug)]
struct Call {
    from: Incarnation,
    to: Incarnation,
    number: u64,
    era: u64,
}

#[derive(Debug, Default)]
struct Heard {
    callers: HashMap<Incarnation, Numbers>,
    calls: u64,
    /// How often a caller was forgotten.
    era: u64,
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

    /// A seal for a call, of an era of the one who is called.
    pub(super) fn seal(&self, to: Incarnation, era: u64, path: &str, body: &[u8]) -> String {
        let number = self.sent.fetch_add(1, Ordering::Relaxed) + 1;
        let call = Call { from: self.own, to, number, era };
        let code = self.code(&call, path, body).finalize().into_bytes();
        format!("{:016x}.{:016x}.{number}.{era}.{}", self.own.0, to.0, URL_SAFE_NO_PAD.encode(code))
    }

    /// Checks the seal of a call, which is good once.
    pub(super) fn open(&self, seal: &str, path: &str, body: &[u8]) -> Result<(), BrokenSeal> {
        let (call, code) = parse(seal).ok_or(BrokenSeal::Malformed)?;
        if call.to != self.own {
            return Err(BrokenSeal::NotForUs);
        }
        // In constant time.
        self.code(&call, path, body).verify_slice(&code).map_err(|_| BrokenSeal::Forged)?;
        self.heard.lock().take(&call)
    }

    fn code(&self, call: &Call, path: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut code = self.key.clone();
        code.update(PURPOSE);
        for part in [call.from.0, call.to.0, call.number, call.era] {
            code.update(&part.to_be_bytes());
        }
        code.update(path.as_bytes());
        code.update(b"\n");
        code.update(body);
        code
    }
}

impl Heard {
    fn take(&mut self, call: &Call) -> Result<(), BrokenSeal> {
        let is_known = self.callers.contains_key(&call.from);
        if !is_known && call.era != self.era {
            return Err(BrokenSeal::TooOld(self.era));
        }
        self.calls += 1;
        let numbers = self.callers.entry(call.from).or_default();
        numbers.heard_at = self.calls;
        if !is_known && self.era > 0 {
            // It may be one that was forgotten: what it said before has lower numbers.
            numbers.floor = call.number.saturating_sub(1);
        }
        if call.number <= numbers.floor {
            return Err(BrokenSeal::TooOld(self.era));
        }
        if !numbers.latest.insert(call.number) {
            return Err(BrokenSeal::Repeated);
        }
        if numbers.latest.len() > NUMBERS_KEPT {
            numbers.floor = numbers.latest.pop_first().unwrap_or_default();
        }
        if self.callers.len() > CALLERS_KEPT {
            let quietest = self.callers.iter().min_by_key(|(_, numbers)| numbers.heard_at);
            if let Some(quietest) = quietest.map(|(caller, _)| *caller) {
                self.callers.remove(&quietest);
                self.era += 1;
            }
        }
        Ok(())
    }
}

fn parse(seal: &str) -> Option<(Call, Vec<u8>)> {
    let mut parts = seal.splitn(5, '.');
    let mut incarnation = || u64::from_str_radix(parts.next()?, 16).ok().map(Incarnation);
    let (from, to) = (incarnation()?, incarnation()?);
    let mut number = || parts.next()?.parse().ok();
    let call = Call { from, to, number: number()?, era: number()? };
    Some((call, URL_SAFE_NO_PAD.decode(parts.next()?).ok()?))
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
        let (first, second) = (a.seal(B, 0, "/x", b"body"), a.seal(B, 0, "/x", b"body"));
        assert_eq!(b.open(&second, "/x", b"body"), Ok(()), "calls may overtake each other");
        assert_eq!(b.open(&first, "/x", b"body"), Ok(()));
        for seal in [first, second] {
            assert_eq!(b.open(&seal, "/x", b"body"), Err(BrokenSeal::Repeated));
        }
    }

    #[test]
    fn a_seal_is_good_for_nothing_else() {
        let (a, b) = (seals(A), seals(B));
        let seal = a.seal(B, 0, "/x", b"body");
        let stranger = Seals::new(A, &ClusterSecret([8; 32])).seal(B, 0, "/x", b"body");
        let renumbered = seal.replacen(".1.", ".2.", 1);
        let of_another_era = seal.replacen(".1.0.", ".1.1.", 1);
        let from_another = seal.replacen("0001.", "0003.", 1);
        for (seal, path, body, broken) in [
            (seal.as_str(), "/y", b"body".as_slice(), BrokenSeal::Forged),
            (&seal, "/x", b"bodx", BrokenSeal::Forged),
            (&stranger, "/x", b"body", BrokenSeal::Forged),
            (&renumbered, "/x", b"body", BrokenSeal::Forged),
            (&of_another_era, "/x", b"body", BrokenSeal::Forged),
            (&from_another, "/x", b"body", BrokenSeal::Forged),
            (&seal[..seal.len() - 3], "/x", b"body", BrokenSeal::Forged),
            ("", "/x", b"body", BrokenSeal::Malformed),
            ("1.2.3.4", "/x", b"body", BrokenSeal::Malformed),
        ] {
            assert_eq!(b.open(seal, path, body), Err(broken), "{seal}");
        }
        assert_eq!(seals(Incarnation(3)).open(&seal, "/x", b"body"), Err(BrokenSeal::NotForUs));
        assert_eq!(b.open(&seal, "/x", b"body"), Ok(()), "what was refused used nothing up");
    }

    #[test]
    fn what_is_remembered_is_bounded_and_nothing_old_becomes_good_again() {
        let (a, b) = (seals(A), seals(B));
        let seals: Vec<String> = (0..NUMBERS_KEPT + 10).map(|_| a.seal(B, 0, "/x", b"")).collect();
        assert!(seals.iter().all(|seal| b.open(seal, "/x", b"").is_ok()));
        for seal in &seals {
            let broken = b.open(seal, "/x", b"").unwrap_err();
            assert!(matches!(broken, BrokenSeal::Repeated | BrokenSeal::TooOld(0)), "{broken}");
        }
        assert_eq!(b.heard.lock().callers[&A].latest.len(), NUMBERS_KEPT);
    }

    #[test]
    fn what_a_caller_said_before_it_was_forgotten_is_never_good_again() {
        let (a, b) = (seals(A), seals(B));
        let old = a.seal(B, 0, "/x", b"");
        assert_eq!(b.open(&old, "/x", b""), Ok(()));
        // One after the other they are taken in, each by the era that it is told.
        for other in (10..).take(CALLERS_KEPT * 2) {
            let other = seals(Incarnation(other));
            let opened = b.open(&other.seal(B, 0, "/x", b""), "/x", b"");
            if let Err(BrokenSeal::TooOld(era)) = opened {
                assert_eq!(b.open(&other.seal(B, era, "/x", b""), "/x", b""), Ok(()));
            } else {
                assert_eq!(opened, Ok(()));
            }
        }
        assert_eq!(b.heard.lock().callers.len(), CALLERS_KEPT);
        let era = b.heard.lock().era;
        assert!(era > 0 && !b.heard.lock().callers.contains_key(&A), "forgotten");
        assert_eq!(b.open(&old, "/x", b""), Err(BrokenSeal::TooOld(era)));
        let new = a.seal(B, era, "/x", b"");
        assert_eq!(b.open(&new, "/x", b""), Ok(()), "the caller itself is taken in again");
        assert_eq!(b.open(&new, "/x", b""), Err(BrokenSeal::Repeated));
        // To take it in again, another one was forgotten.
        assert_eq!(
            b.open(&old, "/x", b""),
            Err(BrokenSeal::TooOld(era + 1)),
            "though its caller is known again"
        );
    }
}
