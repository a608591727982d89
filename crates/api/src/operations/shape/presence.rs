//! Who is there.

use utoipa::ToSchema;

/// As what somebody wants to be seen.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum PresenceWish {
    /// By what their devices do.
    Auto,
    /// As away.
    Away,
    /// As not to be disturbed: no notifications come.
    Dnd,
}

/// As what somebody is seen.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Presence {
    /// There.
    Online,
    /// Connected, but not looking; or they say so.
    Away,
    /// There, and not to be disturbed.
    Dnd,
    /// Not connected.
    Offline,
}

/// One user as others see them.
#[derive(ToSchema)]
pub struct PresenceEntry {
    /// Who.
    pub id: String,
    /// As what.
    pub presence: Presence,
    /// What they say beside their name.
    #[schema(nullable = false)]
    pub text: Option<String>,
    /// When what they chose to be seen as ends.
    #[schema(nullable = false, format = DateTime)]
    pub until: Option<String>,
    /// When they were last seen, where they are not there.
    #[schema(nullable = false, format = DateTime)]
    pub last_seen_at: Option<String>,
}
