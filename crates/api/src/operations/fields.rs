//! Reading the fields that many requests share.

use chinwag_chat::{FieldError, RoomId, Seq, UserId};

use crate::{ApiError, ErrorCode, FieldProblem};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;
/// What a number on the wire stays below, so that every client can hold it.
const MAX_NUMBER: u64 = 1 << 53;

/// How many items to answer with.
pub(super) fn limit(asked: Option<u64>) -> usize {
    match asked {
        None => DEFAULT_LIMIT,
        Some(asked) => usize::try_from(asked).unwrap_or(MAX_LIMIT).clamp(1, MAX_LIMIT),
    }
}

/// A room's id. What cannot be one is a room that does not exist.
pub(super) fn room_id(text: &str) -> Result<RoomId, ApiError> {
    text.parse().map_err(|_| ApiError::new(ErrorCode::UnknownRoom))
}

/// A user's id. What cannot be one is a user who does not exist.
pub(super) fn user_id(text: &str) -> Result<UserId, ApiError> {
    text.parse().map_err(|_| ApiError::new(ErrorCode::UnknownUser))
}

/// A message's number.
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
    fn a_limit_is_fifty_unless_told_and_two_hundred_at_most() {
        assert_eq!([None, Some(0), Some(7), Some(u64::MAX)].map(limit), [50, 1, 7, 200]);
    }
}
