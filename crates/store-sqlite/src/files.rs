//! The port [`Files`]: what is known of files.

use async_trait::async_trait;
use chinwag_chat::store::{CommitError, Files};
use chinwag_chat::{
    File, FileId, FileName, FilePurpose, MediaType, NewFile, Picture, Refusal, RoomId, Seq, StoreError,
    StoredFile, Timestamp, UserId,
};
use rusqlite::{Connection, params};

use crate::SqliteStore;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};
use crate::query::{all, one};

const FILE: &str = "
    SELECT id, name, type, size, picture, owner, purpose, room, seq, due_at IS NULL
    FROM files WHERE id = ?1 AND ready";

const BYTES_OF: &str = "SELECT coalesce(sum(size), 0) FROM files WHERE owner = ?1";

#[async_trait]
impl Files for SqliteStore {
    async fn begin_file(&self, file: NewFile, max_bytes: u64) -> Result<(), CommitError> {
        let begun = self.writer.write(move |transaction| {
            let used = bytes_of(transaction, &file.owner)?;
            if used.saturating_add(file.reserved) > max_bytes {
                return Ok(false);
            }
            transaction
                .prepare_cached(
                    "INSERT INTO files (id, owner, purpose, name, type, size, created_at, due_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    file.id.to_bytes(),
                    file.owner.as_str(),
                    file.purpose.as_str(),
                    file.name.as_str(),
                    file.media_type.as_str(),
                    signed(file.reserved),
                    file.created_at.unix_ms(),
                    file.due_at.unix_ms(),
                ])?;
            Ok(true)
        });
        if begun.await? { Ok(()) } else { Err(Refusal::StorageFull { max_bytes }.into()) }
    }

    async fn finish_file(
        &self,
        id: FileId,
        size: u64,
        picture: Option<Picture>,
        due_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let finished = self.writer.write(move |transaction| {
            let picture = picture.as_ref().map(serde_json::to_string).transpose().map_err(Fault::damaged)?;
            let rows = transaction
                .prepare_cached(
                    "UPDATE files SET ready = 1, size = ?2, picture = ?3, due_at = ?4
                     WHERE id = ?1 AND NOT ready AND due_at > 0",
                )?
                .execute(params![id.to_bytes(), signed(size), picture, due_at.unix_ms()])?;
            Ok(rows == 1)
        });
        finished.await
    }

    async fn file(&self, id: FileId) -> Result<Option<StoredFile>, StoreError> {
        self.look_ups.ask(move |connection| file(connection, id)).await
    }

    async fn give_up_file(&self, id: FileId) -> Result<(), StoreError> {
        let given_up = self.writer.write(move |transaction| {
            transaction
                .prepare_cached(
                    "UPDATE files SET ready = 0, size = 0, due_at = 0 WHERE id = ?1 AND due_at IS NOT NULL",
                )?
                .execute(params![id.to_bytes()])?;
            Ok(())
        });
        given_up.await
    }

    async fn bytes_of(&self, owner: &UserId) -> Result<u64, StoreError> {
        let owner = owner.clone();
        self.readers.read(move |connection| bytes_of(connection, &owner)).await
    }

    async fn take_due_files(&self, now: Timestamp, files: usize) -> Result<Vec<FileId>, StoreError> {
        let due = self.writer.write(move |transaction| {
            all(
                transaction,
                "UPDATE files SET ready = 0, size = 0, due_at = 0
                 WHERE id IN (SELECT id FROM files WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2) RETURNING id",
                params![now.unix_ms(), limit(files)],
                |mut fields| Ok(FileId::from_bytes(fields.bytes()?)),
            )
        });
        due.await
    }

    async fn forget_files(&self, ids: &[FileId]) -> Result<(), StoreError> {
        let ids = ids.to_vec();
        let forgotten = self.writer.write(move |transaction| {
            let mut forget = transaction.prepare_cached("DELETE FROM files WHERE id = ?1 AND due_at = 0")?;
            for id in &ids {
                forget.execute(params![id.to_bytes()])?;
            }
            Ok(())
        });
        forgotten.await
    }
}

/// A file that is all there.
pub(crate) fn file(connection: &Connection, id: FileId) -> Result<Option<StoredFile>, Fault> {
    one(connection, FILE, params![id.to_bytes()], stored_file)
}

fn stored_file(mut fields: Fields<'_>) -> Result<StoredFile, Fault> {
    let file = File {
        id: FileId::from_bytes(fields.bytes()?),
        name: FileName::from_stored(fields.text()?),
        media_type: MediaType::new(fields.text()?),
        size: fields.number()?,
        picture: fields.optional_text()?.map(serde_json::from_str).transpose().map_err(Fault::damaged)?,
    };
    let (owner, purpose) = (fields.parsed::<UserId>()?, fields.parsed::<FilePurpose>()?);
    let message = if fields.is_null()? {
        fields.skip(2);
        None
    } else {
        Some((fields.room_id()?, fields.seq()?))
    };
    Ok(StoredFile { file, owner, purpose, message, is_shown: fields.flag()? })
}

fn bytes_of(connection: &Connection, owner: &UserId) -> Result<u64, Fault> {
    Ok(one(connection, BYTES_OF, params![owner.as_str()], |mut fields| fields.number())?.unwrap_or(0))
}

/// Something shows these files from now on: a message.
pub(crate) fn attach(transaction: &Connection, room: RoomId, seq: Seq, ids: &[FileId]) -> Result<(), Fault> {
    let mut attach =
        transaction.prepare_cached("UPDATE files SET room = ?2, seq = ?3, due_at = NULL WHERE id = ?1")?;
    for id in ids {
        attach.execute(params![id.to_bytes(), room.to_bytes(), signed(seq.0)])?;
    }
    Ok(())
}

/// The files of a message are given up.
pub(crate) fn detach(transaction: &Connection, room: RoomId, seq: Seq) -> Result<(), Fault> {
    transaction
        .prepare_cached(
            "UPDATE files SET ready = 0, size = 0, room = NULL, seq = NULL, due_at = 0
             WHERE room = ?1 AND seq = ?2",
        )?
        .execute(params![room.to_bytes(), signed(seq.0)])?;
    Ok(())
}
