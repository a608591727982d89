//! Why a request was refused: the caller's to mend, each with a stable code.

use std::time::Duration;

use crate::Timestamp;

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct FieldError {
    /// The field's name in the request.
    pub field: &'static str,
    /// A stable word for what is wrong.
    pub code: &'static str,
    /// What is wrong, for people.
    pub detail: &'static str,
}

impl FieldError {
    /// Says what is wrong with a field.
    #[must_use]
    pub const fn new(field: &'static str, code: &'static str, detail: &'static str) -> Self {
        Self { field, code, detail }
    }
}

/// A request that the domain refuses. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field does not hold what it must.
    #[error("{0}")]
    Invalid(#[from] FieldError),
    /// Something is over its size limit.
    #[error("{what} is larger than the limit of {max_bytes} bytes")]
    TooLarge {
        /// What.
        what: &'static str,
        /// The limit.
        max_bytes: usize,
    },
    /// A number of things is over its limit.
    #[error("at most {max} {what} are allowed")]
    LimitExceeded {
        /// Of what.
        what: &'static str,
        /// The limit.
        max: usize,
    },
    /// There is no such room, or the caller may not see it: the answer is the same.
    #[error("there is no such room")]
    UnknownRoom,
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
    /// The user is no member of the room.
    #[error("that user is not a member of this room")]
    UnknownMember,
    /// There is no such message in the room, or it was deleted.
    #[error("there is no such message")]
    UnknownMessage,
    /// The position is of another log than the one there is.
    #[error("this export cannot go on here: its numbers are of another log")]
    ExportNotFound,
    /// There is no such file, or the caller may not see it or do this with it.
    #[error("there is no such file")]
    UnknownFile,
    /// What a file holds is none of the types that are allowed.
    #[error("files of the type {0} are not allowed here")]
    FileTypeNotAllowed(String),
    /// The user's share of the storage is used up.
    #[error("your files would take more than the {max_bytes} bytes that each user has")]
    StorageFull {
        /// The share.
        max_bytes: u64,
    },
    /// There is no such session of the caller's.
    #[error("there is no such session")]
    UnknownSession,
    /// There is no such device of the caller's that takes notifications.
    #[error("there is no such subscription")]
    UnknownSubscription,
    /// The caller sees the room but may not do this there.
    #[error("{0}")]
    PermissionDenied(&'static str),
    /// The name is somebody's already.
    #[error("that name is taken")]
    NameTaken,
    /// The same `client_id` was used for another message.
    #[error("this client_id was used for a different message in this room")]
    ClientIdConflict,
    /// The user is kept out of the room.
    #[error("kept out of this room {}", until_when(.until.unwrap_or(Timestamp::FOR_GOOD)))]
    Banned {
        /// Until when; for good without.
        until: Option<Timestamp>,
    },
    /// The member may say nothing for a while.
    #[error("you may say nothing here {}", until_when(*.until))]
    Muted {
        /// Until when.
        until: Timestamp,
    },
    /// The member wrote a moment ago, and the room makes its members wait.
    #[error("in this room one waits between two messages: {} s more", .wait.as_millis().div_ceil(1000))]
    SlowMode {
        /// How long to wait.
        wait: Duration,
    },
    /// The server's owner lets nobody say this.
    #[error("{}", .reason.as_deref().unwrap_or("this cannot be said here"))]
    Rejected {
        /// Why.
        reason: Option<String>,
    },
    /// The other one wants nothing from the user.
    #[error("this person takes nothing from you")]
    Blocked,
    /// There is no such report, or somebody has looked after it.
    #[error("there is no such open report")]
    UnknownReport,
    /// There is no such bot.
    #[error("there is no such bot")]
    UnknownBot,
    /// There is no such key.
    #[error("there is no such key")]
    UnknownKey,
    /// The room has no such hook.
    #[error("there is no such webhook")]
    UnknownHook,
    /// The account may not come in.
    #[error("this account is disabled")]
    AccountDisabled,
    /// Members and name of a direct room cannot be changed.
    #[error("a direct room keeps its two people and has no name")]
    RoomFixed,
}

/// Until when, in words.
fn until_when(until: Timestamp) -> String {
    if until == Timestamp::FOR_GOOD { "for good".to_owned() } else { format!("until {until}") }
}
