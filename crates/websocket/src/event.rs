//! What a client said.

use std::borrow::Cow;

use crate::close::CloseCode;

/// One complete message or control frame. It borrows the caller's buffer where it came in one piece, and owns
/// its memory where it had to be put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// A text message.
    Text(Cow<'a, str>),
    /// A binary message.
    Binary(Cow<'a, [u8]>),
    /// Must be answered by [`pong`](crate::pong) with the same bytes.
    Ping(Cow<'a, [u8]>),
    /// Answers a ping, or comes unasked.
    Pong(Cow<'a, [u8]>),
    /// The client closes; the server answers with the same code and ends the connection.
    Close {
        /// Why; none where the frame was empty.
        code: Option<CloseCode>,
        /// Why, in words.
        reason: Cow<'a, str>,
    },
}

impl Event<'_> {
    /// The same event, free of the caller's buffer.
    pub fn into_owned(self) -> Event<'static> {
        match self {
            Self::Text(text) => Event::Text(text.into_owned().into()),
            Self::Binary(bytes) => Event::Binary(bytes.into_owned().into()),
            Self::Ping(bytes) => Event::Ping(bytes.into_owned().into()),
            Self::Pong(bytes) => Event::Pong(bytes.into_owned().into()),
            Self::Close { code, reason } => Event::Close { code, reason: reason.into_owned().into() },
        }
    }
}
