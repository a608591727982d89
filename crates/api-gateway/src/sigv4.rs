//! AWS Signature Version 4: checked on calls that come in, made for calls that go out.
//!
//! Both read the same canonical request. Checking needs what no library for signing gives: exactly the headers that
//! somebody else chose to sign, and the path as it came over the wire.

mod canonical;
mod date;
mod sign;
mod verify;

pub(crate) use canonical::Request;
pub(crate) use sign::{Signer, sign};
pub(crate) use verify::{KeyRing, Refusal, Verifier};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::request_id::hex;

/// The only algorithm.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What a signature is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// `20261121`.
    pub(crate) day: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

impl Scope<'_> {
    fn text(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.day, self.region, self.service)
    }
}

/// The signature of a canonical request.
fn signature(secret: &str, scope: &Scope<'_>, time: &str, canonical_request: &str) -> String {
    let hash = hex(&Sha256::digest(canonical_request));
    let to_sign = format!("{ALGORITHM}\n{time}\n{}\n{hash}", scope.text());
    let mut key = hmac(format!("AWS4{secret}").as_bytes(), scope.day);
    for part in [scope.region, scope.service, "aws4_request"] {
        key = hmac(&key, part);
    }
    hex(&hmac(&key, &to_sign))
}

fn hmac(key: &[u8], message: &str) -> [u8; 32] {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(hmac) => hmac.chain_update(message).finalize().into_bytes().into(),
        // Keys of any length are taken.
        Err(_) => [0; 32],
    }
}

#[cfg(test)]
mod tests;
