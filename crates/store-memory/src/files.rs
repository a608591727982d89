//! The port [`Files`]: what is known of files.

use async_trait::async_trait;
use chinwag_chat::store::{CommitError, Files};
use chinwag_chat::{
    File, FileId, NewFile, Picture, Refusal, RoomId, Seq, StoreError, StoredFile, Timestamp, UserId,
};

use crate::MemoryStore;
use crate::tables::Tables;

/// A file as it is kept.
pub(crate) struct FileTable {
    stored: StoredFile,
    is_ready: bool,
    /// When it is collected; nothing while something shows it.
    due_at: Option<Timestamp>,
}

/// When what was given up is due: at once.
const AT_ONCE: Timestamp = Timestamp::from_unix_ms(0);

impl FileTable {
    /// Something shows it from now on.
    pub(crate) fn show(&mut self, message: Option<(RoomId, Seq)>) {
        self.stored.message = message;
        self.due_at = None;
    }

    /// Nobody can read it any more.
    pub(crate) fn give_up(&mut self) {
        self.is_ready = false;
        self.stored.file.size = 0;
        self.stored.message = None;
        self.due_at = Some(AT_ONCE);
    }
}

impl Tables {
    /// A file that is all there and not given up.
    pub(crate) fn file(&self, id: FileId) -> Option<StoredFile> {
        let table = self.files.get(&id).filter(|table| table.is_ready)?;
        Some(StoredFile { is_shown: table.due_at.is_none(), ..table.stored.clone() })
    }

    /// Gives up the files of a message.
    pub(crate) fn detach(&mut self, room: RoomId, seq: Seq) {
        let files = self.files.values_mut();
        files.filter(|table| table.stored.message == Some((room, seq))).for_each(FileTable::give_up);
    }

    /// Nothing shows what the user has uploaded any more.
    pub(crate) fn give_up_files_of(&mut self, owner: &UserId) {
        let files = self.files.values_mut();
        files.filter(|table| table.stored.owner == *owner).for_each(FileTable::give_up);
    }

    fn bytes_of(&self, owner: &UserId) -> u64 {
        let of_owner = self.files.values().filter(|table| table.stored.owner == *owner);
        of_owner.map(|table| table.stored.file.size).sum()
    }
}

#[async_trait]
impl Files for MemoryStore {
    async fn begin_file(&self, file: NewFile, max_bytes: u64) -> Result<(), CommitError> {
        let NewFile { id, owner, purpose, name, media_type, reserved, due_at, .. } = file;
        let mut tables = self.tables.write();
        if tables.bytes_of(&owner).saturating_add(reserved) > max_bytes {
            return Err(Refusal::StorageFull { max_bytes }.into());
        }
        let file = File { id, name, media_type, size: reserved, picture: None };
        let stored = StoredFile { file, owner, purpose, message: None, is_shown: false };
        tables.files.insert(id, FileTable { stored, is_ready: false, due_at: Some(due_at) });
        Ok(())
    }

    async fn finish_file(
        &self,
        id: FileId,
        size: u64,
        picture: Option<Picture>,
        due_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables.write();
        let coming_in = tables.files.get_mut(&id).filter(|table| !table.is_ready);
        let Some(table) = coming_in.filter(|table| table.due_at > Some(AT_ONCE)) else { return Ok(false) };
        table.is_ready = true;
        table.stored.file.size = size;
        table.stored.file.picture = picture;
        table.due_at = Some(due_at);
        Ok(true)
    }

    async fn file(&self, id: FileId) -> Result<Option<StoredFile>, StoreError> {
        Ok(self.tables.read().file(id))
    }

    async fn give_up_file(&self, id: FileId) -> Result<(), StoreError> {
        let mut tables = self.tables.write();
        if let Some(table) = tables.files.get_mut(&id).filter(|table| table.due_at.is_some()) {
            table.give_up();
        }
        Ok(())
    }

    async fn bytes_of(&self, owner: &UserId) -> Result<u64, StoreError> {
        Ok(self.tables.read().bytes_of(owner))
    }

    async fn take_due_files(&self, now: Timestamp, limit: usize) -> Result<Vec<FileId>, StoreError> {
        let mut tables = self.tables.write();
        let mut due: Vec<(Timestamp, FileId)> = tables
            .files
            .iter()
            .filter_map(|(id, table)| Some((table.due_at.filter(|due_at| *due_at <= now)?, *id)))
            .collect();
        due.sort_unstable();
        due.truncate(limit);
        for (_, id) in &due {
            if let Some(table) = tables.files.get_mut(id) {
                table.give_up();
            }
        }
        Ok(due.into_iter().map(|(_, id)| id).collect())
    }

    async fn forget_files(&self, ids: &[FileId]) -> Result<(), StoreError> {
        let mut tables = self.tables.write();
        for id in ids {
            if tables.files.get(id).is_some_and(|table| table.due_at == Some(AT_ONCE)) {
                tables.files.remove(id);
            }
        }
        Ok(())
    }
}
