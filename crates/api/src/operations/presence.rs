//! Who is online.

use chinwag_chat::{PresenceEntry, PresenceWish, Refusal, Status, StatusText, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::fields::Mistakes;
use super::shape;
use crate::{Api, ApiError, Caller, ErrorCode};

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

/// As what people are seen.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SeenPeople {
    /// The ids of those who are online, whatever they are seen as.
    #[schema(value_type = Vec<String>)]
    pub online: Vec<UserId>,
    /// As what each of them is seen.
    #[schema(value_type = Vec<shape::PresenceEntry>)]
    pub users: Vec<PresenceEntry>,
}

/// Who of some people is online.
///
/// # Errors
/// `limit_exceeded` for too many people.
pub async fn get(api: &Api, _caller: &Caller, request: &GetPresence) -> Result<SeenPeople, ApiError> {
    let users = request.users.ids();
    if users.len() > MAX_USERS {
        return Err(Refusal::LimitExceeded { what: "users", max: MAX_USERS }.into());
    }
    let seen = api.presence().seen(&users).await;
    let online = seen.iter().filter(|entry| entry.presence != chinwag_chat::Presence::Offline);
    Ok(SeenPeople { online: online.map(|entry| entry.id.clone()).collect(), users: seen })
}

/// Says how the caller wants to be seen, all of it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct SetPresence {
    /// As what, while they are connected.
    #[schema(value_type = shape::PresenceWish)]
    pub presence: String,
    /// What they say beside their name: up to 100 characters.
    #[schema(nullable = false, max_length = 100)]
    pub text: Option<String>,
    /// When all of it ends.
    #[schema(value_type = Option<String>, nullable = false, format = DateTime)]
    pub until: Option<Timestamp>,
}

/// Says how the caller wants to be seen, and tells whoever looks at them.
///
/// # Errors
/// `invalid`, or the store's failure.
pub async fn set(api: &Api, caller: &Caller, request: SetPresence) -> Result<PresenceEntry, ApiError> {
    let user = &caller.user.id;
    let mut mistakes = Mistakes::default();
    let presence = mistakes.take(request.presence.parse::<PresenceWish>());
    let text = request.text.filter(|text| !text.trim().is_empty());
    let text = mistakes.take(text.map(|text| text.parse::<StatusText>()).transpose());
    let (Some(presence), Some(text)) = (presence, text) else { return Err(mistakes.refuse()) };
    let status = Status { presence, text, until: request.until };
    api.chat().store().set_status(user, &status).await?;
    api.presence().note_change(user);
    let seen = api.presence().seen(std::slice::from_ref(user)).await;
    seen.into_iter().next().ok_or(ApiError::new(ErrorCode::UnknownUser))
}
