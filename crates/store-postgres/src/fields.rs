//! Takes a row apart, field by field in the order of the query.

use std::fmt::Display;
use std::str::FromStr;

use chinwag_chat::{
    Details, DirectKey, FileId, Head, Member, Message, MessageId, MessageText, NotificationSettings, Rev,
    Room, RoomId, RoomKind, RoomSettings, Seq, Timestamp, User, UserId,
};
use sqlx::postgres::PgRow;
use sqlx::{Decode, Postgres, Row as _, Type, ValueRef as _};

use crate::fault::Fault;

/// The fields of a row that are still to be read.
pub(crate) struct Fields<'row> {
    row: &'row PgRow,
    next: usize,
}

impl<'row> Fields<'row> {
    pub(crate) fn of(row: &'row PgRow) -> Self {
        Self { row, next: 0 }
    }

    fn value<T: Decode<'row, Postgres> + Type<Postgres>>(&mut self) -> Result<T, Fault> {
        let value = self.row.try_get(self.next)?;
        self.next += 1;
        Ok(value)
    }

    pub(crate) fn blob(&mut self) -> Result<Vec<u8>, Fault> {
        self.value()
    }

    /// Passes over fields that are not wanted.
    pub(crate) fn skip(&mut self, fields: usize) {
        self.next += fields;
    }

    /// Whether the next field is null.
    pub(crate) fn is_null(&self) -> Result<bool, Fault> {
        Ok(self.row.try_get_raw(self.next)?.is_null())
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Fault> {
        self.value()
    }

    pub(crate) fn text(&mut self) -> Result<&'row str, Fault> {
        self.value()
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<&'row str>, Fault> {
        self.value()
    }

    /// A text that must be of the type's form.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&mut self) -> Result<T, Fault> {
        parse(self.text()?)
    }

    pub(crate) fn optional_parsed<T: FromStr<Err: Display>>(&mut self) -> Result<Option<T>, Fault> {
        self.optional_text()?.map(parse).transpose()
    }

    pub(crate) fn number(&mut self) -> Result<u64, Fault> {
        u64::try_from(self.value::<i64>()?).map_err(|_| Fault::damaged("a number is negative"))
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
        self.value().map(Timestamp::from_unix_ms)
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

    pub(crate) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        sized(self.value()?)
    }

    pub(crate) fn room_id(&mut self) -> Result<RoomId, Fault> {
        self.bytes().map(RoomId::from_bytes)
    }

    pub(crate) fn user_ids(&mut self) -> Result<Vec<UserId>, Fault> {
        let ids: Vec<String> = self.value()?;
        ids.iter().map(|id| parse(id)).collect()
    }

    pub(crate) fn room_ids(&mut self) -> Result<Vec<RoomId>, Fault> {
        let ids: Vec<Vec<u8>> = self.value()?;
        ids.iter().map(|id| Ok(RoomId::from_bytes(sized(id)?))).collect()
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

    pub(crate) fn optional_file_id(&mut self) -> Result<Option<FileId>, Fault> {
        if self.is_null()? {
            self.skip(1);
            return Ok(None);
        }
        self.bytes().map(FileId::from_bytes).map(Some)
    }

    /// The same, all null where there is nobody.
    pub(crate) fn optional_user(&mut self) -> Result<Option<User>, Fault> {
        if self.is_null()? {
            self.skip(5);
            return Ok(None);
        }
        self.user().map(Some)
    }

    /// `role, joined_at, read_seq, delivered_seq, muted_until, posted_at, blocked`.
    pub(crate) fn member(&mut self, user: User) -> Result<Member, Fault> {
        Ok(Member {
            user,
            role: self.parsed()?,
            joined_at: self.time()?,
            read_seq: self.seq()?,
            delivered_seq: self.seq()?,
            muted_until: self.optional_time()?,
            posted_at: self.optional_time()?,
            is_blocked: self.flag()?,
        })
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

    /// `id, kind, name, direct_key, head_seq, head_rev, member_count, created_at, active_at, settings`.
    pub(crate) fn room(&mut self) -> Result<Room, Fault> {
        Ok(Room {
            id: self.room_id()?,
            kind: self.parsed()?,
            name: self.optional_parsed()?,
            direct: self.optional_text()?.map(|key| DirectKey::from_stored(key.to_owned())),
            head: self.head()?,
            member_count: self.number()?,
            created_at: self.time()?,
            active_at: self.time()?,
            settings: self.settings()?,
        })
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

    /// What most messages have none of.
    fn details(&mut self) -> Result<Details, Fault> {
        Details::from_stored(self.optional_text()?).map_err(Fault::damaged)
    }
}

fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, Fault> {
    text.parse().map_err(Fault::damaged)
}

fn sized<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Fault> {
    bytes.try_into().map_err(|_| Fault::damaged("an id has another length"))
}

/// A number on its way into the store or a comparison. PostgreSQL's are signed; nothing that is stored comes near the
/// end.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A `LIMIT`.
pub(crate) fn limit(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}
