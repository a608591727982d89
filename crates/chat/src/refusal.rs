//! Why a request was refused: the caller's to mend, each with a stable code.

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
    /// There is no such session of the caller's.
    #[error("there is no such session")]
    UnknownSession,
    /// The caller sees the room but may not do this there.
    #[error("{0}")]
    PermissionDenied(&'static str),
    /// The name is somebody's already.
    #[error("that name is taken")]
    NameTaken,
    /// The same `client_id` was used for another message.
    #[error("this client_id was used for a different message in this room")]
    ClientIdConflict,
    /// Members and name of a direct room cannot be changed.
    #[error("a direct room keeps its two people and has no name")]
    RoomFixed,
}
