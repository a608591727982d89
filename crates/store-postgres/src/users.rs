//! The port [`Users`]: accounts.

use async_trait::async_trait;
use chinwag_chat::search::{beginning_with, fold};
use chinwag_chat::store::{CommitError, Users};
use chinwag_chat::{FileId, NewUser, PasswordHash, Refusal, StoreError, User, UserId, UserName};

use crate::PostgresStore;
use crate::fields::limit;

const CREATE: &str = "
    INSERT INTO users (id, name, display_name, display_folded, avatar, bot, password, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING 1";

/// People whose name or display name lies between two texts, each once, by name.
pub(crate) const FIND: &str = "
    SELECT id, name, display_name, avatar, bot FROM users
    WHERE ((name >= $1 AND name < $2) OR (display_folded >= $1 AND display_folded < $2)) AND erased_at IS NULL
    ORDER BY name LIMIT $3";

#[async_trait]
impl Users for PostgresStore {
    async fn create_user(&self, user: NewUser) -> Result<(), CommitError> {
        let NewUser { user: User { id, name, display_name, avatar, bot }, password, created_at } = &user;
        let query = || {
            sqlx::query(CREATE)
                .bind(id.as_str())
                .bind(name.as_str())
                .bind(display_name.as_str())
                .bind(fold(display_name.as_str()))
                .bind(avatar.map(FileId::to_bytes))
                .bind(bot)
                .bind(password.as_ref().map(PasswordHash::expose))
                .bind(created_at.unix_ms())
        };
        let created = self.pool.write(query, |_| Ok(())).await?;
        if created.is_empty() { Err(Refusal::NameTaken.into()) } else { Ok(()) }
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        let query = || {
            sqlx::query("SELECT id, name, display_name, avatar, bot FROM users WHERE id = $1")
                .bind(id.as_str())
        };
        self.pool.one(query, |mut fields| fields.user()).await
    }

    async fn user_by_name(
        &self,
        name: &UserName,
    ) -> Result<Option<(User, Option<PasswordHash>)>, StoreError> {
        let sql = "SELECT id, name, display_name, avatar, bot, password FROM users WHERE name = $1";
        let found = self.pool.one(
            || sqlx::query(sql).bind(name.as_str()),
            |mut fields| {
                let user = fields.user()?;
                let password = fields.optional_text()?.map(|phc| PasswordHash::new(phc.to_owned()));
                Ok((user, password))
            },
        );
        found.await
    }

    async fn find_users(&self, query: &str, users: usize) -> Result<Vec<User>, StoreError> {
        // PostgreSQL's text cannot hold it, so no name does.
        if query.contains('\0') {
            return Ok(vec![]);
        }
        let (first, end) = beginning_with(&fold(query));
        let query = || sqlx::query(FIND).bind(&first).bind(&end).bind(limit(users));
        self.pool.all(query, |mut fields| fields.user()).await
    }
}
