//! Erasing people: oneself, or somebody for whom an admin of the server answers.

use std::fmt;

use chinwag_chat::FieldError;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Done, admin, fields};
use crate::{Api, ApiError, Caller};

/// Erases the caller's account, with all that they wrote.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct DeleteMe {
    /// The account's password, if it has one.
    #[schema(format = Password)]
    pub password: Option<String>,
}

impl fmt::Debug for DeleteMe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeleteMe { .. }")
    }
}

/// Erases the caller: signed out everywhere and without a name at once, and without what they wrote soon.
///
/// # Errors
/// `wrong_credentials`, `too_many_requests`, or the store's failure.
pub async fn me(api: &Api, caller: &Caller, request: DeleteMe) -> Result<Done, ApiError> {
    api.rates().sign_in(caller.user.name.as_str(), None)?;
    api.accounts().prove(&caller.user, request.password).await?;
    api.erase_user(&caller.user.id, Some(&caller.user.id)).await?;
    Ok(Done {})
}

/// Erases somebody.
#[derive(Debug, Clone, Deserialize)]
pub struct DeleteAccount {
    /// Whom.
    pub id: String,
}

/// Erases somebody, as they could themselves.
///
/// # Errors
/// `permission_denied`, `unknown_user`, `invalid` for oneself, or the store's failure.
pub async fn account(api: &Api, caller: &Caller, request: DeleteAccount) -> Result<Done, ApiError> {
    admin::require(api, caller).await?;
    let id = fields::user_id(&request.id)?;
    if id == caller.user.id {
        // There one's password is asked for.
        return Err(
            FieldError::new("id", "oneself", "your own account is deleted by DELETE /users/me").into()
        );
    }
    api.erase_user(&id, Some(&caller.user.id)).await?;
    Ok(Done {})
}
