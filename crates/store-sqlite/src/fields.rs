//! Takes a row apart, field by field in the order of the query.

use std::fmt::Display;
use std::str::FromStr;

use chinwag_chat::{
    Details, FileId, Head, Message, MessageId, MessageText, NotificationSettings, Rev, RoomId, RoomKind,
    RoomSettings, Seq, Timestamp, User,
};
use rusqlite::Row;
use rusqlite::types::ValueRef;

use crate::fault::Fault;

/// The fields of a row that are still to be read.
pub(crate) struct Fields<'row> {
    row: &'row Row<'row>,
    next: usize,
}

impl<'row> Fields<'row> {
    pub(crate) fn of(row: &'row Row<'row>) -> Self {
        Self { row, next: 0 }
    }

    fn value(&mut self) -> Result<ValueRef<'row>, Fault> {
        let value = self.row.get_ref(self.next)?;
        self.next += 1;
        Ok(value)
    }

    /// Passes over fields that are not wanted.
    pub(crate) fn skip(&mut self, fields: usize) {
        self.next += fields;
    }

    /// Whether the next field is null.
    pub(crate) fn is_null(&self) -> Result<bool, Fault> {
        Ok(matches!(self.row.get_ref(self.next)?, ValueRef::Null))
    }

    pub(crate) fn text(&mut self) -> Result<&'row str, Fault> {
        self.value()?.as_str().map_err(Fault::damaged)
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<&'row str>, Fault> {
        self.value()?.as_str_or_null().map_err(Fault::damaged)
    }

    /// A text that must be of the type's form.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&mut self) -> Result<T, Fault> {
        parse(self.text()?)
    }

    pub(crate) fn optional_parsed<T: FromStr<Err: Display>>(&mut self) -> Result<Option<T>, Fault> {
        self.optional_text()?.map(parse).transpose()
    }

    pub(crate) fn number(&mut self) -> Result<u64, Fault> {
        let number = self.value()?.as_i64().map_err(Fault::damaged)?;
        u64::try_from(number).map_err(|_| Fault::damaged("a number is negative"))
    }

    pub(crate) fn optional_number(&mut self) -> Result<Option<u64>, Fault> {
        if self.is_null()? {
            self.skip(1);
            return Ok(None);
        }
        self.number().map(Some)
    }

    pub(crate) fn seq(&mut self) -> Result<Seq, Fault> {
        self.number().map(Seq)
    }

    pub(crate) fn rev(&mut self) -> Result<Rev, Fault> {
        self.number().map(Rev)
    }

    pub(crate) fn head(&mut self) -> Result<Head, Fault> {
        Ok(Head { seq: self.seq()?, rev: self.rev()? })
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, Fault> {
        Ok(Timestamp::from_unix_ms(self.value()?.as_i64().map_err(Fault::damaged)?))
    }

    pub(crate) fn optional_time(&mut self) -> Result<Option<Timestamp>, Fault> {
        if self.is_null()? {
            self.skip(1);
            return Ok(None);
        }
        self.time().map(Some)
    }

    /// `notify, silent_until` of a member of a room of that kind.
    pub(crate) fn notifications(&mut self, kind: RoomKind) -> Result<NotificationSettings, Fault> {
        Ok(NotificationSettings::kept(kind, self.optional_parsed()?, self.optional_time()?))
    }

    pub(crate) fn blob(&mut self) -> Result<Vec<u8>, Fault> {
        Ok(self.value()?.as_blob().map_err(Fault::damaged)?.to_vec())
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let bytes = self.value()?.as_blob().map_err(Fault::damaged)?;
        bytes.try_into().map_err(|_| Fault::damaged("an id has another length"))
    }

    pub(crate) fn room_id(&mut self) -> Result<RoomId, Fault> {
        self.bytes().map(RoomId::from_bytes)
    }

    /// `id, name, display_name, avatar, bot`, all null where there is nobody.
    pub(crate) fn optional_user(&mut self) -> Result<Option<User>, Fault> {
        if self.is_null()? {
            self.skip(5);
            return Ok(None);
        }
        self.user().map(Some)
    }

    pub(crate) fn optional_room_id(&mut self) -> Result<Option<RoomId>, Fault> {
        if self.is_null()? {
            self.skip(1);
            return Ok(None);
        }
        self.room_id().map(Some)
    }

    pub(crate) fn optional_json(&mut self) -> Result<Option<serde_json::Value>, Fault> {
        self.optional_text()?.map(|json| serde_json::from_str(json).map_err(Fault::damaged)).transpose()
    }

    /// How a room is set up, null where nothing is.
    pub(crate) fn settings(&mut self) -> Result<RoomSettings, Fault> {
        RoomSettings::from_stored(self.optional_text()?).map_err(Fault::damaged)
    }

    /// `id, name, display_name, avatar, bot`.
    pub(crate) fn user(&mut self) -> Result<User, Fault> {
        Ok(User {
            id: self.parsed()?,
            name: self.parsed()?,
            display_name: self.parsed()?,
            avatar: self.optional_file_id()?,
            bot: self.flag()?,
        })
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Fault> {
        Ok(self.number()? != 0)
    }

    pub(crate) fn optional_file_id(&mut self) -> Result<Option<FileId>, Fault> {
        if self.is_null()? {
            self.skip(1);
            return Ok(None);
        }
        self.bytes().map(FileId::from_bytes).map(Some)
    }

    /// What a message has besides, null where it has nothing.
    fn details(&mut self) -> Result<Details, Fault> {
        Details::from_stored(self.optional_text()?).map_err(Fault::damaged)
    }

    /// `seq, rev, id, client_id, created_at, text, details` and the sender.
    pub(crate) fn message(&mut self, room: RoomId) -> Result<Message, Fault> {
        Ok(Message {
            seq: self.seq()?,
            rev: self.rev()?,
            id: MessageId::from_bytes(self.bytes()?),
            client_id: self.parsed()?,
            created_at: self.time()?,
            text: MessageText::from_stored(self.text()?),
            details: self.details()?,
            sender: self.user()?,
            room,
        })
    }
}

fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, Fault> {
    text.parse().map_err(Fault::damaged)
}

/// A number on its way into the store or a comparison. SQLite's are signed; nothing that is stored comes near the end.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A `LIMIT`.
pub(crate) fn limit(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}
