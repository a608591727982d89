//! The ports [`Profiles`] and [`Secrets`].

use async_trait::async_trait;
use chinwag_chat::search::fold;
use chinwag_chat::store::{CommitError, Profiles, Secrets};
use chinwag_chat::{About, DisplayName, FileId, Profile, ProfileChange, Refusal, StoreError, UserId, erased};

use crate::PostgresStore;
use crate::fault::Fault;
use crate::fields::Fields;

pub(crate) const PROFILE: &str = "SELECT id, name, display_name, avatar, bot, about FROM users WHERE id = $1";

/// Changes what of user `$1` is to be changed: the name if `$2` is not null, what they say if `$4`, the picture if `$6`. The
/// picture `$7` must be theirs, and `$8` is what it is for; the one before it is given up. Nothing where that cannot be.
pub(crate) const CHANGE: &str = "
    WITH before AS (
        SELECT id, avatar FROM users WHERE id = $1 AND erased_at IS NULL FOR NO KEY UPDATE
    ), wanted AS (
        SELECT id FROM files WHERE id = $7 AND owner = $1 AND purpose = $8 AND ready FOR UPDATE
    ), changed AS (
        UPDATE users u
        SET display_name = coalesce($2, u.display_name), display_folded = coalesce($3, u.display_folded),
            about = CASE WHEN $4 THEN $5 ELSE u.about END,
            avatar = CASE WHEN $6 THEN $7 ELSE u.avatar END
        FROM before
        WHERE u.id = before.id AND (NOT $6 OR $7 IS NULL OR EXISTS (SELECT FROM wanted))
        RETURNING u.id, u.name, u.display_name, u.avatar, u.bot, u.about
    ), shown AS (
        UPDATE files SET due_at = NULL WHERE id = (SELECT id FROM wanted) AND $6 AND EXISTS (SELECT FROM changed)
    ), given_up AS (
        UPDATE files SET ready = false, size = 0, due_at = 0
        WHERE id = (SELECT avatar FROM before) AND $6 AND id IS DISTINCT FROM $7 AND EXISTS (SELECT FROM changed)
    )
    SELECT id, name, display_name, avatar, bot, about FROM changed";

pub(crate) const SECRET: &str = "
    INSERT INTO meta (key, value) VALUES ($1, encode($2, 'hex'))
    ON CONFLICT (key) DO UPDATE SET value = meta.value RETURNING decode(value, 'hex')";

#[async_trait]
impl Profiles for PostgresStore {
    async fn profile(&self, id: &UserId) -> Result<Option<Profile>, StoreError> {
        self.pool.one(|| sqlx::query(PROFILE).bind(id.as_str()), profile).await
    }

    async fn change_profile(&self, id: &UserId, change: ProfileChange) -> Result<Profile, CommitError> {
        let ProfileChange { display_name, about, avatar } = &change;
        let display_name = display_name.as_ref().map(DisplayName::as_str);
        let query = || {
            sqlx::query(CHANGE)
                .bind(id.as_str())
                .bind(display_name)
                .bind(display_name.map(fold))
                .bind(about.is_some())
                .bind(about.as_ref().and_then(Option::as_ref).map(About::as_str))
                .bind(avatar.is_some())
                .bind(avatar.flatten().map(FileId::to_bytes))
                .bind(chinwag_chat::FilePurpose::Avatar.as_str())
        };
        let changed = self.pool.write(query, profile).await?;
        if let Some(profile) = changed.into_iter().next() {
            return Ok(profile);
        }
        let is_there = self.profile(id).await?.is_some_and(|profile| !erased::is_nobody(&profile.user));
        Err(if is_there { Refusal::UnknownFile } else { Refusal::UnknownUser }.into())
    }
}

fn profile(mut fields: Fields<'_>) -> Result<Profile, Fault> {
    Ok(Profile { user: fields.user()?, about: fields.optional_text()?.map(About::from_stored) })
}

#[async_trait]
impl Secrets for PostgresStore {
    async fn secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
        let name = format!("secret.{name}");
        let query = || sqlx::query(SECRET).bind(&name).bind(fresh);
        let kept = self.pool.write(query, |mut fields| fields.bytes()).await?;
        kept.into_iter().next().ok_or_else(|| StoreError::Corrupt("a secret was not kept".to_owned()))
    }
}
