//! Reading the fields that many requests share.

use chinwag_chat::{FieldError, FileId, RoomId, Seq, UserId};

use crate::{ApiError, ErrorCode, FieldProblem};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;
/// What names are looked for by at most: every word may be compared with every name.
const MAX_QUERY_CHARS: usize = 256;
/// What a number on the wire stays below, so that every client can hold it.
const MAX_NUMBER: u64 = 1 << 53;

/// How many items to answer with.
pub(super) fn limit(asked: Option<u64>) -> usize {
    match asked {
        None => DEFAULT_LIMIT,
        Some(asked) => usize::try_from(asked).unwrap_or(MAX_LIMIT).clamp(1, MAX_LIMIT),
    }
}

/// The beginning or the words of names that somebody looks for.
pub(super) fn name_query(text: &str) -> Result<&str, ApiError> {
    let text = text.trim();
    if text.chars().count() > MAX_QUERY_CHARS {
        return Err(FieldError::new("query", "length", "a query has 256 characters at most").into());
    }
    Ok(text)
}

/// A room's id. What cannot be one is a room that does not exist.
pub(super) fn room_id(text: &str) -> Result<RoomId, ApiError> {
    text.parse().map_err(|_| ApiError::new(ErrorCode::UnknownRoom))
}

/// A user's id. What cannot be one is a user who does not exist.
pub(super) fn user_id(text: &str) -> Result<UserId, ApiError> {
    text.parse().map_err(|_| ApiError::new(ErrorCode::UnknownUser))
}

/// A file's id. What cannot be one is a file that does not exist.
pub(super) fn file_id(text: &str) -> Result<FileId, ApiError> {
    text.parse().map_err(|_| ApiError::new(ErrorCode::UnknownFile))
}

/// The number of the message that a request is about. What cannot be one is a message that does not exist.
pub(super) fn message(number: u64) -> Result<Seq, ApiError> {
    seq("seq", number).map_err(|_| ApiError::new(ErrorCode::UnknownMessage))
}

/// A message's number in a field that may be left out.
pub(super) fn optional_seq(field: &'static str, number: Option<u64>) -> Result<Option<Seq>, FieldError> {
    number.map(|number| seq(field, number)).transpose()
}

/// A message's number in a field.
pub(super) fn seq(field: &'static str, number: u64) -> Result<Seq, FieldError> {
    if number < MAX_NUMBER {
        Ok(Seq(number))
    } else {
        Err(FieldError::new(field, "range", "a number stays below 2^53"))
    }
}

/// Every mistake of a request, told at once.
#[derive(Default)]
pub(super) struct Mistakes(Vec<FieldProblem>);

impl Mistakes {
    /// The value, or nothing and one mistake more.
    pub(super) fn take<T, E: Into<FieldProblem>>(&mut self, result: Result<T, E>) -> Option<T> {
        result.map_err(|mistake| self.0.push(mistake.into())).ok()
    }

    /// The refusal that names them all.
    pub(super) fn refuse(self) -> ApiError {
        ApiError::invalid(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_an_impossible_number_is_one_that_there_is_not() {
        assert_eq!(message(7), Ok(Seq(7)));
        assert_eq!(message(MAX_NUMBER).unwrap_err().code, ErrorCode::UnknownMessage);
    }

    #[test]
    fn a_limit_is_fifty_unless_told_and_two_hundred_at_most() {
        assert_eq!([None, Some(0), Some(7), Some(u64::MAX)].map(limit), [50, 1, 7, 200]);
    }
}
