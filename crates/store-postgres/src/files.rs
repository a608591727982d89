//! The port [`Files`]: what is known of files.

use async_trait::async_trait;
use chinwag_chat::store::{CommitError, Files};
use chinwag_chat::{
    File, FileId, FileName, FilePurpose, MediaType, NewFile, Picture, Refusal, StoreError, StoredFile,
    Timestamp, UserId,
};

use crate::PostgresStore;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};

/// A file comes in, if its owner may have so much more. Two statements at once do not see each other; see
/// [`PostgresStore::begin_file`].
pub(crate) const BEGIN: &str = "
    INSERT INTO files (id, owner, purpose, name, type, size, created_at, due_at)
    SELECT $1::bytea, $2::text, $3::text, $4::text, $5::text, $6::bigint, $7::bigint, $8::bigint
    WHERE (SELECT coalesce(sum(size), 0)::bigint FROM files WHERE owner = $2) + $6 <= $9::bigint
    RETURNING 1";

pub(crate) const BYTES_OF: &str = "SELECT coalesce(sum(size), 0)::bigint FROM files WHERE owner = $1";

pub(crate) const FINISH: &str = "
    UPDATE files SET ready = true, size = $2, picture = $3, due_at = $4
    WHERE id = $1 AND NOT ready AND due_at > 0 RETURNING 1";

pub(crate) const GIVE_UP: &str =
    "UPDATE files SET ready = false, size = 0, due_at = 0 WHERE id = $1 AND due_at IS NOT NULL";

/// Those that somebody is about to show are left for another time.
pub(crate) const TAKE_DUE: &str = "
    UPDATE files SET ready = false, size = 0, due_at = 0 WHERE id = ANY (ARRAY(
        SELECT id FROM files WHERE due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED))
    RETURNING id";

pub(crate) const FORGET: &str = "DELETE FROM files WHERE id = ANY ($1) AND due_at = 0";

/// Those of these files that are all there.
pub(crate) const FILES: &str = "
    SELECT id, name, type, size, picture, owner, purpose, due_at IS NULL, room, seq
    FROM files WHERE id = ANY ($1) AND ready";

/// The files of a message are given up.
pub(crate) const DETACH: &str = "
    UPDATE files SET ready = false, size = 0, room = NULL, seq = NULL, due_at = 0 WHERE room = $1 AND seq = $2";

/// Something shows these files from now on: a message.
pub(crate) const ATTACH: &str = "UPDATE files SET room = $2, seq = $3, due_at = NULL WHERE id = ANY ($1)";

#[async_trait]
impl Files for PostgresStore {
    async fn begin_file(&self, file: NewFile, max_bytes: u64) -> Result<(), CommitError> {
        let full = || CommitError::Refused(Refusal::StorageFull { max_bytes });
        let query = || {
            sqlx::query(BEGIN)
                .bind(file.id.to_bytes())
                .bind(file.owner.as_str())
                .bind(file.purpose.as_str())
                .bind(file.name.as_str())
                .bind(file.media_type.as_str())
                .bind(signed(file.reserved))
                .bind(file.created_at.unix_ms())
                .bind(file.due_at.unix_ms())
                .bind(signed(max_bytes))
        };
        if self.pool.write(query, |_| Ok(())).await?.is_empty() {
            return Err(full());
        }
        // Of those that began at the same time, each sees all that were written before it looks again; so whoever goes on
        // has its place beside all others.
        if self.bytes_of(&file.owner).await? > max_bytes {
            self.give_up_file(file.id).await?;
            return Err(full());
        }
        Ok(())
    }

    async fn finish_file(
        &self,
        id: FileId,
        size: u64,
        picture: Option<Picture>,
        due_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let picture = picture.as_ref().map(serde_json::to_string).transpose();
        let picture = picture.map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let query = || {
            let query = sqlx::query(FINISH).bind(id.to_bytes()).bind(signed(size));
            query.bind(picture.as_deref()).bind(due_at.unix_ms())
        };
        Ok(!self.pool.write(query, |_| Ok(())).await?.is_empty())
    }

    async fn file(&self, id: FileId) -> Result<Option<StoredFile>, StoreError> {
        self.pool.one(|| sqlx::query(FILES).bind(vec![id.to_bytes()]), stored_file).await
    }

    async fn give_up_file(&self, id: FileId) -> Result<(), StoreError> {
        self.pool.write(|| sqlx::query(GIVE_UP).bind(id.to_bytes()), |_| Ok(())).await.map(drop)
    }

    async fn bytes_of(&self, owner: &UserId) -> Result<u64, StoreError> {
        let query = || sqlx::query(BYTES_OF).bind(owner.as_str());
        Ok(self.pool.one(query, |mut fields| fields.number()).await?.unwrap_or(0))
    }

    async fn take_due_files(&self, now: Timestamp, files: usize) -> Result<Vec<FileId>, StoreError> {
        let query = || sqlx::query(TAKE_DUE).bind(now.unix_ms()).bind(limit(files));
        self.pool.write(query, |mut fields| Ok(FileId::from_bytes(fields.bytes()?))).await
    }

    async fn forget_files(&self, ids: &[FileId]) -> Result<(), StoreError> {
        let ids: Vec<[u8; 16]> = ids.iter().map(|id| id.to_bytes()).collect();
        self.pool.write(|| sqlx::query(FORGET).bind(&ids), |_| Ok(())).await.map(drop)
    }
}

/// A row of [`FILES`].
pub(crate) fn stored_file(mut fields: Fields<'_>) -> Result<StoredFile, Fault> {
    let file = File {
        id: FileId::from_bytes(fields.bytes()?),
        name: FileName::from_stored(fields.text()?),
        media_type: MediaType::new(fields.text()?),
        size: fields.number()?,
        picture: fields.optional_text()?.map(serde_json::from_str).transpose().map_err(Fault::damaged)?,
    };
    let (owner, purpose) = (fields.parsed::<UserId>()?, fields.parsed::<FilePurpose>()?);
    let is_shown = fields.flag()?;
    let message = if fields.is_null()? { None } else { Some((fields.room_id()?, fields.seq()?)) };
    Ok(StoredFile { file, owner, purpose, message, is_shown })
}
