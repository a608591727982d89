//! People.

use std::fmt;

use chinwag_chat::User;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{fields, shape};
use crate::{Api, ApiError, CallContext};

/// Creates an account.
#[derive(Clone, Deserialize, ToSchema)]
pub struct CreateUser {
    /// The unique name to sign in with: 2 to 32 letters, digits, `.`, `_` and `-`.
    #[schema(example = "ada")]
    pub name: String,
    /// The password: 8 to 128 characters.
    #[schema(example = "correct horse battery", format = Password)]
    pub password: String,
    /// The name to show; without it, `name`.
    #[schema(example = "Ada Lovelace")]
    pub display_name: Option<String>,
}

impl fmt::Debug for CreateUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateUser").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Creates an account. Needs no authentication, where sign-up is open.
///
/// # Errors
/// `sign_up_closed`, `invalid`, `name_taken`, `too_many_requests`, or the store's failure.
pub async fn create(api: &Api, context: &CallContext, request: CreateUser) -> Result<User, ApiError> {
    let CreateUser { name, password, display_name } = request;
    let (name, display_name) = api.accounts().check_sign_up(&name, &password, display_name.as_deref())?;
    api.rates().sign_up(context.address)?;
    api.accounts().create(name, display_name, password).await
}

/// Asks who the caller is.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct GetMe {}

/// Looks for people.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct FindUsers {
    /// What the name or display name begins with.
    #[param(max_length = 256)]
    pub query: String,
    /// How many at most: 50 unless told, 200 at most.
    pub limit: Option<u64>,
}

/// People.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserList {
    /// The people, by name.
    #[schema(value_type = Vec<shape::User>)]
    pub users: Vec<User>,
}

/// People whose name or display name begins with the query.
///
/// # Errors
/// `invalid`, or the store's failure.
pub async fn find(api: &Api, request: FindUsers) -> Result<UserList, ApiError> {
    let users = api
        .chat()
        .store()
        .find_users(fields::name_query(&request.query)?, fields::limit(request.limit))
        .await?;
    Ok(UserList { users })
}

/// Asks for one user.
#[derive(Debug, Clone, Deserialize)]
pub struct GetUser {
    /// Whom.
    pub id: String,
}
