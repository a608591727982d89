//! The port [`Keys`].

use async_trait::async_trait;
use chinwag_chat::rules::{may_keep_hooks, may_keep_keys};
use chinwag_chat::store::{CommitError, Keys, Page};
use chinwag_chat::{
    Key, KeyHolder, KeyId, KeyName, KeysOf, NewHolder, NewKey, NewUser, Refusal, Role, RoomId, RoomKind,
    StoreError, Timestamp, TokenHash, User, UserId,
};
use rusqlite::{Connection, params};

use crate::SqliteStore;
use crate::administration::{note_down, standing};
use crate::fault::Fault;
use crate::fields::{Fields, limit};
use crate::page::page;
use crate::query::{all, one};
use crate::users;

const BOTS: &str = "
    SELECT u.id, u.name, u.display_name, u.avatar, u.bot FROM bots b JOIN users u ON u.id = b.user
    WHERE b.user > ?1 ORDER BY b.user LIMIT ?2";

/// Keys of which something is true; the fields are those of [`key`].
macro_rules! keys {
    ($which:literal) => {
        concat!(
            "SELECT k.id, k.kind, u.id, u.name, u.display_name, u.avatar, u.bot, k.room, k.name, k.created_at, k.last_used_at
             FROM keys k LEFT JOIN users u ON u.id = k.user WHERE ",
            $which
        )
    };
}

const OF_BOT: &str = keys!("k.kind = 'bot' AND k.user = ?1 ORDER BY k.id");
const OF_SERVERS: &str = keys!("k.kind = 'server' ORDER BY k.id");
const OF_ROOM: &str = keys!("k.kind = 'hook' AND k.room = ?1 ORDER BY k.id");
const BY_HASH: &str = keys!("k.hash = ?1 AND (u.id IS NULL OR NOT u.disabled)");
const BY_ID: &str = keys!("k.id = ?1 AND (u.id IS NULL OR NOT u.disabled)");

/// What kind of room it is, and the role that somebody has there who may come in.
const ROLE: &str = "
    SELECT r.kind, (SELECT m.role FROM members m JOIN users u ON u.id = m.user
                    WHERE m.room = r.id AND m.user = ?2 AND NOT u.disabled)
    FROM rooms r WHERE r.id = ?1";

const INSERT: &str = "
    INSERT INTO keys (id, hash, kind, user, room, name, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

#[async_trait]
impl Keys for SqliteStore {
    async fn create_key(&self, key: NewKey, by: Option<&UserId>) -> Result<(), CommitError> {
        let by = by.cloned();
        let created = self.writer.write(move |transaction| create(transaction, &key, by.as_ref()));
        Ok(created.await??)
    }

    async fn bots(&self, after: Option<&UserId>, items: usize) -> Result<Page<User>, StoreError> {
        // Every id is greater than the empty text.
        let after = after.map_or_else(String::new, ToString::to_string);
        let found = self.readers.read(move |connection| {
            let params = params![after, limit(items.saturating_add(1))];
            all(connection, BOTS, params, |mut fields| fields.user())
        });
        Ok(page(found.await?, items))
    }

    async fn is_bot(&self, user: &UserId) -> Result<bool, StoreError> {
        let user = user.clone();
        self.readers.read(move |connection| is_bot(connection, &user)).await
    }

    async fn keys(&self, of: &KeysOf) -> Result<Vec<Key>, StoreError> {
        let of = of.clone();
        self.readers.read(move |connection| keys_of(connection, &of)).await
    }

    async fn key_by_secret(&self, hash: TokenHash) -> Result<Option<Key>, StoreError> {
        self.look_ups.ask(move |connection| one(connection, BY_HASH, params![hash.0], key)).await
    }

    async fn keys_by_id(&self, ids: &[KeyId]) -> Result<Vec<Key>, StoreError> {
        let ids = ids.to_vec();
        let found = self.readers.read(move |connection| {
            let found = ids.iter().map(|id| one(connection, BY_ID, params![id.to_bytes()], key));
            found.filter_map(Result::transpose).collect()
        });
        found.await
    }

    async fn touch_key(&self, id: KeyId, at: Timestamp) -> Result<(), StoreError> {
        let touched = self.writer.write(move |transaction| {
            let sql = "UPDATE keys SET last_used_at = max(coalesce(last_used_at, ?2), ?2) WHERE id = ?1";
            transaction.prepare_cached(sql)?.execute(params![id.to_bytes(), at.unix_ms()])?;
            Ok(())
        });
        touched.await
    }

    async fn delete_key(
        &self,
        id: KeyId,
        of: &KeysOf,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<Key, CommitError> {
        let (of, by) = (of.clone(), by.cloned());
        let deleted = self.writer.write(move |transaction| {
            if let Err(refusal) = may_keep(transaction, &of, by.as_ref())? {
                return Ok(Err(refusal));
            }
            let theirs = keys_of(transaction, &of)?.into_iter().find(|key| key.id == id);
            let Some(key) = theirs else { return Ok(Err(of.unknown())) };
            transaction.prepare_cached("DELETE FROM keys WHERE id = ?1")?.execute(params![id.to_bytes()])?;
            note_down(transaction, &key.end(by.as_ref()), at)?;
            Ok(Ok(key))
        });
        Ok(deleted.await??)
    }
}

fn create(transaction: &Connection, key: &NewKey, by: Option<&UserId>) -> Result<Result<(), Refusal>, Fault> {
    let of = key.of();
    if let Err(refusal) = may_keep(transaction, &of, by)? {
        return Ok(Err(refusal));
    }
    if let NewHolder::Bot(bot) = &key.holder
        && !is_bot(transaction, bot)?
    {
        return Ok(Err(Refusal::UnknownBot));
    }
    if keys_of(transaction, &of)?.len() >= of.most() {
        return Ok(Err(of.full()));
    }
    if let NewHolder::NewBot(bot) | NewHolder::Hook { bot, .. } = &key.holder
        && !users::insert(transaction, bot)?
    {
        return Ok(Err(Refusal::NameTaken));
    }
    let (kind, user, room) = match &key.holder {
        NewHolder::NewBot(NewUser { user, .. }) => {
            let sql = "INSERT INTO bots (user) VALUES (?1)";
            transaction.prepare_cached(sql)?.execute(params![user.id.as_str()])?;
            ("bot", Some(&user.id), None)
        }
        NewHolder::Bot(bot) => ("bot", Some(bot), None),
        NewHolder::Server => ("server", None, None),
        NewHolder::Hook { bot, room } => ("hook", Some(&bot.user.id), Some(*room)),
    };
    transaction.prepare_cached(INSERT)?.execute(params![
        key.id.to_bytes(),
        key.hash.0,
        kind,
        user.map(UserId::as_str),
        room.map(RoomId::to_bytes),
        key.name.as_ref().map(KeyName::as_str),
        key.created_at.unix_ms(),
    ])?;
    note_down(transaction, &key.beginning(by), key.created_at)?;
    Ok(Ok(()))
}

/// Whether somebody may make and withdraw such keys.
fn may_keep(connection: &Connection, of: &KeysOf, by: Option<&UserId>) -> Result<Result<(), Refusal>, Fault> {
    let KeysOf::Room(room) = of else {
        let by = match by {
            None => None,
            Some(by) => match standing(connection, by)? {
                None => return Ok(Err(Refusal::UnknownUser)),
                known => known,
            },
        };
        return Ok(may_keep_keys(by.as_ref()));
    };
    let params = params![room.to_bytes(), by.map(UserId::as_str)];
    let found = one(connection, ROLE, params, |mut fields| -> Result<(RoomKind, Option<Role>), Fault> {
        Ok((fields.parsed()?, fields.optional_parsed()?))
    })?;
    Ok(match (found, by) {
        (None, _) => Err(Refusal::UnknownRoom),
        (Some(_), None) => Ok(()),
        (Some((kind, role)), Some(_)) => may_keep_hooks(kind, role),
    })
}

fn is_bot(connection: &Connection, user: &UserId) -> Result<bool, Fault> {
    let found = one(connection, "SELECT 1 FROM bots WHERE user = ?1", params![user.as_str()], |_| Ok(()))?;
    Ok(found.is_some())
}

fn keys_of(connection: &Connection, of: &KeysOf) -> Result<Vec<Key>, Fault> {
    match of {
        KeysOf::Bot(bot) => all(connection, OF_BOT, params![bot.as_str()], key),
        KeysOf::Servers => all(connection, OF_SERVERS, [], key),
        KeysOf::Room(room) => all(connection, OF_ROOM, params![room.to_bytes()], key),
    }
}

/// `id, kind`, the user, `room, name, created_at, last_used_at`.
fn key(mut fields: Fields<'_>) -> Result<Key, Fault> {
    let (id, kind) = (KeyId::from_bytes(fields.bytes()?), fields.text()?);
    let (user, room) = (fields.optional_user()?, fields.optional_room_id()?);
    let holder = match (kind, user, room) {
        ("bot", Some(bot), None) => KeyHolder::Bot(bot),
        ("server", None, None) => KeyHolder::Server,
        ("hook", Some(bot), Some(room)) => KeyHolder::Hook { bot, room },
        _ => return Err(Fault::damaged("a key is of nobody")),
    };
    let name = fields.optional_parsed()?;
    Ok(Key { id, holder, name, created_at: fields.time()?, last_used_at: fields.optional_time()? })
}
