//! The port [`Keys`].

pub(crate) mod making;

use async_trait::async_trait;
use chinwag_chat::rules::{may_keep_hooks, may_keep_keys};
use chinwag_chat::store::{Administration as _, CommitError, Keys, Page};
use chinwag_chat::{
    Key, KeyHolder, KeyId, KeysOf, NewHolder, NewKey, Refusal, Role, RoomId, RoomKind, StoreError, Timestamp,
    TokenHash, User, UserId,
};

use crate::PostgresStore;
use crate::administration::page;
use crate::fault::Fault;
use crate::fields::{Fields, limit};
use making::Making;

pub(crate) const BOTS: &str = "
    SELECT u.id, u.name, u.display_name, u.avatar, u.bot FROM bots b JOIN users u ON u.id = b.user_id
    WHERE b.user_id > $1 ORDER BY b.user_id LIMIT $2";

const IS_BOT: &str = "SELECT 1 FROM bots WHERE user_id = $1";

/// Keys of which something is true; the fields are those of [`key`].
macro_rules! keys {
    ($which:literal) => {
        concat!(
            "SELECT k.id, k.kind, u.id, u.name, u.display_name, u.avatar, u.bot, k.room, k.name, k.created_at, k.last_used_at
             FROM keys k LEFT JOIN users u ON u.id = k.user_id WHERE ",
            $which
        )
    };
}

pub(crate) const OF_BOT: &str = keys!("k.kind = 'bot' AND k.user_id = $1 ORDER BY k.id");
pub(crate) const OF_SERVERS: &str = keys!("k.kind = 'server' ORDER BY k.id");
pub(crate) const OF_ROOM: &str = keys!("k.kind = 'hook' AND k.room = $1 ORDER BY k.id");
pub(crate) const BY_HASH: &str = keys!("k.hash = $1 AND (u.id IS NULL OR NOT u.disabled)");
pub(crate) const BY_IDS: &str = keys!("k.id = ANY ($1) AND (u.id IS NULL OR NOT u.disabled)");

/// What kind of room it is, and the role that somebody has there who may come in.
pub(crate) const ROLE: &str = "
    SELECT r.kind, (SELECT m.role FROM members m JOIN users u ON u.id = m.user_id
                    WHERE m.room = r.id AND m.user_id = $2 AND NOT u.disabled)
    FROM rooms r WHERE r.id = $1";

pub(crate) const TOUCH: &str =
    "UPDATE keys SET last_used_at = greatest(last_used_at, $2::bigint) WHERE id = $1 RETURNING 1";

/// How often a key is made where others take the place that was free.
const ATTEMPTS: usize = 4;

#[async_trait]
impl Keys for PostgresStore {
    async fn create_key(&self, key: NewKey, by: Option<&UserId>) -> Result<(), CommitError> {
        let of = key.of();
        // For the right refusal; the statement makes sure of it.
        self.may_keep(&of, by).await?;
        if let NewHolder::Bot(bot) = &key.holder
            && !self.is_bot(bot).await?
        {
            return Err(Refusal::UnknownBot.into());
        }
        let note = key.beginning(by);
        let details = note.details.map(|details| details.to_string());
        for _ in 0..ATTEMPTS {
            let query = || making::statement(&key, by, note.action, details.as_deref());
            let made = self.pool.write(query, |mut fields| Making::read(&mut fields)).await?;
            match made.first() {
                Some(Making { is_allowed: false, .. }) | None => {
                    return Err(Refusal::PermissionDenied("this is not yours to do any more").into());
                }
                Some(Making { has_place: false, .. }) => return Err(of.full().into()),
                Some(Making { is_made: true, .. }) => return Ok(()),
                Some(_) if matches!(key.holder, NewHolder::NewBot(_)) => {
                    return Err(Refusal::NameTaken.into());
                }
                // Somebody else made one at the same moment.
                Some(_) => {}
            }
        }
        Err(StoreError::Unavailable("others make keys at this moment".to_owned()).into())
    }

    async fn bots(&self, after: Option<&UserId>, items: usize) -> Result<Page<User>, StoreError> {
        // Every id is greater than the empty text.
        let after = after.map_or("", UserId::as_str);
        let query = || sqlx::query(BOTS).bind(after).bind(limit(items.saturating_add(1)));
        Ok(page(self.pool.all(query, |mut fields| fields.user()).await?, items))
    }

    async fn is_bot(&self, user: &UserId) -> Result<bool, StoreError> {
        let query = || sqlx::query(IS_BOT).bind(user.as_str());
        Ok(self.pool.one(query, |_| Ok(())).await?.is_some())
    }

    async fn keys(&self, of: &KeysOf) -> Result<Vec<Key>, StoreError> {
        let query = || match of {
            KeysOf::Bot(bot) => sqlx::query(OF_BOT).bind(bot.as_str()),
            KeysOf::Servers => sqlx::query(OF_SERVERS),
            KeysOf::Room(room) => sqlx::query(OF_ROOM).bind(room.to_bytes()),
        };
        self.pool.all(query, key).await
    }

    async fn key_by_secret(&self, hash: TokenHash) -> Result<Option<Key>, StoreError> {
        self.pool.one(|| sqlx::query(BY_HASH).bind(hash.0), key).await
    }

    async fn keys_by_id(&self, ids: &[KeyId]) -> Result<Vec<Key>, StoreError> {
        let ids: Vec<_> = ids.iter().map(|id| id.to_bytes()).collect();
        self.pool.all(|| sqlx::query(BY_IDS).bind(&ids), key).await
    }

    async fn touch_key(&self, id: KeyId, at: Timestamp) -> Result<(), StoreError> {
        self.pool.write(|| sqlx::query(TOUCH).bind(id.to_bytes()).bind(at.unix_ms()), |_| Ok(())).await?;
        Ok(())
    }

    async fn delete_key(
        &self,
        id: KeyId,
        of: &KeysOf,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<Key, CommitError> {
        self.may_keep(of, by).await?;
        let theirs = self.keys(of).await?.into_iter().find(|key| key.id == id);
        let key = theirs.ok_or_else(|| of.unknown())?;
        let note = key.end(by);
        let details = note.details.as_ref().map(ToString::to_string);
        let query = || {
            let sql = if note.room.is_some() { making::DELETE_HOOK } else { making::DELETE };
            let query = sqlx::query(sql).bind(by.map(UserId::as_str)).bind(at.unix_ms()).bind(id.to_bytes());
            let query = query.bind(note.user.as_ref().map(UserId::as_str)).bind(note.action);
            let query = query.bind(details.as_deref());
            if let Some(room) = note.room { query.bind(room.to_bytes()) } else { query }
        };
        let gone = self.pool.write(query, |_| Ok(())).await?;
        if gone.is_empty() { Err(of.unknown().into()) } else { Ok(key) }
    }
}

impl PostgresStore {
    /// Whether somebody may make and withdraw such keys.
    async fn may_keep(&self, of: &KeysOf, by: Option<&UserId>) -> Result<(), CommitError> {
        let KeysOf::Room(room) = of else {
            let by = match by {
                None => None,
                Some(by) => Some(self.standing(by).await?.ok_or(Refusal::UnknownUser)?),
            };
            return Ok(may_keep_keys(by.as_ref())?);
        };
        let query = || sqlx::query(ROLE).bind(room.to_bytes()).bind(by.map(UserId::as_str));
        let role = |mut fields: Fields<'_>| -> Result<(RoomKind, Option<Role>), Fault> {
            Ok((fields.parsed()?, fields.optional_parsed()?))
        };
        let (kind, role) = self.pool.one(query, role).await?.ok_or(Refusal::UnknownRoom)?;
        if by.is_some() {
            may_keep_hooks(kind, role)?;
        }
        Ok(())
    }
}

/// `id, kind`, the user, `room, name, created_at, last_used_at`.
fn key(mut fields: Fields<'_>) -> Result<Key, Fault> {
    let (id, kind) = (KeyId::from_bytes(fields.bytes()?), fields.text()?);
    let (user, room): (Option<User>, Option<RoomId>) = (fields.optional_user()?, fields.optional_room_id()?);
    let holder = match (kind, user, room) {
        ("bot", Some(bot), None) => KeyHolder::Bot(bot),
        ("server", None, None) => KeyHolder::Server,
        ("hook", Some(bot), Some(room)) => KeyHolder::Hook { bot, room },
        _ => return Err(Fault::damaged("a key is of nobody")),
    };
    let name = fields.optional_parsed()?;
    Ok(Key { id, holder, name, created_at: fields.time()?, last_used_at: fields.optional_time()? })
}
