//! What the back end of an application asks on nobody's behalf, with a server key. Everything else it asks on behalf of a user,
//! who then is the caller.

use chinwag_chat::{DisplayName, EventName, FieldError, KeyId, User, UserName};
use serde::Deserialize;
use utoipa::ToSchema;

use super::erasure::DeleteAccount;
use super::events::{EventSent, SendEvent};
use super::fields::{self, Mistakes};
use super::{Done, Made};
use crate::{Api, ApiError};

/// Has a user be there whom the application vouches for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PutUser {
    /// The id that the application knows them by. The path says it.
    #[serde(skip)]
    #[schema(ignore)]
    pub id: String,
    /// The unique name that they are found by: 2 to 32 letters, digits, `.`, `_` and `-`. Without it, one is made of the id.
    /// It stays as it was when they were created.
    #[schema(nullable = false, example = "ada")]
    pub name: Option<String>,
    /// The name to show.
    #[schema(example = "Ada Lovelace")]
    pub display_name: String,
}

/// Has a user be there whom the application vouches for, shown by that name. They sign in with the application's tokens.
///
/// # Errors
/// `invalid`, `name_taken`, `account_disabled`, `too_many_requests`, or the store's failure.
pub async fn put_user(api: &Api, key: KeyId, request: PutUser) -> Result<Made<User>, ApiError> {
    api.rates().back_end(key)?;
    let mut mistakes = Mistakes::default();
    let id = mistakes.take(request.id.parse().map_err(|_| {
        FieldError::new("id", "characters", "an id has 1 to 64 letters, digits and any of - _ . @ ~ + = |")
    }));
    let name = mistakes.take(request.name.as_deref().map(UserName::choose).transpose());
    let display_name = mistakes.take(request.display_name.parse::<DisplayName>());
    let (Some(id), Some(name), Some(display_name)) = (id, name, display_name) else {
        return Err(mistakes.refuse());
    };
    api.authenticator().users().put(id, name, display_name).await
}

/// Tells any user's connections something that is kept nowhere, from nobody.
///
/// # Errors
/// `invalid`, `too_large`, `too_many_requests`, `unknown_user`, or the store's failure.
pub async fn send_event(api: &Api, key: KeyId, request: SendEvent) -> Result<EventSent, ApiError> {
    api.rates().back_end(key)?;
    let to = fields::user_id(&request.id)?;
    let event: EventName = request.event.parse()?;
    api.chat().send_application_event(&to, event, &request.data).await?;
    Ok(EventSent { connections: api.presence().connection_count(&to).await })
}

/// Erases somebody, as they could themselves.
///
/// # Errors
/// `unknown_user`, `too_many_requests`, or the store's failure.
pub async fn delete_user(api: &Api, key: KeyId, request: DeleteAccount) -> Result<Done, ApiError> {
    api.rates().back_end(key)?;
    api.erase_user(&fields::user_id(&request.id)?, None).await?;
    Ok(Done {})
}
