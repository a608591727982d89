//! People, and what they say of themselves.

use utoipa::ToSchema;

/// Somebody.
#[derive(ToSchema)]
pub struct User {
    /// The user's id.
    #[schema(example = "01KAJQ8ZQK7N5V3T2R9X4M6B1C", max_length = 64)]
    pub id: String,
    /// The unique name one signs in with and is found by.
    #[schema(example = "ada")]
    pub name: String,
    /// The name shown beside messages.
    #[schema(example = "Ada Lovelace")]
    pub display_name: String,
    /// The file whose preview is their picture.
    #[schema(nullable = false, example = "01KAJQ8ZQK7N5V3T2R9X4M6B1F")]
    pub avatar: Option<String>,
    /// Whether it is a program.
    #[schema(nullable = false)]
    pub bot: Option<bool>,
}

/// Somebody, with what they say of themselves.
#[derive(ToSchema)]
pub struct Profile {
    /// The user's id.
    #[schema(example = "01KAJQ8ZQK7N5V3T2R9X4M6B1C", max_length = 64)]
    pub id: String,
    /// The unique name one signs in with and is found by.
    #[schema(example = "ada")]
    pub name: String,
    /// The name shown beside messages.
    #[schema(example = "Ada Lovelace")]
    pub display_name: String,
    /// The file whose preview is their picture.
    #[schema(nullable = false, example = "01KAJQ8ZQK7N5V3T2R9X4M6B1F")]
    pub avatar: Option<String>,
    /// Whether it is a program.
    #[schema(nullable = false)]
    pub bot: Option<bool>,
    /// What they say of themselves.
    #[schema(nullable = false, max_length = 500)]
    pub about: Option<String>,
}

/// An account, as admins of the server see it.
#[derive(ToSchema)]
pub struct Account {
    /// Whose.
    #[schema(inline)]
    #[serde(flatten)]
    pub user: User,
    /// Since when.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Whether they look after the server.
    pub admin: bool,
    /// Whether they may not come in.
    pub disabled: bool,
    /// When a session of theirs was last used, of those that there are.
    #[schema(format = DateTime, nullable = false)]
    pub last_seen_at: Option<String>,
    /// How many rooms they are in.
    pub rooms: u64,
}
