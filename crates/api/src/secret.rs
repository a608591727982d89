//! Secrets that prove something: 256 random bits, shown once and kept as a hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chinwag_chat::{Entropy, TokenHash};
use sha2::{Digest, Sha256};

const SECRET_BYTES: usize = 32;

/// A new secret. What it begins with tells what it is for, and has it recognised where it leaks into a log or a repository.
pub(crate) fn new_secret(entropy: &dyn Entropy, prefix: &str) -> String {
    let mut secret = [0; SECRET_BYTES];
    entropy.fill(&mut secret);
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(secret))
}

/// What is kept of a secret. It is too long to be guessed, so it needs no salt and no slow hash.
pub(crate) fn hash(secret: &str) -> TokenHash {
    TokenHash(Sha256::digest(secret.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_sees_no_token() {
        let token = "cws_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert_eq!(hash(token), hash(token));
        assert_ne!(hash(token), hash(&token[..token.len() - 1]));
    }
}
