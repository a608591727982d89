//! Errors in replies: the protocol's codes and the ones that an application adds.

use crate::message::message;

message! {
    /// Why a command failed.
    pub struct Error {
        /// The number that clients go by: an [`ErrorCode`], or an application's own.
        pub code: u32 => [uint32, tag = "1"],
        /// For people who read logs.
        pub message: String => [string, tag = "2"],
        /// Whether the same command may succeed later.
        pub temporary: bool => [bool, tag = "3"],
    }
}

impl Error {
    /// An error with a code that the protocol does not define.
    pub fn custom(code: u32, message: impl Into<String>, temporary: bool) -> Self {
        Self { code, message: message.into(), temporary }
    }
}

/// The protocol's own error codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum ErrorCode {
    /// The server failed; trying again may help.
    Internal = 100,
    /// Not signed in.
    Unauthorized = 101,
    /// There is no such channel, or it is not the client's to see.
    UnknownChannel = 102,
    /// Not allowed.
    PermissionDenied = 103,
    /// There is no such method.
    MethodNotFound = 104,
    /// The client follows the channel already.
    AlreadySubscribed = 105,
    /// A limit was exceeded.
    LimitExceeded = 106,
    /// The request makes no sense.
    BadRequest = 107,
    /// The feature is not there.
    NotAvailable = 108,
    /// The token's time is up; SDKs get a new one and retry.
    TokenExpired = 109,
    /// The connection's or the subscription's time is up.
    Expired = 110,
    /// Too many requests; trying again later helps.
    TooManyRequests = 111,
    /// The position is gone, and the client asked to be told by an error.
    UnrecoverablePosition = 112,
    /// Two paginations of one channel at once.
    ConcurrentPagination = 113,
}

impl ErrorCode {
    /// Every code, in numeric order.
    pub const ALL: [Self; 14] = [
        Self::Internal,
        Self::Unauthorized,
        Self::UnknownChannel,
        Self::PermissionDenied,
        Self::MethodNotFound,
        Self::AlreadySubscribed,
        Self::LimitExceeded,
        Self::BadRequest,
        Self::NotAvailable,
        Self::TokenExpired,
        Self::Expired,
        Self::TooManyRequests,
        Self::UnrecoverablePosition,
        Self::ConcurrentPagination,
    ];

    /// The number on the wire.
    pub fn code(self) -> u32 {
        self as u32
    }

    /// The protocol's own words for it.
    pub fn message(self) -> &'static str {
        match self {
            Self::Internal => "internal server error",
            Self::Unauthorized => "unauthorized",
            Self::UnknownChannel => "unknown channel",
            Self::PermissionDenied => "permission denied",
            Self::MethodNotFound => "method not found",
            Self::AlreadySubscribed => "already subscribed",
            Self::LimitExceeded => "limit exceeded",
            Self::BadRequest => "bad request",
            Self::NotAvailable => "not available",
            Self::TokenExpired => "token expired",
            Self::Expired => "expired",
            Self::TooManyRequests => "too many requests",
            Self::UnrecoverablePosition => "unrecoverable position",
            Self::ConcurrentPagination => "concurrent pagination",
        }
    }

    /// Whether the same command may succeed later.
    pub fn is_temporary(self) -> bool {
        matches!(self, Self::Internal | Self::TooManyRequests | Self::ConcurrentPagination)
    }

    /// The error with more useful words than the protocol's own.
    pub fn with_message(self, message: impl Into<String>) -> Error {
        Error { code: self.code(), message: message.into(), temporary: self.is_temporary() }
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        code.with_message(code.message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_run_from_100_to_113_and_have_words() {
        let codes: Vec<u32> = ErrorCode::ALL.iter().map(|code| code.code()).collect();
        assert_eq!(codes, (100..=113).collect::<Vec<u32>>());
        assert_eq!(
            Error::from(ErrorCode::TooManyRequests),
            Error { code: 111, message: "too many requests".into(), temporary: true }
        );
        assert!(!Error::from(ErrorCode::TokenExpired).temporary);
    }
}
