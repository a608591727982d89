//! The port [`Search`]: there is no index of words. The messages of the rooms that the user may read are read, the newest
//! first, so many for one answer; whoever wants more goes on from where it ended.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

use async_trait::async_trait;
use chinwag_chat::store::{FoundMessages, MessageSearch, PAGE_BYTES, Search, SearchCursor};
use chinwag_chat::{Message, RoomId, Seq, StoreError, Timestamp, UserId};

use crate::DynamoStore;
use crate::item::Key;
use crate::keys;
use crate::page;
use crate::people::parsed;
use crate::records::{MessageRecord, RoomRecord};
use crate::table::{Range, Table};
use crate::view;

/// How many messages are read for one answer.
const MAX_READ: usize = 2_000;
/// How many at once.
const READ_AT_ONCE: usize = 100;
/// How many places of a room are asked for at once.
const PLACES_AT_ONCE: usize = 100;

#[async_trait]
impl Search for DynamoStore {
    async fn search(&self, user: &UserId, search: &MessageSearch) -> Result<FoundMessages, StoreError> {
        let nothing = FoundMessages { messages: vec![], next: None };
        if search.query.terms().is_empty() || search.limit == 0 {
            return Ok(nothing);
        }
        let rooms = match search.room {
            Some(room) => self.readable(room, user).await?.map(|(room, _)| room).into_iter().collect(),
            None => self.active_rooms_of(user).await?,
        };
        let mut places = Places::of(&self.table, rooms, search);
        let mut found: Vec<MessageRecord> = Vec::new();
        let (mut read, mut last) = (0, None);
        while found.len() <= search.limit && read < MAX_READ {
            let some = places.next(READ_AT_ONCE).await?;
            let Some(place) = some.last() else {
                last = None;
                break;
            };
            (read, last) = (read + some.len(), Some(*place));
            found.extend(self.matching(&some, search).await?);
        }
        let bytes = |record: &MessageRecord| record.message.text.as_str().len();
        let (found, has_more) = page::cut(found, search.limit, PAGE_BYTES, bytes);
        // Behind the last one that is told, or behind all that was read.
        let next = if has_more { found.last().map(|record| place(&record.message)) } else { last };
        let mut messages = Vec::with_capacity(found.len());
        for record in found {
            let room = record.message.room;
            messages.extend(view::messages(&self.table, room, user, vec![record]).await?);
        }
        Ok(FoundMessages { messages, next })
    }
}

impl DynamoStore {
    /// Those of the messages at these places that are looked for, in that order.
    async fn matching(
        &self,
        places: &[SearchCursor],
        search: &MessageSearch,
    ) -> Result<Vec<MessageRecord>, StoreError> {
        let wanted: Vec<Key> = places.iter().map(|place| keys::message(place.room, place.seq)).collect();
        let mut known: HashMap<(RoomId, Seq), MessageRecord> = HashMap::new();
        for record in view::records(&self.table.get_many(&wanted).await?)? {
            known.insert((record.message.room, record.message.seq), record);
        }
        let in_order = places.iter().filter_map(|place| known.remove(&(place.room, place.seq)));
        Ok(in_order.filter(|record| is_wanted(search, &record.message)).collect())
    }
}

fn is_wanted(search: &MessageSearch, message: &Message) -> bool {
    !message.is_deleted()
        && search.from.as_ref().is_none_or(|from| message.sender.id == *from)
        && search.query.matches(message.text.as_str())
}

const fn place(message: &Message) -> SearchCursor {
    SearchCursor { at: message.created_at, room: message.room, seq: message.seq }
}

/// The places of the messages of many rooms, the newest first. A room is asked for its own only when one of them may be
/// next.
struct Places<'a> {
    table: &'a Table,
    /// The rooms that were not asked yet, the most recently active first.
    unasked: VecDeque<RoomRecord>,
    asked: HashMap<RoomId, OfRoom>,
    /// The newest place of each room that has any left.
    newest: BinaryHeap<SearchCursor>,
    /// Nothing at this time or later.
    end: Option<Timestamp>,
    /// Nothing before this time.
    begin: Timestamp,
    cursor: Option<SearchCursor>,
}

/// What is known of one room's places.
struct OfRoom {
    /// Those behind the one that is in the heap.
    waiting: VecDeque<SearchCursor>,
    /// The last one that was read of the index, where there may be more.
    more_after: Option<String>,
}

impl<'a> Places<'a> {
    fn of(table: &'a Table, rooms: Vec<RoomRecord>, search: &MessageSearch) -> Self {
        let mut rooms: Vec<RoomRecord> = rooms.into_iter().filter(|room| room.seq > Seq::ZERO).collect();
        rooms.sort_unstable_by_key(|room| Reverse(room.active_at));
        Self {
            table,
            unasked: rooms.into(),
            asked: HashMap::new(),
            newest: BinaryHeap::new(),
            end: search.before,
            begin: search.after.unwrap_or_default(),
            cursor: search.cursor,
        }
    }

    /// The next places, at most so many; none where there are no more.
    async fn next(&mut self, most: usize) -> Result<Vec<SearchCursor>, StoreError> {
        let mut places = Vec::with_capacity(most);
        while places.len() < most {
            let newest = self.newest.peek().copied();
            let may_be_newer =
                |room: &mut RoomRecord| newest.is_none_or(|newest| room.active_at >= newest.at);
            if let Some(room) = self.unasked.pop_front_if(may_be_newer) {
                let of_room = OfRoom { waiting: VecDeque::new(), more_after: Some("~".to_owned()) };
                self.asked.insert(room.id, of_room);
                self.refill(room.id).await?;
                continue;
            }
            let Some(place) = self.newest.pop() else { break };
            places.push(place);
            self.refill(place.room).await?;
        }
        Ok(places)
    }

    /// Puts a room's next place into the heap.
    async fn refill(&mut self, room: RoomId) -> Result<(), StoreError> {
        let Some(of_room) = self.asked.get_mut(&room) else { return Ok(()) };
        while of_room.waiting.is_empty()
            && let Some(before) = of_room.more_after.take()
        {
            let first = keys::time_digits(self.begin);
            // Whatever is at a later time than the cursor's was told before.
            let last = self
                .cursor
                .map_or(before.clone(), |cursor| before.min(format!("{}~", keys::time_digits(cursor.at))));
            let last = self.end.map_or(last.clone(), |end| last.min(keys::time_digits(end)));
            if first > last {
                break;
            }
            let range = Range::between(keys::said_partition(room), first, last);
            let found = self.table.indexed(&range.newest_first().limit(PLACES_AT_ONCE)).await?;
            if found.len() >= PLACES_AT_ONCE {
                // The one before it: a number is never written with a character smaller than this one.
                of_room.more_after = found.last().map(|(place, _)| before_of(place));
            }
            for (isk, _) in found {
                let (at, seq) = isk.split_once('#').unwrap_or_default();
                let at = Timestamp::from_unix_ms(parsed(at)?);
                let place = SearchCursor { at, room, seq: Seq(parsed(seq)?) };
                if self.cursor.is_none_or(|cursor| place < cursor) {
                    of_room.waiting.push_back(place);
                }
            }
        }
        self.newest.extend(of_room.waiting.pop_front());
        Ok(())
    }
}

/// The last place that is before that one.
fn before_of(place: &str) -> String {
    let (at, seq) = place.split_once('#').unwrap_or_default();
    let seq: u64 = seq.parse().unwrap_or(0);
    format!("{at}#{}", keys::digits(seq.saturating_sub(1)))
}
