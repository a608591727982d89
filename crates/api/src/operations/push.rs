//! Devices that are told of what happens while nobody looks.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chinwag_chat::{Endpoint, FieldError, PushKeys, PushSubscription, Refusal, SubscriptionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Done;
use super::fields::Mistakes;
use crate::{Api, ApiError, Caller, ErrorCode};

/// How much is kept of what a device is called.
const MAX_DEVICE_CHARS: usize = 200;

/// What notifications are encrypted with, as the browser's subscription has it.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct SubscriptionKeys {
    /// The device's public key, base64url.
    pub p256dh: String,
    /// The device's secret, base64url.
    pub auth: String,
}

/// Has a device told.
#[derive(Clone, Deserialize, ToSchema)]
pub struct Subscribe {
    /// Where it takes notifications, as the browser's subscription has it.
    #[schema(example = "https://push.example/w/1f7c", max_length = 1000)]
    pub endpoint: String,
    /// What they are encrypted with.
    #[serde(default)]
    pub keys: SubscriptionKeys,
    /// What the person would call the device.
    #[schema(example = "phone", nullable = false)]
    pub device: Option<String>,
}

impl std::fmt::Debug for Subscribe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscribe").field("device", &self.device).finish_non_exhaustive()
    }
}

/// A device that is told.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Subscribed {
    /// The subscription's id.
    #[schema(value_type = String)]
    pub id: SubscriptionId,
}

/// Has a device told from now on, as long as the caller's session lasts. One endpoint is one device: the same again
/// changes what is known of it, whosever it was.
///
/// # Errors
/// `not_found` where nothing is pushed, `invalid`, or the store's failure.
pub async fn subscribe(api: &Api, caller: &Caller, request: Subscribe) -> Result<Subscribed, ApiError> {
    let Some(push) = &api.settings().push else {
        return Err(ApiError::because(ErrorCode::NotFound, "this server sends no notifications"));
    };
    let Subscribe { endpoint, keys, device } = request;
    let mut mistakes = Mistakes::default();
    let endpoint = mistakes.take(endpoint_of(endpoint, push.allow_http));
    let p256dh = mistakes.take(p256dh_of(&keys.p256dh));
    let auth = mistakes.take(auth_of(&keys.auth));
    let (Some(endpoint), Some(p256dh), Some(auth)) = (endpoint, p256dh, auth) else {
        return Err(mistakes.refuse());
    };
    let device = device.unwrap_or_default();
    let device = device.chars().filter(|c| !c.is_control()).take(MAX_DEVICE_CHARS);
    let subscription = PushSubscription {
        id: api.chat().ids().subscription(),
        user: caller.user.id.clone(),
        session: caller.session.id(),
        endpoint,
        keys: PushKeys { p256dh, auth },
        device: device.collect(),
        created_at: api.chat().clock().now(),
    };
    Ok(Subscribed { id: api.chat().store().subscribe(&subscription).await? })
}

/// Forgets a device.
#[derive(Debug, Clone, Deserialize)]
pub struct Unsubscribe {
    /// The subscription's id.
    pub id: String,
}

/// Forgets one of the caller's devices.
///
/// # Errors
/// `unknown_subscription`, or the store's failure.
pub async fn unsubscribe(api: &Api, caller: &Caller, request: Unsubscribe) -> Result<Done, ApiError> {
    let id = request.id.parse().map_err(|_| ApiError::from(Refusal::UnknownSubscription))?;
    if api.chat().store().unsubscribe(id, Some(&caller.user.id)).await? {
        Ok(Done {})
    } else {
        Err(Refusal::UnknownSubscription.into())
    }
}

fn endpoint_of(url: String, allow_http: bool) -> Result<Endpoint, FieldError> {
    if url.starts_with("https://") || (allow_http && url.starts_with("http://")) {
        return Endpoint::new(url);
    }
    Err(FieldError::new("endpoint", "form", "an endpoint begins with https://"))
}

/// An uncompressed point; whether it is on the curve is found out by whoever uses it.
fn p256dh_of(text: &str) -> Result<[u8; 65], FieldError> {
    let bytes: Option<[u8; 65]> = decoded(text);
    let point = bytes.filter(|bytes| bytes.first() == Some(&4));
    point.ok_or(FieldError::new("keys.p256dh", "form", "it is a point of the curve P-256 in base64url"))
}

fn auth_of(text: &str) -> Result<[u8; 16], FieldError> {
    decoded(text).ok_or(FieldError::new("keys.auth", "form", "it is 16 bytes in base64url"))
}

fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_of_their_length_and_endpoints_of_https() {
        let point = URL_SAFE_NO_PAD.encode([4; 65]);
        assert_eq!(p256dh_of(&point), Ok([4; 65]));
        for bad in ["", "%", &URL_SAFE_NO_PAD.encode([3; 65]), &URL_SAFE_NO_PAD.encode([4; 64])] {
            assert!(p256dh_of(bad).is_err(), "{bad}");
        }
        assert_eq!(auth_of("AAAAAAAAAAAAAAAAAAAAAA=="), Ok([0; 16]));
        assert!(auth_of("AAAA").is_err());
        let http = || "http://127.0.0.1:1/x".to_owned();
        assert!(endpoint_of(http(), false).is_err() && endpoint_of(http(), true).is_ok());
        assert!(endpoint_of("file:///etc/passwd".to_owned(), true).is_err());
    }
}
