//! The errors a client can get: the table of `docs/PROTOCOL.md`, and how the layers below map onto it.
//!
//! What a client sees is the code, a sentence, and what is wrong with which field. What only the operator may see (the
//! store's own words) travels as the cause and is logged once, by [`ApiError::log`], where the error leaves Chinwag.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use chinwag_chat::store::CommitError;
use chinwag_chat::{ChatError, FieldError, Refusal, StoreError};
use serde::Serialize;

/// How one kind of error is told to clients.
struct Row {
    code: &'static str,
    status: u16,
    real_time: Option<u32>,
    temporary: bool,
    title: &'static str,
}

macro_rules! error_table {
    ($($(#[$doc:meta])* $kind:ident: $code:literal, $status:literal, $real_time:expr, $temporary:literal, $title:literal;)*) => {
        /// What went wrong, by its stable code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $kind,)*
        }

        impl ErrorCode {
            /// Every code, in the order of the protocol's table.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            const fn row(self) -> Row {
                match self {
                    $(Self::$kind => Row {
                        code: $code,
                        status: $status,
                        real_time: $real_time,
                        temporary: $temporary,
                        title: $title,
                    },)*
                }
            }
        }
    };
}

error_table! {
    /// The request cannot be understood.
    BadRequest: "bad_request", 400, Some(107), false, "the request cannot be understood";
    /// Nobody is signed in: the token is missing, unknown, expired or revoked.
    Unauthorized: "unauthorized", 401, Some(101), false, "sign in first";
    /// Name or password is wrong.
    WrongCredentials: "wrong_credentials", 401, Some(101), false, "name or password is wrong";
    /// The embedding application's token has run out.
    TokenExpired: "token_expired", 401, Some(109), false, "the token has expired";
    /// The caller may not do this here.
    PermissionDenied: "permission_denied", 403, Some(103), false, "this is not allowed";
    /// The page that asks is of a foreign origin.
    OriginNotAllowed: "origin_not_allowed", 403, None, false, "this origin is not allowed";
    /// Nobody can sign up by themselves.
    SignUpClosed: "sign_up_closed", 403, Some(103), false, "sign-up is closed";
    /// The caller is kept out of the room.
    Banned: "banned", 403, Some(1010), false, "you are banned from this room";
    /// The caller may not write in the room for a while.
    Muted: "muted", 403, Some(1011), false, "you are muted in this room";
    /// The other one wants nothing from the caller.
    Blocked: "blocked", 403, Some(1013), false, "this person does not take messages from you";
    /// The server's owner lets nobody say this.
    Rejected: "rejected", 403, Some(1014), false, "this message was rejected";
    /// The account may not come in.
    AccountDisabled: "account_disabled", 403, Some(1015), false, "this account is disabled";
    /// There is no such room, or it is not the caller's to see.
    UnknownRoom: "unknown_room", 404, Some(102), false, "there is no such room";
    /// There is no such user.
    UnknownUser: "unknown_user", 404, Some(1002), false, "there is no such user";
    /// The user is no member of the room.
    UnknownMember: "unknown_member", 404, Some(1003), false, "there is no such member";
    /// There is no such message in the room, or it was deleted.
    UnknownMessage: "unknown_message", 404, Some(1007), false, "there is no such message";
    /// There is no such file, or it is not the caller's to see or use.
    UnknownFile: "unknown_file", 404, Some(1020), false, "there is no such file";
    /// The caller has no such session.
    UnknownSession: "unknown_session", 404, Some(1004), false, "there is no such session";
    /// There is no such report.
    UnknownReport: "unknown_report", 404, Some(1016), false, "there is no such report";
    /// An export goes on where it was cut off only in the log that it was of.
    ExportNotFound: "export_not_found", 404, Some(1035), false, "there is no such export to go on with";
    /// There is no such bot.
    UnknownBot: "unknown_bot", 404, Some(1025), false, "there is no such bot";
    /// There is no such key.
    UnknownKey: "unknown_key", 404, Some(1026), false, "there is no such key";
    /// There is no such webhook.
    UnknownHook: "unknown_hook", 404, Some(1027), false, "there is no such webhook";
    /// The caller has no such device that takes notifications.
    UnknownSubscription: "unknown_subscription", 404, Some(1030), false, "there is no such subscription";
    /// There is no such path or method.
    NotFound: "not_found", 404, Some(104), false, "there is nothing here";
    /// Nodes of another role answer this.
    OtherRole: "other_role", 404, None, false, "this is answered by nodes of another role";
    /// The path knows other methods only.
    MethodNotAllowed: "method_not_allowed", 405, None, false, "this method is not allowed here";
    /// The name is somebody's already.
    NameTaken: "name_taken", 409, Some(1005), false, "the name is taken";
    /// The `client_id` was used for another message.
    ClientIdConflict: "client_id_conflict", 409, Some(1001), false, "the client_id was used before";
    /// Members and name of a direct room cannot be changed.
    RoomFixed: "room_fixed", 409, Some(1006), false, "a direct room cannot be changed";
    /// Something is over its size limit.
    TooLarge: "too_large", 413, Some(106), false, "this is too large";
    /// The body is of another type than JSON.
    UnsupportedMediaType: "unsupported_media_type", 415, None, false, "the body must be application/json";
    /// What a file holds is none of the types that are allowed.
    FileTypeNotAllowed: "file_type_not_allowed", 415, Some(1021), false, "files of this type are not allowed";
    /// The caller's share of the storage is used up.
    StorageFull: "storage_full", 422, Some(1022), false, "your storage is full";
    /// Fields do not hold what they must.
    Invalid: "invalid", 422, Some(107), false, "some fields are not valid";
    /// A number of things is over its limit.
    LimitExceeded: "limit_exceeded", 422, Some(106), false, "a limit is exceeded";
    /// The caller wrote in the room a moment ago, and it makes its members wait.
    SlowMode: "slow_mode", 429, Some(1012), true, "this room is in slow mode";
    /// The caller asks too often.
    TooManyRequests: "too_many_requests", 429, Some(111), true, "too many requests";
    /// Chinwag's own fault.
    Internal: "internal", 500, Some(100), true, "something went wrong";
    /// The store cannot be reached or refuses writes.
    Unavailable: "unavailable", 503, Some(100), true, "try again in a moment";
}

impl ErrorCode {
    /// The code as clients see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().code
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        self.row().status
    }

    /// The number in real time. Errors that only HTTP knows are a bad request there.
    #[must_use]
    pub const fn real_time(self) -> u32 {
        match self.row().real_time {
            Some(number) => number,
            None => 107,
        }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        self.row().temporary
    }

    /// What it means, for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.row().title
    }
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// The field's name in the request.
    #[schema(value_type = String)]
    pub field: Cow<'static, str>,
    /// A stable word for what is wrong.
    #[schema(value_type = String)]
    pub code: Cow<'static, str>,
    /// What is wrong, for people.
    #[schema(value_type = String)]
    pub detail: Cow<'static, str>,
}

impl From<FieldError> for FieldProblem {
    fn from(error: FieldError) -> Self {
        Self { field: error.field.into(), code: error.code.into(), detail: error.detail.into() }
    }
}

/// A request that did not succeed, as its caller may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// What went wrong.
    pub code: ErrorCode,
    /// What went wrong this time, for people.
    pub detail: Cow<'static, str>,
    /// What is wrong with which field.
    pub errors: Vec<FieldProblem>,
    /// How many seconds to wait before trying again.
    pub retry_after: Option<u32>,
    /// What only the operator may see.
    cause: Option<String>,
}

impl ApiError {
    /// An error of this kind, with its usual sentence.
    #[must_use]
    pub const fn new(code: ErrorCode) -> Self {
        Self { code, detail: Cow::Borrowed(code.title()), errors: Vec::new(), retry_after: None, cause: None }
    }

    /// An error of this kind that says more.
    #[must_use]
    pub fn because(code: ErrorCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), ..Self::new(code) }
    }

    /// Fields that do not hold what they must.
    #[must_use]
    pub fn invalid(errors: Vec<FieldProblem>) -> Self {
        let detail = match errors.as_slice() {
            [only] => only.detail.clone(),
            _ => Cow::Borrowed(ErrorCode::Invalid.title()),
        };
        Self { detail, errors, ..Self::new(ErrorCode::Invalid) }
    }

    /// Too many requests; the next may come after `wait`.
    #[must_use]
    pub fn too_many_requests(wait: Duration) -> Self {
        Self { retry_after: Some(whole_seconds(wait)), ..Self::new(ErrorCode::TooManyRequests) }
    }

    /// Something outside of Chinwag cannot be reached. `cause` is for the log only.
    #[must_use]
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        Self { retry_after: Some(1), cause: Some(cause.to_string()), ..Self::new(ErrorCode::Unavailable) }
    }

    /// A fault of Chinwag's own. `cause` is for the log only.
    #[must_use]
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self { cause: Some(cause.to_string()), ..Self::new(ErrorCode::Internal) }
    }

    /// The message of a real-time reply's error: `<code>: <detail>`.
    #[must_use]
    pub fn real_time_message(&self) -> String {
        self.to_string()
    }

    /// Counts the error and logs what the caller is not told. To be called once, where the error leaves Chinwag.
    pub fn log(&self) {
        metrics::counter!("chinwag_errors_total", "code" => self.code.as_str()).increment(1);
        if let Some(cause) = &self.cause {
            tracing::error!(code = self.code.as_str(), cause, "a request failed");
        }
    }
}

/// Rounded up: who waits that long must not be told to wait again.
fn whole_seconds(wait: Duration) -> u32 {
    let partial = u64::from(wait.subsec_nanos() > 0);
    u32::try_from(wait.as_secs() + partial).unwrap_or(u32::MAX).max(1)
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl std::error::Error for ApiError {}

impl From<FieldError> for ApiError {
    fn from(error: FieldError) -> Self {
        Self::invalid(vec![error.into()])
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let code = match &refusal {
            Refusal::SlowMode { wait } => {
                let retry_after = Some(whole_seconds(*wait));
                return Self { retry_after, ..Self::because(ErrorCode::SlowMode, refusal.to_string()) };
            }
            Refusal::Banned { .. } => ErrorCode::Banned,
            Refusal::Muted { .. } => ErrorCode::Muted,
            Refusal::Blocked => ErrorCode::Blocked,
            Refusal::Rejected { .. } => ErrorCode::Rejected,
            Refusal::UnknownReport => ErrorCode::UnknownReport,
            Refusal::Invalid(error) => return error.clone().into(),
            Refusal::TooLarge { .. } => ErrorCode::TooLarge,
            Refusal::LimitExceeded { .. } => ErrorCode::LimitExceeded,
            Refusal::UnknownRoom => ErrorCode::UnknownRoom,
            Refusal::UnknownUser => ErrorCode::UnknownUser,
            Refusal::UnknownMember => ErrorCode::UnknownMember,
            Refusal::UnknownMessage => ErrorCode::UnknownMessage,
            Refusal::ExportNotFound => ErrorCode::ExportNotFound,
            Refusal::UnknownFile => ErrorCode::UnknownFile,
            Refusal::FileTypeNotAllowed(_) => ErrorCode::FileTypeNotAllowed,
            Refusal::StorageFull { .. } => ErrorCode::StorageFull,
            Refusal::UnknownSession => ErrorCode::UnknownSession,
            Refusal::UnknownSubscription => ErrorCode::UnknownSubscription,
            Refusal::UnknownBot => ErrorCode::UnknownBot,
            Refusal::UnknownKey => ErrorCode::UnknownKey,
            Refusal::UnknownHook => ErrorCode::UnknownHook,
            Refusal::PermissionDenied(_) => ErrorCode::PermissionDenied,
            Refusal::NameTaken => ErrorCode::NameTaken,
            Refusal::ClientIdConflict => ErrorCode::ClientIdConflict,
            Refusal::RoomFixed => ErrorCode::RoomFixed,
            Refusal::AccountDisabled => ErrorCode::AccountDisabled,
        };
        Self::because(code, refusal.to_string())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            // An unknown outcome is safe to ask for again, which is what `unavailable` asks of the caller.
            StoreError::Unavailable(_) | StoreError::Unknown(_) => Self::unavailable(error),
            StoreError::Corrupt(_) | StoreError::Gone(_) => Self::internal(error),
        }
    }
}

impl From<ChatError> for ApiError {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::Refused(refusal) => refusal.into(),
            ChatError::Store(error) => error.into(),
        }
    }
}

impl From<CommitError> for ApiError {
    fn from(error: CommitError) -> Self {
        ChatError::from(error).into()
    }
}

#[cfg(test)]
mod tests;
