//! Keys, each with the one algorithm that it is believed for.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

use super::TokenSetupError;

const MIN_SECRET_BYTES: usize = 32;

type ReadPem = fn(&[u8]) -> jsonwebtoken::errors::Result<DecodingKey>;

/// A key and its algorithm.
#[derive(Clone)]
pub(super) struct TokenKey {
    pub(super) key: DecodingKey,
    pub(super) algorithm: Algorithm,
}

impl TokenKey {
    pub(super) fn from_secret(secret: &[u8]) -> Result<Self, TokenSetupError> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(TokenSetupError::ShortSecret);
        }
        Ok(Self { key: DecodingKey::from_secret(secret), algorithm: Algorithm::HS256 })
    }

    pub(super) fn from_pem(pem: &[u8]) -> Result<Self, TokenSetupError> {
        let readers: [(Algorithm, ReadPem); 3] = [
            (Algorithm::RS256, DecodingKey::from_rsa_pem),
            (Algorithm::ES256, DecodingKey::from_ec_pem),
            (Algorithm::EdDSA, DecodingKey::from_ed_pem),
        ];
        readers
            .into_iter()
            .find_map(|(algorithm, read)| Some(Self { key: read(pem).ok()?, algorithm }))
            .ok_or(TokenSetupError::UnusablePem)
    }

    /// A key of a set, if it is one that tokens may be signed with here. Shared secrets do not belong in a key set
    /// that anybody can fetch, so they are passed over.
    fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let (algorithm, named) = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
            AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
                (Algorithm::ES256, KeyAlgorithm::ES256)
            }
            AlgorithmParameters::OctetKeyPair(curve) if curve.curve == EllipticCurve::Ed25519 => {
                (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
            }
            _ => return None,
        };
        let for_signatures = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
        let for_algorithm = jwk.common.key_algorithm.is_none_or(|algorithm| algorithm == named);
        let key = DecodingKey::from_jwk(jwk).ok()?;
        (for_signatures && for_algorithm).then_some(Self { key, algorithm })
    }
}

/// The usable keys of a JSON Web Key Set.
#[derive(Clone, Default)]
pub(super) struct KeySet {
    keys: Vec<(Option<String>, TokenKey)>,
}

#[derive(Deserialize)]
struct RawKeySet {
    keys: Vec<serde_json::Value>,
}

impl KeySet {
    /// Reads a set, passing over keys of other types.
    pub(super) fn parse(json: &[u8]) -> Result<Self, String> {
        let raw: RawKeySet = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let keys: Vec<_> = raw
            .keys
            .into_iter()
            .filter_map(|value| {
                let jwk: Jwk = serde_json::from_value(value).ok()?;
                Some((jwk.common.key_id.clone(), TokenKey::from_jwk(&jwk)?))
            })
            .collect();
        if keys.is_empty() { Err("it holds no key that can be used".to_owned()) } else { Ok(Self { keys }) }
    }

    /// The key of that id; for a token that names none, the only key of its algorithm.
    pub(super) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<TokenKey> {
        let mut fitting = self.keys.iter().filter(|(id, key)| {
            key.algorithm == algorithm && kid.is_none_or(|kid| id.as_deref() == Some(kid))
        });
        let (_, key) = fitting.next()?;
        fitting.next().is_none().then(|| key.clone())
    }
}
