//! From frames to messages. A frame is what the transport delivered at once: one or more messages.
//!
//! Everything is bounded by the frame and by [`Limits`]; nothing that a client sends makes this panic.

use std::marker::PhantomData;

use crate::command::Command;
use crate::encoding::Encoding;
use crate::json_field::{Embedded, Object};
use crate::payload::{self, MAX_DEPTH};
use crate::reply::Reply;

/// What a frame may hold. Its length in bytes is the transport's to limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many messages one frame may hold. An empty Protobuf message is one byte on the wire and several
    /// hundred in memory, so the frame's length alone does not bound the work.
    pub max_commands_per_frame: usize,
}

impl Default for Limits {
    /// Enough for a client that connects and resumes a few hundred rooms in one frame.
    fn default() -> Self {
        Self { max_commands_per_frame: 1024 }
    }
}

/// Why a frame could not be read. The client's fault; the connection should end. The words never quote the
/// input.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DecodeError {
    /// More messages than [`Limits::max_commands_per_frame`].
    #[error("frame holds more than {0} messages")]
    TooManyMessages(usize),
    /// A JSON frame is not UTF-8.
    #[error("frame is not UTF-8")]
    NotUtf8,
    /// JSON nests deeper than [`MAX_DEPTH`].
    #[error("JSON nests deeper than {MAX_DEPTH}")]
    TooDeep,
    /// Not JSON, at this column (from 1) of its line.
    #[error("malformed JSON at column {0}")]
    Syntax(usize),
    /// JSON, but not a message: a wrong type, a number out of range or a doubled field before this column
    /// (from 1).
    #[error("unexpected JSON value at column {0}")]
    Value(usize),
    /// A length prefix is malformed or promises more than there is.
    #[error("malformed length prefix")]
    Length,
    /// Malformed inside a length-delimited message.
    #[error("malformed Protobuf")]
    Protobuf(#[source] prost::DecodeError),
}

impl From<serde_json::Error> for DecodeError {
    fn from(error: serde_json::Error) -> Self {
        match error.classify() {
            serde_json::error::Category::Data => Self::Value(error.column()),
            _ => Self::Syntax(error.column()),
        }
    }
}

/// Reads a client's frame. Empty lines and a trailing line break are accepted.
///
/// # Errors
/// Anything in the frame is malformed: the whole frame is refused. See [`commands`] for one at a time.
pub fn decode_commands(
    encoding: Encoding,
    frame: &[u8],
    limits: Limits,
) -> Result<Vec<Command>, DecodeError> {
    commands(encoding, frame, limits).collect()
}

/// Reads a server's frame, for clients: tests, the load generator.
///
/// # Errors
/// Anything in the frame is malformed.
pub fn decode_replies(encoding: Encoding, frame: &[u8]) -> Result<Vec<Reply>, DecodeError> {
    replies(encoding, frame).collect()
}

/// A client's commands, one at a time.
pub fn commands(encoding: Encoding, frame: &[u8], limits: Limits) -> Messages<'_, Command> {
    Messages::new(encoding, frame, limits.max_commands_per_frame)
}

/// A server's replies, one at a time.
pub fn replies(encoding: Encoding, frame: &[u8]) -> Messages<'_, Reply> {
    Messages::new(encoding, frame, usize::MAX)
}

/// The messages of a frame, in order; ends after the first error.
#[derive(Debug)]
pub struct Messages<'a, T> {
    encoding: Encoding,
    rest: &'a [u8],
    left: usize,
    limit: usize,
    message: PhantomData<T>,
}

impl<'a, T> Messages<'a, T> {
    fn new(encoding: Encoding, frame: &'a [u8], limit: usize) -> Self {
        Self { encoding, rest: frame, left: limit, limit, message: PhantomData }
    }

    /// The next message's bytes without their delimiter; none at the end of the frame.
    fn next_slice(&mut self) -> Result<Option<&'a [u8]>, DecodeError> {
        let slice = match self.encoding {
            Encoding::Json => self.next_line(),
            Encoding::Protobuf => self.next_delimited()?,
        };
        if slice.is_some() {
            self.left = self.left.checked_sub(1).ok_or(DecodeError::TooManyMessages(self.limit))?;
        }
        Ok(slice)
    }

    fn next_line(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let mut parts = self.rest.splitn(2, |byte| *byte == b'\n');
            let line = parts.next().unwrap_or_default().trim_ascii();
            self.rest = parts.next().unwrap_or_default();
            if !line.is_empty() {
                return Some(line);
            }
        }
        None
    }

    fn next_delimited(&mut self) -> Result<Option<&'a [u8]>, DecodeError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut after_prefix = self.rest;
        let length = prost::decode_length_delimiter(&mut after_prefix).map_err(|_| DecodeError::Length)?;
        let (message, rest) = after_prefix.split_at_checked(length).ok_or(DecodeError::Length)?;
        self.rest = rest;
        Ok(Some(message))
    }
}

impl<T: Embedded + prost::Message> Iterator for Messages<'_, T> {
    type Item = Result<T, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let message = match self.next_slice() {
            Ok(None) => return None,
            Ok(Some(slice)) => match self.encoding {
                Encoding::Json => decode_json(slice),
                Encoding::Protobuf => T::decode(slice).map_err(DecodeError::Protobuf),
            },
            Err(error) => Err(error),
        };
        if message.is_err() {
            self.rest = &[];
        }
        Some(message)
    }
}

fn decode_json<T: Embedded>(line: &[u8]) -> Result<T, DecodeError> {
    // All of it, because fields that are skipped are not looked at again.
    let line = std::str::from_utf8(line).map_err(|_| DecodeError::NotUtf8)?;
    if payload::nests_too_deeply(line.as_bytes()) {
        return Err(DecodeError::TooDeep);
    }
    let Object(message) = serde_json::from_str::<Object<T>>(line)?;
    message.ok_or(DecodeError::Value(1))
}
