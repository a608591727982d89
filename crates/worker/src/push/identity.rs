//! What push services know this server by (VAPID, RFC 8292).

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chinwag_chat::{Entropy, PushKey, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Url;
use serde::Serialize;
use web_push_native::p256::SecretKey;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint as _;
use web_push_native::p256::pkcs8::EncodePrivateKey as _;

/// How long a push service may believe one signature; a day is the most that they allow.
const BELIEVED: Duration = Duration::from_secs(12 * 60 * 60);

/// The server's key, ready to sign. Never shown by `Debug`.
#[derive(Clone)]
pub struct Identity {
    signing: EncodingKey,
    public: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: String,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
}

impl Identity {
    /// A key that nobody has.
    #[must_use]
    pub fn new_key(entropy: &dyn Entropy) -> PushKey {
        let mut bytes = [0; 32];
        loop {
            entropy.fill(&mut bytes);
            // All but one in four thousand million numbers are a key.
            if SecretKey::from_slice(&bytes).is_ok() {
                return PushKey(bytes);
            }
        }
    }

    /// The identity of that key; nothing where it is none.
    #[must_use]
    pub fn of(key: PushKey) -> Option<Self> {
        let secret = SecretKey::from_slice(&key.0).ok()?;
        let signing = EncodingKey::from_ec_der(secret.to_pkcs8_der().ok()?.as_bytes());
        let public = URL_SAFE_NO_PAD.encode(secret.public_key().to_encoded_point(false).as_bytes());
        Some(Self { signing, public })
    }

    /// The public key, as browsers take it: base64url of the point, uncompressed.
    #[must_use]
    pub fn public_key(&self) -> &str {
        &self.public
    }

    /// The value of `Authorization` for a request to that endpoint.
    pub(super) fn vouch(
        &self,
        endpoint: &Url,
        subject: Option<&str>,
        now: Timestamp,
    ) -> Result<String, String> {
        let aud = endpoint.origin().ascii_serialization();
        let claims = Claims { aud, exp: now.plus(BELIEVED).unix_seconds(), sub: subject };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &self.signing);
        let token = token.map_err(|error| error.to_string())?;
        Ok(format!("vapid t={token}, k={}", self.public))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("public", &self.public).finish_non_exhaustive()
    }
}
