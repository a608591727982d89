//! Whether a call was signed by whom it says.

use std::collections::HashMap;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use subtle::ConstantTimeEq as _;

use super::{ALGORITHM, Request, Scope, date, signature};
use crate::config::{Credential, Secret};

/// The longest time for which a signed URL may be good.
const MAX_EXPIRES_S: i64 = 7 * 24 * 3600;

/// Who may sign.
#[derive(Debug, Default)]
pub(crate) struct KeyRing(HashMap<String, Key>);

#[derive(Debug)]
struct Key {
    secret: Secret,
    apis: Vec<String>,
}

impl KeyRing {
    pub(crate) fn new(credentials: &[Credential]) -> Self {
        let key = |credential: &Credential| {
            let secret = credential.secret_access_key.clone()?;
            Some((credential.access_key_id.clone(), Key { secret, apis: credential.apis.clone() }))
        };
        Self(credentials.iter().filter_map(key).collect())
    }

    /// One key that may do everything.
    pub(crate) fn of(access_key_id: &str, secret: Secret) -> Self {
        Self(HashMap::from([(access_key_id.to_owned(), Key { secret, apis: Vec::new() })]))
    }
}

/// Whoever signed a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) access_key_id: String,
    apis: Vec<String>,
}

impl Caller {
    /// Whether it may act for an API.
    pub(crate) fn may_manage(&self, api: &str) -> bool {
        self.apis.is_empty() || self.apis.iter().any(|known| known == api)
    }

    /// Whether it may invoke functions, which belong to no API.
    pub(crate) fn may_invoke(&self) -> bool {
        self.apis.is_empty()
    }
}

/// Why a call is not let in, as AWS says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("Missing Authentication Token")]
    Missing,
    #[error(
        "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature', and a signed host and date."
    )]
    Incomplete,
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    #[error("Credential should be scoped to a valid region and to the right service.")]
    WrongScope,
    #[error("Signature expired or not yet valid: check the clock.")]
    Expired,
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method."
    )]
    Mismatch,
}

impl Refusal {
    /// The name by which SDKs know it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Incomplete => "IncompleteSignatureException",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::WrongScope | Self::Expired | Self::Mismatch => "InvalidSignatureException",
        }
    }
}

/// Checks signatures for one service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verifier<'a> {
    pub(crate) keys: &'a KeyRing,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    pub(crate) clock_skew: Duration,
    pub(crate) now_ms: i64,
}

/// What a request says of its signature, in a header or in the query.
struct Claim {
    credential: String,
    signed_headers: String,
    signature: String,
    time: String,
    /// For how long it is good, where that is not the clock skew.
    expires_s: Option<i64>,
}

impl Verifier<'_> {
    /// Who signed the request.
    pub(crate) fn verify(&self, request: &Request<'_>) -> Result<Caller, Refusal> {
        let claim = if request.headers.contains_key(http::header::AUTHORIZATION) {
            Claim::of_headers(request)?
        } else {
            Claim::of_query(request.query)?
        };
        let mut credential = claim.credential.rsplitn(5, '/');
        let parts = [(); 5].map(|()| credential.next());
        let [Some("aws4_request"), Some(service), Some(region), Some(day), Some(id)] = parts else {
            return Err(Refusal::Incomplete);
        };
        let key = self.keys.0.get(id).ok_or(Refusal::UnknownKey)?;
        if service != self.service || region != self.region || !claim.time.starts_with(day) || day.len() != 8
        {
            return Err(Refusal::WrongScope);
        }
        self.check_time(&claim)?;
        let names: Vec<&str> = claim.signed_headers.split(';').collect();
        let in_order =
            names.is_sorted() && names.iter().all(|name| !name.bytes().any(|byte| byte.is_ascii_uppercase()));
        let has_all = names.contains(&"host") && (claim.expires_s.is_some() || names.contains(&"x-amz-date"));
        if !in_order || !has_all {
            return Err(Refusal::Incomplete);
        }
        let canonical = request.canonical(&names).ok_or(Refusal::Mismatch)?;
        let expected =
            signature(key.secret.expose(), &Scope { day, region, service }, &claim.time, &canonical);
        if bool::from(expected.as_bytes().ct_eq(claim.signature.as_bytes())) {
            Ok(Caller { access_key_id: id.to_owned(), apis: key.apis.clone() })
        } else {
            Err(Refusal::Mismatch)
        }
    }

    fn check_time(&self, claim: &Claim) -> Result<(), Refusal> {
        let signed_at = date::read(&claim.time).ok_or(Refusal::Incomplete)?;
        let skew_ms = i64::try_from(self.clock_skew.as_millis()).unwrap_or(i64::MAX);
        let good_for_ms = claim.expires_s.map_or(skew_ms, |seconds| seconds * 1000);
        let age_ms = self.now_ms.saturating_sub(signed_at);
        if age_ms < -skew_ms || age_ms > good_for_ms { Err(Refusal::Expired) } else { Ok(()) }
    }
}

impl Claim {
    fn of_headers(request: &Request<'_>) -> Result<Self, Refusal> {
        let text = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
        let header = text("authorization").ok_or(Refusal::Incomplete)?;
        let fields = header.strip_prefix(ALGORITHM).ok_or(Refusal::Missing)?;
        let field = |name: &str| {
            let mut fields = fields.split(',').map(str::trim);
            fields.find_map(|field| field.strip_prefix(name)?.strip_prefix('=')).ok_or(Refusal::Incomplete)
        };
        Ok(Self {
            credential: field("Credential")?.to_owned(),
            signed_headers: field("SignedHeaders")?.to_owned(),
            signature: field("Signature")?.to_owned(),
            time: text("x-amz-date").ok_or(Refusal::Incomplete)?.to_owned(),
            expires_s: None,
        })
    }

    fn of_query(query: &str) -> Result<Self, Refusal> {
        let parameter = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let (_, value) = pairs.find(|(known, _)| *known == name)?;
            percent_decode_str(value).decode_utf8().ok().map(String::from)
        };
        if parameter("X-Amz-Algorithm").as_deref() != Some(ALGORITHM) {
            return Err(Refusal::Missing);
        }
        let needed = |name: &str| parameter(name).ok_or(Refusal::Incomplete);
        let expires_s = needed("X-Amz-Expires")?.parse().map_err(|_| Refusal::Incomplete)?;
        if !(1..=MAX_EXPIRES_S).contains(&expires_s) {
            return Err(Refusal::Incomplete);
        }
        Ok(Self {
            credential: needed("X-Amz-Credential")?,
            signed_headers: needed("X-Amz-SignedHeaders")?,
            signature: needed("X-Amz-Signature")?,
            time: needed("X-Amz-Date")?,
            expires_s: Some(expires_s),
        })
    }
}
