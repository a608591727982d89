//! Tokens for as many users as a test needs: password hashing is slow by design, signing a token is not.

use anyhow::{Context, Result};
use jsonwebtoken::{EncodingKey, Header};
use serde::Serialize;

/// The secret that the launcher gives to the node and that these tokens are signed with (HS256). Not a secret.
pub const SECRET: &str = "a secret of the test kit, known to everybody who reads this";

/// 1 January 2100: these tokens need no clock.
const EXPIRES_AT_UNIX_SECONDS: u64 = 4_102_444_800;

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    exp: u64,
}

/// The id of the test user with that number.
#[must_use]
pub fn user_id(number: usize) -> String {
    format!("bench-{number:06}")
}

/// A token of the user with that number. The node creates the user when it first sees the token.
///
/// # Errors
/// The library refuses to sign, which it does not with a plain secret.
pub fn token(number: usize) -> Result<String> {
    let claims = Claims { sub: &user_id(number), exp: EXPIRES_AT_UNIX_SECONDS };
    jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.as_bytes()))
        .context("cannot sign a token")
}
