//! What a client needs to know before anybody is signed in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Api;

/// Asks how this server is set up.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct GetConfig {}

/// How this server is set up.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Config {
    /// Whether people can create accounts by themselves.
    pub sign_up: bool,
    /// The server's version.
    #[schema(example = "0.1.0")]
    pub version: String,
    /// The longest message text in bytes.
    #[schema(example = 65536)]
    pub max_message_bytes: usize,
}

/// How this server is set up.
#[must_use]
pub fn get(api: &Api, _request: GetConfig) -> Config {
    Config {
        sign_up: api.accounts().settings().sign_up,
        version: api.settings().version.clone(),
        max_message_bytes: api.chat().limits().max_message_bytes,
    }
}
