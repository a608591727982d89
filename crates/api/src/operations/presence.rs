//! Who is online.

use chinwag_chat::{Refusal, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{Api, ApiError, Caller};

/// How many people may be asked about at once.
const MAX_USERS: usize = 200;

/// Asks who of some people is online.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct GetPresence {
    /// The users' ids, separated by commas.
    #[param(value_type = String, example = "ada,grace")]
    pub users: UserIds,
}

/// Users' ids: a list, or text with commas as it stands in a query.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum UserIds {
    /// A list.
    List(Vec<String>),
    /// Separated by commas.
    Text(String),
}

impl Default for UserIds {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl UserIds {
    /// The ids. What cannot be one is nobody, and nobody is offline.
    fn ids(&self) -> Vec<UserId> {
        match self {
            Self::List(list) => list.iter().filter_map(|id| id.parse().ok()).collect(),
            Self::Text(text) => text.split(',').filter_map(|id| id.trim().parse().ok()).collect(),
        }
    }
}

/// Who is online.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Presence {
    /// The ids of those who are online.
    #[schema(value_type = Vec<String>)]
    pub online: Vec<UserId>,
}

/// Who of some people is online.
///
/// # Errors
/// `limit_exceeded` for too many people.
pub async fn get(api: &Api, _caller: &Caller, request: &GetPresence) -> Result<Presence, ApiError> {
    let users = request.users.ids();
    if users.len() > MAX_USERS {
        return Err(Refusal::LimitExceeded { what: "users", max: MAX_USERS }.into());
    }
    Ok(Presence { online: api.presence().online(&users).await })
}
