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
    /// The largest file in bytes; left out where there are no files.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 26_214_400)]
    pub max_file_bytes: Option<u64>,
    /// What browsers subscribe to notifications with; not there where none are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub push_public_key: Option<String>,
}

/// How this server is set up.
#[must_use]
pub fn get(api: &Api, _request: GetConfig) -> Config {
    Config {
        sign_up: api.accounts().settings().sign_up,
        version: api.settings().version.clone(),
        max_message_bytes: api.chat().limits().max_message_bytes,
        max_file_bytes: api.files().ok().map(|files| files.settings().max_file_bytes),
        push_public_key: api.settings().push.as_ref().map(|push| push.public_key.clone()),
    }
}
