//! Messages, and what is attached to them.

use utoipa::ToSchema;

use super::User;

/// A post in a room, as it is now.
#[derive(ToSchema)]
pub struct Message {
    /// The message's id.
    #[schema(example = "01KAJQ8ZQK7N5V3T2R9X4M6B1E")]
    pub id: String,
    /// Where it was posted.
    pub room: String,
    /// Its number among the room's messages.
    pub seq: u64,
    /// The number of the change that created it.
    pub rev: u64,
    /// Who posted it.
    pub sender: User,
    /// The sender's own id for it.
    #[schema(max_length = 64)]
    pub client_id: String,
    /// What it says; nothing once it was deleted.
    #[schema(example = "Shall we?")]
    pub text: String,
    /// When it was accepted.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// The number of the message that it answers.
    #[schema(nullable = false)]
    pub reply_to: Option<u64>,
    /// The number of the message in whose thread it is.
    #[schema(nullable = false)]
    pub thread: Option<u64>,
    /// The files that came with it.
    #[schema(nullable = false, max_items = 10)]
    pub attachments: Option<Vec<File>>,
    /// Whom it mentions.
    #[schema(nullable = false)]
    pub mentions: Option<Mentions>,
    /// When its text was last changed.
    #[schema(nullable = false, format = DateTime)]
    pub edited_at: Option<String>,
    /// When it was deleted.
    #[schema(nullable = false, format = DateTime)]
    pub deleted_at: Option<String>,
    /// When it was pinned.
    #[schema(nullable = false, format = DateTime)]
    pub pinned_at: Option<String>,
    /// What others put under it, the earliest emoji first. Not in changes.
    #[schema(nullable = false)]
    pub reactions: Option<Vec<Reaction>>,
    /// How much there is in its thread. Not in changes.
    #[schema(nullable = false)]
    pub replies: Option<Replies>,
}

/// An uploaded file.
#[derive(ToSchema)]
pub struct File {
    /// The file's id.
    #[schema(example = "01KAJQ8ZQK7N5V3T2R9X4M6B1F")]
    pub id: String,
    /// What it is called: a name, never a path.
    #[schema(example = "photo.jpg")]
    pub name: String,
    /// What it was found to hold, whatever its name says.
    #[schema(example = "image/jpeg")]
    pub r#type: String,
    /// How many bytes it has.
    pub size: u64,
    /// The width of a picture in pixels, the right way up.
    #[schema(nullable = false)]
    pub width: Option<u32>,
    /// Its height.
    #[schema(nullable = false)]
    pub height: Option<u32>,
    /// The smaller picture that was made of it.
    #[schema(nullable = false)]
    pub preview: Option<Preview>,
}

/// A smaller picture that was made of a large one.
#[derive(ToSchema)]
pub struct Preview {
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// What it is: `image/jpeg`, or `image/png` where one can see through it.
    #[schema(example = "image/jpeg")]
    pub r#type: String,
    /// How many bytes it has.
    pub size: u64,
}

/// Whom a message mentions.
#[derive(ToSchema)]
pub struct Mentions {
    /// The ids of these people.
    #[schema(nullable = false)]
    pub users: Option<Vec<String>>,
    /// Everybody in the room.
    #[schema(nullable = false)]
    pub room: Option<bool>,
}

/// One emoji under a message.
#[derive(ToSchema)]
pub struct Reaction {
    /// Which.
    #[schema(example = "👍", max_length = 64)]
    pub emoji: String,
    /// How many put it there.
    pub count: u64,
    /// The ids of the earliest 50 who did, the caller among them in any case.
    pub users: Vec<String>,
}

/// How much there is in a thread.
#[derive(ToSchema)]
pub struct Replies {
    /// How many messages, the deleted ones not counted.
    pub count: u64,
    /// The number of the newest.
    pub last_seq: u64,
    /// When that was accepted.
    #[schema(format = DateTime)]
    pub last_at: String,
}

/// What a message said before it was edited.
#[derive(ToSchema)]
pub struct Edit {
    /// The number of the change that replaced it.
    pub rev: u64,
    /// What it said.
    pub text: String,
    /// When it was replaced.
    #[schema(format = DateTime)]
    pub replaced_at: String,
}

/// A thread as one who takes part in it sees it.
#[derive(ToSchema)]
pub struct Thread {
    /// The message that it began with.
    pub root: Message,
    /// How far the caller has read it.
    pub read_seq: u64,
    /// How many messages of others come after that; 100 is "many".
    #[schema(maximum = 100)]
    pub unread: u64,
}
