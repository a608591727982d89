//! The port [`Search`]: what was said, by its words.

pub(crate) mod index;

use async_trait::async_trait;
use chinwag_chat::search::{SearchQuery, Term, room_tag, sender_tag};
use chinwag_chat::store::{FoundMessages, MessageSearch, PAGE_BYTES, Search, SearchCursor};
use chinwag_chat::{MessageView, RoomId, Seq, StoreError, Timestamp, UserId};
use rusqlite::{Connection, params};

use crate::SqliteStore;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};
use crate::messages::one_view;
use crate::query::{all, one};
use index::{first_id, time_of};

/// Up to so many rooms the index is asked for messages of these only; beyond, whether one may read what was found is looked
/// up for each.
const FEW_ROOMS: usize = 64;

/// How many messages are looked at that hold the words but may not be read, before the caller is asked to go on.
const MAX_PASSED_OVER: usize = 10_000;

/// How many of the newest messages are looked at for words that are only begun, and how much text.
const NEWEST_LOOKED_AT: usize = 2_000;
const NEWEST_BYTES: usize = 1024 * 1024;

/// Whether user `$user` may find message `m`: as a member, or where `$room` is not null because it is the room that was named
/// and public.
macro_rules! readable {
    ($user:literal, $room:literal) => {
        concat!(
            "(",
            $room,
            " IS NULL OR m.room = ",
            $room,
            ") AND (EXISTS (SELECT 1 FROM members x WHERE x.room = m.room AND x.user = ",
            $user,
            ") OR (",
            $room,
            " IS NOT NULL AND EXISTS (SELECT 1 FROM rooms r WHERE r.id = m.room AND r.kind = 'public')))"
        )
    };
}

/// The newest messages below the number `?1` and from `?2` on, whatever they say, at most `?5`; and whether user `?3` may find
/// them.
const NEWEST: &str = concat!(
    "SELECT m.search_id, m.room, m.seq, ",
    readable!("?3", "?4"),
    ", m.sender, m.text FROM messages m INDEXED BY messages_by_search_id
     WHERE m.search_id < ?1 AND m.search_id >= ?2 ORDER BY m.search_id DESC LIMIT ?5"
);

/// The same of room `?4`.
const NEWEST_OF_ROOM: &str = concat!(
    "SELECT m.search_id, m.room, m.seq, ",
    readable!("?3", "?4"),
    ", m.sender, m.text FROM messages m
     WHERE m.room = ?4 AND m.search_id < ?1 AND m.search_id >= ?2 ORDER BY m.seq DESC LIMIT ?5"
);

/// The messages that fit `?1` below the number `?2` and from `?3` on, the newest first; and whether user `?4` may find
/// them there: as a member, or where `?5` is not null because it is the room that was named and public.
pub(crate) const FOUND: &str = concat!(
    "SELECT m.search_id, m.room, m.seq, ",
    readable!("?4", "?5"),
    " FROM message_words CROSS JOIN messages m INDEXED BY messages_by_search_id ON m.search_id = message_words.rowid
      WHERE message_words MATCH ?1 AND message_words.rowid < ?2 AND message_words.rowid >= ?3
      ORDER BY message_words.rowid DESC"
);

#[async_trait]
impl Search for SqliteStore {
    async fn search(&self, user: &UserId, search: &MessageSearch) -> Result<FoundMessages, StoreError> {
        let (user, search) = (user.clone(), search.clone());
        self.readers.read(move |connection| find(connection, &user, &search)).await
    }
}

fn find(connection: &Connection, user: &UserId, search: &MessageSearch) -> Result<FoundMessages, Fault> {
    let mut page = Page {
        connection,
        user,
        search,
        found: FoundMessages { messages: vec![], next: None },
        bytes: 0,
        last: None,
    };
    let Some(asked) = asked(connection, user, search)? else { return Ok(page.found) };
    let end = end(connection, search)?;
    let begin = search.after.map_or(0, first_id);
    // The index gathers all words that begin so before it gives the first message.
    if search.query.terms().iter().any(|term| term.is_prefix)
        && let Some(places) = among_newest(connection, user, search, (begin, end))?
    {
        for place in places {
            if matches!(page.take(place, true)?, Taken::Full) {
                break;
            }
        }
        return Ok(page.found);
    }
    let room = search.room.map(RoomId::to_bytes);
    let mut statement = connection.prepare_cached(FOUND)?;
    let mut rows = statement.query(params![asked, end, begin, user.as_str(), room])?;
    let mut passed_over = 0;
    while let Some(row) = rows.next()? {
        let mut fields = Fields::of(row);
        let place = place(&mut fields)?;
        if passed_over == MAX_PASSED_OVER {
            page.found.next = page.last;
            break;
        }
        match page.take(place, fields.flag()?)? {
            Taken::Full => break,
            Taken::No => passed_over += 1,
            Taken::Yes => {}
        }
    }
    Ok(page.found)
}

/// The places of what is looked for among the newest messages, one more than are wanted; nothing where there are not that many.
fn among_newest(
    connection: &Connection,
    user: &UserId,
    search: &MessageSearch,
    (begin, end): (i64, i64),
) -> Result<Option<Vec<SearchCursor>>, Fault> {
    let sql = if search.room.is_some() { NEWEST_OF_ROOM } else { NEWEST };
    let room = search.room.map(RoomId::to_bytes);
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![end, begin, user.as_str(), room, limit(NEWEST_LOOKED_AT)])?;
    let mut places = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let mut fields = Fields::of(row);
        let place = place(&mut fields)?;
        let (is_readable, sender, text) = (fields.flag()?, fields.text()?, fields.text()?);
        bytes += text.len();
        if bytes > NEWEST_BYTES {
            return Ok(None);
        }
        let is_from = search.from.as_ref().is_none_or(|from| from.as_str() == sender);
        if is_readable && is_from && search.query.matches(text) {
            places.push(place);
            if places.len() > search.limit {
                return Ok(Some(places));
            }
        }
    }
    Ok(None)
}

/// `search_id, room, seq`.
fn place(fields: &mut Fields<'_>) -> Result<SearchCursor, Fault> {
    Ok(SearchCursor { at: time_of(fields.number()?), room: fields.room_id()?, seq: fields.seq()? })
}

/// A page that is being filled.
struct Page<'a> {
    connection: &'a Connection,
    user: &'a UserId,
    search: &'a MessageSearch,
    found: FoundMessages,
    bytes: usize,
    /// What was looked at last.
    last: Option<SearchCursor>,
}

/// What became of a message.
enum Taken {
    /// It is in the page.
    Yes,
    /// It is none that is looked for.
    No,
    /// It has no place in the page any more.
    Full,
}

impl Page<'_> {
    fn take(&mut self, place: SearchCursor, is_readable: bool) -> Result<Taken, Fault> {
        let Self { connection, user, search, .. } = *self;
        let view = wanted(connection, user, search, (place.room, place.seq), is_readable)?;
        let taken = match view {
            Some(view) => {
                self.bytes += view.message.text.as_str().len();
                let messages = &mut self.found.messages;
                if messages.len() == search.limit || (self.bytes > PAGE_BYTES && !messages.is_empty()) {
                    self.found.next = self.last;
                    return Ok(Taken::Full);
                }
                messages.push(view);
                Taken::Yes
            }
            None => Taken::No,
        };
        self.last = Some(place);
        Ok(taken)
    }
}

/// The message, if it is one that is looked for.
fn wanted(
    connection: &Connection,
    user: &UserId,
    search: &MessageSearch,
    (room, seq): (RoomId, Seq),
    is_readable: bool,
) -> Result<Option<MessageView>, Fault> {
    let view = if is_readable { one_view(connection, room, user, seq)? } else { None };
    Ok(view.filter(|view| search.from.as_ref().is_none_or(|from| view.message.sender.id == *from)))
}

/// The question to the index; nothing where there is no room to look in.
fn asked(connection: &Connection, user: &UserId, search: &MessageSearch) -> Result<Option<String>, Fault> {
    let mut asked = words_asked(&search.query);
    asked.extend(search.from.as_ref().map(|from| format!("\"{}\"", sender_tag(from))));
    if let Some(room) = search.room {
        asked.push(format!("\"{}\"", room_tag(room)));
    } else {
        let rooms = all(
            connection,
            "SELECT room FROM members WHERE user = ?1 LIMIT ?2",
            params![user.as_str(), limit(FEW_ROOMS + 1)],
            |mut fields| fields.room_id(),
        )?;
        if rooms.is_empty() {
            return Ok(None);
        }
        if rooms.len() <= FEW_ROOMS {
            let tags: Vec<String> = rooms.into_iter().map(|room| format!("\"{}\"", room_tag(room))).collect();
            asked.push(format!("({})", tags.join(" OR ")));
        }
    }
    Ok(Some(asked.join(" AND ")))
}

/// Words have letters and digits only, so nothing in them can be taken for the index's own language.
fn words_asked(query: &SearchQuery) -> Vec<String> {
    let phrase =
        |term: &Term| format!("\"{}\"{}", term.words.join(" "), if term.is_prefix { "*" } else { "" });
    query.terms().iter().map(phrase).collect()
}

/// The number that all that is looked for lies below.
fn end(connection: &Connection, search: &MessageSearch) -> Result<i64, Fault> {
    let before = search.before.map_or(i64::MAX, first_id);
    let Some(SearchCursor { at, room, seq }) = search.cursor else { return Ok(before) };
    let sql = "SELECT search_id FROM messages WHERE room = ?1 AND seq = ?2 AND search_id IS NOT NULL";
    let which = params![room.to_bytes(), signed(seq.0)];
    let kept = one(connection, sql, which, |mut fields| fields.number().map(signed))?;
    // Where it was deleted meanwhile, others of the same millisecond come again rather than never.
    let next_ms = Timestamp::from_unix_ms(at.unix_ms().saturating_add(1));
    Ok(before.min(kept.unwrap_or_else(|| first_id(next_ms))))
}

#[cfg(test)]
mod tests;
