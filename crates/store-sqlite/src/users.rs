//! The port [`Users`]: accounts.

use async_trait::async_trait;
use chinwag_chat::store::{CommitError, Users};
use chinwag_chat::{FileId, NewUser, PasswordHash, Refusal, StoreError, User, UserId, UserName};
use rusqlite::{Connection, params};

use crate::SqliteStore;
use crate::fault::Fault;
use crate::fields::limit;
use crate::query::{all, one};
use chinwag_chat::search::{beginning_with, fold};

/// People whose name or display name lies between two texts, each once, by name.
const FIND: &str = "
    SELECT id, name, display_name, avatar, bot FROM users WHERE name >= ?1 AND name < ?2 AND erased_at IS NULL
    UNION
    SELECT id, name, display_name, avatar, bot FROM users WHERE display_folded >= ?1 AND display_folded < ?2 AND erased_at IS NULL
    ORDER BY name LIMIT ?3";

#[async_trait]
impl Users for SqliteStore {
    async fn create_user(&self, user: NewUser) -> Result<(), CommitError> {
        let created = self.writer.write(move |transaction| insert(transaction, &user));
        if created.await? { Ok(()) } else { Err(Refusal::NameTaken.into()) }
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        let id = id.clone();
        let user = self.look_ups.ask(move |connection| {
            let sql = "SELECT id, name, display_name, avatar, bot FROM users WHERE id = ?1";
            one(connection, sql, params![id.as_str()], |mut fields| fields.user())
        });
        user.await
    }

    async fn user_by_name(
        &self,
        name: &UserName,
    ) -> Result<Option<(User, Option<PasswordHash>)>, StoreError> {
        let name = name.clone();
        let found = self.readers.read(move |connection| {
            let sql = "SELECT id, name, display_name, avatar, bot, password FROM users WHERE name = ?1";
            one(connection, sql, params![name.as_str()], |mut fields| {
                let user = fields.user()?;
                let password = fields.optional_text()?.map(|phc| PasswordHash::new(phc.to_owned()));
                Ok((user, password))
            })
        });
        found.await
    }

    async fn find_users(&self, query: &str, users: usize) -> Result<Vec<User>, StoreError> {
        let (first, end) = beginning_with(&fold(query));
        let found = self.readers.read(move |connection| {
            all(connection, FIND, params![first, end, limit(users)], |mut fields| fields.user())
        });
        found.await
    }
}

/// Adds an account; false where its name or id is somebody's.
pub(crate) fn insert(transaction: &Connection, user: &NewUser) -> Result<bool, Fault> {
    let NewUser { user: User { id, name, display_name, avatar, bot }, password, created_at } = user;
    let rows = transaction
        .prepare_cached(
            "INSERT INTO users (id, name, display_name, display_folded, avatar, bot, password, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            id.as_str(),
            name.as_str(),
            display_name.as_str(),
            fold(display_name.as_str()),
            avatar.map(FileId::to_bytes),
            bot,
            password.as_ref().map(PasswordHash::expose),
            created_at.unix_ms(),
        ])?;
    Ok(rows == 1)
}
