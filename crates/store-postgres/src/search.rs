//! The port [`Search`]: what was said, by its words.

pub(crate) mod index;

use async_trait::async_trait;
use chinwag_chat::search::{SearchQuery, Term};
use chinwag_chat::store::{FoundMessages, MessageSearch, PAGE_BYTES, Search, SearchCursor};
use chinwag_chat::{MessageView, RoomId, Seq, StoreError, Timestamp, UserId};

use crate::PostgresStore;
use crate::fields::{Fields, limit, signed};
use crate::shown::{self, additions, shown};

/// The places of the messages that are looked for; see the schema.
pub(crate) const FOUND: &str = "
    SELECT room, seq, created_at, is_found
    FROM search_messages($1, $2::text::tsquery, $3, $4, $5, $6, $7, $8, $9, $10)";

/// The messages of rooms `$2` and numbers `$3`, in that order, as user `$1` sees them; and whether all of them went into `$4`
/// bytes. Looked at once more whether they may be: one may have been removed from a room meanwhile, and messages deleted.
pub(crate) const MESSAGES: &str = concat!(
    "SELECT l.room, ",
    shown!(),
    " FROM (
        SELECT m.*, q.n, sum(octet_length(m.text)) OVER (ORDER BY q.n) AS bytes
        FROM unnest($2::bytea[], $3::bigint[]) WITH ORDINALITY AS q (room, seq, n)
        JOIN messages m ON m.room = q.room AND m.seq = q.seq
        JOIN rooms r ON r.id = q.room
        WHERE NOT m.deleted AND (r.kind = 'public'
            OR EXISTS (SELECT FROM members x WHERE x.room = q.room AND x.user_id = $1))
    ) l",
    additions!(),
    " WHERE l.n = 1 OR l.bytes <= $4 ORDER BY l.n"
);

#[async_trait]
impl Search for PostgresStore {
    async fn search(&self, user: &UserId, search: &MessageSearch) -> Result<FoundMessages, StoreError> {
        let mut places = self.places(user, search).await?;
        let mut next = None;
        // What was looked at last, where there may be more behind.
        if let Some((place, false)) = places.last().copied() {
            next = Some(place);
            places.pop();
        }
        if places.len() > search.limit {
            places.truncate(search.limit);
            next = places.last().map(|(place, _)| *place);
        }
        let messages = self.found(user, &places).await?;
        // A page that was cut goes on after what is in it.
        let place = |view: &MessageView| SearchCursor {
            at: view.message.created_at,
            room: view.message.room,
            seq: view.message.seq,
        };
        if let (Some(shown), Some((last, _))) = (messages.last().map(place), places.last())
            && shown != *last
        {
            next = Some(shown);
        }
        Ok(FoundMessages { messages, next })
    }
}

impl PostgresStore {
    async fn places(
        &self,
        user: &UserId,
        search: &MessageSearch,
    ) -> Result<Vec<(SearchCursor, bool)>, StoreError> {
        let asked = asked(&search.query);
        let room = search.room.map(RoomId::to_bytes);
        let since = search.after.map_or(i64::MIN, Timestamp::unix_ms);
        let before = search.before.map_or(i64::MAX, Timestamp::unix_ms);
        let (at, until_room, until_seq) = match search.cursor {
            Some(SearchCursor { at, room, seq }) => (at.unix_ms(), room.to_bytes(), signed(seq.0)),
            None => (i64::MAX, [0xFF; 16], i64::MAX),
        };
        // One more, only to know whether there is one.
        let wanted = limit(search.limit.saturating_add(1));
        let query = || {
            let query = sqlx::query(FOUND).bind(user.as_str()).bind(&asked).bind(room);
            let query = query.bind(search.from.as_ref().map(UserId::as_str)).bind(since).bind(before);
            query.bind(at).bind(until_room).bind(until_seq).bind(wanted)
        };
        let read = |mut fields: Fields<'_>| {
            let (room, seq, at) = (fields.room_id()?, fields.seq()?, fields.time()?);
            Ok((SearchCursor { at, room, seq }, fields.flag()?))
        };
        self.pool.all(query, read).await
    }

    async fn found(
        &self,
        user: &UserId,
        places: &[(SearchCursor, bool)],
    ) -> Result<Vec<MessageView>, StoreError> {
        if places.is_empty() {
            return Ok(vec![]);
        }
        let rooms: Vec<[u8; 16]> = places.iter().map(|(place, _)| place.room.to_bytes()).collect();
        let seqs: Vec<i64> =
            places.iter().map(|(SearchCursor { seq: Seq(seq), .. }, _)| signed(*seq)).collect();
        let query = || {
            let query = sqlx::query(MESSAGES).bind(user.as_str()).bind(&rooms).bind(&seqs);
            query.bind(limit(PAGE_BYTES))
        };
        let read = |mut fields: Fields<'_>| {
            let room = fields.room_id()?;
            shown::read(&mut fields, room, user)
        };
        self.pool.all(query, read).await
    }
}

/// The question as PostgreSQL reads it. Words have letters and digits only, so nothing in them can be taken for its language.
fn asked(query: &SearchQuery) -> String {
    let phrase = |term: &Term| {
        let words: Vec<String> = term.words.iter().map(|word| format!("'{word}'")).collect();
        format!("({}{})", words.join(" <-> "), if term.is_prefix { ":*" } else { "" })
    };
    let terms: Vec<String> = query.terms().iter().map(phrase).collect();
    terms.join(" & ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_put_in_the_words_of_postgresql() {
        let query = SearchQuery::new("Don't \"a b\" har").unwrap();
        assert_eq!(asked(&query), "('don' <-> 't') & ('a' <-> 'b') & ('har':*)");
    }
}
