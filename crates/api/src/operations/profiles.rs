//! What people say of themselves.

use chinwag_chat::{About, FieldError, Profile, ProfileChange};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::fields::{self, Mistakes};
use super::shape;
use super::users::{GetMe, GetUser};
use crate::{Api, ApiError, Caller};

/// The caller, as only they see themselves.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Me {
    /// Who, with what they say of themselves.
    #[serde(flatten)]
    #[schema(value_type = shape::Profile)]
    pub profile: Profile,
    /// Whether they look after the server.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub admin: bool,
}

/// The caller, with what they say of themselves.
///
/// # Errors
/// The store's failure.
pub async fn me(api: &Api, caller: &Caller, _request: GetMe) -> Result<Me, ApiError> {
    let profile = api.chat().profile(&caller.user.id).await?;
    let standing = api.chat().store().standing(&caller.user.id).await?;
    Ok(Me { profile, admin: standing.is_some_and(|standing| standing.may_administer()) })
}

/// One user, with what they say of themselves.
///
/// # Errors
/// `unknown_user`, or the store's failure.
pub async fn get(api: &Api, request: GetUser) -> Result<Profile, ApiError> {
    Ok(api.chat().profile(&fields::user_id(&request.id)?).await?)
}

/// Changes the caller's profile. What is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct ChangeProfile {
    /// The name to show.
    #[schema(nullable = false, example = "Ada Lovelace")]
    pub display_name: Option<String>,
    /// What one says of oneself, 500 characters at most; null or blank for nothing any more.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub about: Option<Option<String>>,
    /// An upload of one's own with the purpose `avatar`; null for no picture any more.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub avatar: Option<Option<String>>,
}

/// Tells null from nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Changes the caller's profile, and tells their devices and small rooms.
///
/// # Errors
/// `invalid`, `unknown_file`, or the store's failure.
pub async fn change(api: &Api, caller: &Caller, request: ChangeProfile) -> Result<Profile, ApiError> {
    let ChangeProfile { display_name, about, avatar } = request;
    let mut mistakes = Mistakes::default();
    let display_name = mistakes.take(display_name.map(|name| name.parse()).transpose());
    let about = about.map(|about| About::new(about.as_deref().unwrap_or_default()));
    let about = mistakes.take::<_, FieldError>(about.transpose());
    let (Some(display_name), Some(about)) = (display_name, about) else { return Err(mistakes.refuse()) };
    let avatar = avatar.map(|avatar| avatar.map(|id| fields::file_id(&id)).transpose()).transpose()?;
    Ok(api.chat().change_profile(&caller.user.id, ProfileChange { display_name, about, avatar }).await?)
}
