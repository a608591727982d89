//! The port to what was said, by its words.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;

use super::StoreError;
use crate::search::SearchQuery;
use crate::{FieldError, MessageView, RoomId, Seq, Timestamp, UserId};

/// Which messages are looked for.
#[derive(Debug, Clone, Default)]
pub struct MessageSearch {
    /// What they say.
    pub query: SearchQuery,
    /// Only those of this room; without it, those of all rooms that the user is a member of.
    pub room: Option<RoomId>,
    /// Only those that this user sent.
    pub from: Option<UserId>,
    /// Only those accepted at this time or later.
    pub after: Option<Timestamp>,
    /// Only those accepted before this time.
    pub before: Option<Timestamp>,
    /// Only those that come after this position.
    pub cursor: Option<SearchCursor>,
    /// At most this many.
    pub limit: usize,
}

/// A message's place among all that there are, the newest first: where a search goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SearchCursor {
    /// When it was accepted.
    pub at: Timestamp,
    /// Its room.
    pub room: RoomId,
    /// Its number there.
    pub seq: Seq,
}

impl fmt::Display for SearchCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.at.unix_ms(), self.room, self.seq)
    }
}

impl FromStr for SearchCursor {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        let read = || {
            let mut parts = text.splitn(3, '-');
            let at: u64 = parts.next()?.parse().ok()?;
            let (room, seq): (_, u64) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            Some(Self { at: Timestamp::from_unix_ms(i64::try_from(at).ok()?), room, seq: Seq(seq) })
        };
        read().ok_or(FieldError::new("cursor", "form", "a cursor is what an earlier answer gave as `next`"))
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMessages {
    /// The messages, the newest first.
    pub messages: Vec<MessageView>,
    /// Where to go on; nothing where there are no more.
    pub next: Option<SearchCursor>,
}

/// What was said, by its words.
#[async_trait]
pub trait Search: Send + Sync {
    /// The messages that the search asks for and that the user may read: those of the user's own rooms or, where the search
    /// names a public room, of that one. Deleted ones are none of them; of edited ones counts what they say now.
    ///
    /// The time it takes is bounded however much there is: where words are common but not in rooms of the user's, a store may
    /// answer with fewer than asked, even none, and `next` to go on.
    async fn search(&self, user: &UserId, search: &MessageSearch) -> Result<FoundMessages, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let room = RoomId::from_parts(1, 7);
        let cursor = SearchCursor { at: Timestamp::from_unix_ms(1_750_000_000_000), room, seq: Seq(3) };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in
            ["", "1", "1-2-3", "-1-2", &format!("1-{room}-x"), &format!("99999999999999999999-{room}-1")]
        {
            assert!(bad.parse::<SearchCursor>().is_err(), "{bad:?}");
        }
    }
}
