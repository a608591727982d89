//! Tokens of the embedding application: JSON Web Tokens that say who a user is.
//!
//! The key decides which algorithm is believed, never the token: one that names another is refused before anything is
//! computed. A token cannot point at a key either (`jku`, `x5u` and `jwk` are not looked at).

mod claims;
mod jwks;
mod key;
mod users;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::{Clock, DisplayName, Timestamp, UserId};
use claims::Claims;
use jsonwebtoken::Validation;
use jwks::RemoteKeys;
use key::{KeySet, TokenKey};
pub(crate) use users::TokenUsers;

use crate::{ApiError, ErrorCode};

/// How the keys for tokens are found.
#[derive(Clone)]
pub enum KeySource {
    /// A secret shared with the application, at least 32 bytes: HS256.
    Secret(Vec<u8>),
    /// A public key in PEM: RS256, ES256 or EdDSA, by the key's type.
    Pem(Vec<u8>),
    /// A JSON Web Key Set.
    Jwks(Vec<u8>),
    /// Where to fetch a JSON Web Key Set: https, or http on this machine.
    JwksUrl(String),
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(_) => f.write_str("Secret([redacted])"),
            Self::Pem(_) => f.write_str("Pem"),
            Self::Jwks(_) => f.write_str("Jwks"),
            Self::JwksUrl(url) => f.debug_tuple("JwksUrl").field(url).finish(),
        }
    }
}

/// Which tokens are believed.
#[derive(Debug, Clone)]
pub struct TokenSettings {
    /// Where the keys come from.
    pub keys: KeySource,
    /// The audience that tokens must name, if any.
    pub audience: Option<String>,
    /// The issuer that tokens must name, if any.
    pub issuer: Option<String>,
    /// How far the clocks may be apart.
    pub leeway: Duration,
}

impl TokenSettings {
    /// Tokens signed by these keys, whatever their audience and issuer.
    #[must_use]
    pub fn new(keys: KeySource) -> Self {
        Self { keys, audience: None, issuer: None, leeway: Duration::from_secs(30) }
    }
}

/// Settings that no token can be checked with.
#[derive(Debug, thiserror::Error)]
pub enum TokenSetupError {
    /// RFC 7518 wants a key as long as the hash; a shorter one can be guessed.
    #[error("the secret for tokens must have at least 32 bytes")]
    ShortSecret,
    /// Not a public key of a type that is supported.
    #[error("the key for tokens is no RSA, P-256 or Ed25519 public key in PEM")]
    UnusablePem,
    /// Not a key set, or none of its keys can be used.
    #[error("the key set for tokens is not valid: {0}")]
    UnusableKeySet(String),
    /// Not an address that keys may be fetched from.
    #[error("the address of the key set must be an https URL")]
    InsecureUrl,
    /// There is no way to fetch anything.
    #[error("cannot set up fetching the key set: {0}")]
    NoClient(String),
}

/// Who a token says that somebody is, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedToken {
    /// The user's id: `sub`.
    pub user: UserId,
    /// What the unique name of a new user is made of: `preferred_username`, else `sub`.
    pub name_hint: String,
    /// The name to show: `name`, else `preferred_username`.
    pub display_name: Option<DisplayName>,
    /// When its time is up: `exp` and the leeway.
    pub expires_at: Timestamp,
}

enum Keys {
    One(TokenKey),
    Set(KeySet),
    Remote(RemoteKeys),
}

/// Checks tokens.
#[derive(Clone)]
pub struct TokenVerifier {
    keys: Arc<Keys>,
    settings: Arc<TokenSettings>,
    clock: Arc<dyn Clock>,
}

impl TokenVerifier {
    /// A verifier for these settings. Fetches nothing yet.
    ///
    /// # Errors
    /// Where the settings can verify nothing.
    pub fn new(settings: TokenSettings, clock: Arc<dyn Clock>) -> Result<Self, TokenSetupError> {
        let keys = match &settings.keys {
            KeySource::Secret(secret) => Keys::One(TokenKey::from_secret(secret)?),
            KeySource::Pem(pem) => Keys::One(TokenKey::from_pem(pem)?),
            KeySource::Jwks(json) => Keys::Set(KeySet::parse(json).map_err(TokenSetupError::UnusableKeySet)?),
            KeySource::JwksUrl(url) => Keys::Remote(RemoteKeys::new(url, clock.clone())?),
        };
        Ok(Self { keys: Arc::new(keys), settings: Arc::new(settings), clock })
    }

    /// Who the token speaks for.
    ///
    /// # Errors
    /// `token_expired` for one that was good once, `unauthorized` for any other that is not good, `unavailable` while
    /// the keys cannot be fetched.
    pub async fn verify(&self, token: &str) -> Result<VerifiedToken, ApiError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| refused("the token cannot be read"))?;
        if header.crit.is_some() || header.extras.inner().contains_key("crit") {
            return Err(refused("the token needs an extension that is not supported"));
        }
        let kid = header.kid.as_deref();
        let key = match &*self.keys {
            Keys::One(key) => Some(key.clone()),
            Keys::Set(set) => set.find(kid, header.alg),
            Keys::Remote(remote) => remote.find(kid, header.alg).await?,
        };
        let key = key.ok_or_else(|| refused("the token's key is not known"))?;
        // The library checks the signature; the claims are checked below, by our clock.
        let mut validation = Validation::new(key.algorithm);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let decoded = jsonwebtoken::decode::<Claims>(token, &key.key, &validation)
            .map_err(|_| refused("the token's signature or form is not valid"))?;
        decoded.claims.check(&self.settings, self.clock.now())
    }
}

impl fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenVerifier").field("settings", &self.settings).finish_non_exhaustive()
    }
}

fn refused(detail: &'static str) -> ApiError {
    ApiError::because(ErrorCode::Unauthorized, detail)
}

#[cfg(test)]
mod tests;
