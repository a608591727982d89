//! The port [`Files`]: what is known of files.

use async_trait::async_trait;
use chinwag_chat::store::{CommitError, Files};
use chinwag_chat::{
    File, FileId, NewFile, Picture, Refusal, RoomId, Seq, StoreError, StoredFile, Timestamp, UserId,
};

use crate::DynamoStore;
use crate::item::NewItem;
use crate::keys;
use crate::people::parsed;
use crate::records::FileRecord;
use crate::table::Range;
use crate::unit::Unit;

/// When what was given up is due: at once.
const AT_ONCE: Timestamp = Timestamp::from_unix_ms(0);

impl FileRecord {
    fn item(&self) -> Result<NewItem, StoreError> {
        let item = NewItem::of(keys::file(self.file.id), self)?;
        Ok(match self.due_at {
            Some(due_at) => item.indexed(keys::due_file(self.file.id, due_at)),
            None => item,
        })
    }

    fn stored(self) -> StoredFile {
        let is_shown = self.due_at.is_none();
        let Self { file, owner, purpose, message, .. } = self;
        StoredFile { file, owner, purpose, message, is_shown }
    }
}

/// A file that is all there and not given up.
pub(crate) async fn ready(unit: &mut Unit<'_>, id: FileId) -> Result<Option<StoredFile>, StoreError> {
    let record = unit.read::<FileRecord>(&keys::file(id)).await?;
    Ok(record.filter(|record| record.is_ready).map(FileRecord::stored))
}

/// Files belong to a message from now on.
pub(crate) async fn attach(
    unit: &mut Unit<'_>,
    room: RoomId,
    seq: Seq,
    ids: &[FileId],
) -> Result<(), StoreError> {
    for id in ids {
        show(unit, *id, Some((room, seq))).await?;
    }
    Ok(())
}

/// Something shows the file from now on.
pub(crate) async fn show(
    unit: &mut Unit<'_>,
    id: FileId,
    message: Option<(RoomId, Seq)>,
) -> Result<(), StoreError> {
    if let Some(record) = unit.read::<FileRecord>(&keys::file(id)).await? {
        unit.put(FileRecord { message, due_at: None, ..record }.item()?);
    }
    Ok(())
}

/// Nobody can read the file any more, and its owner is not charged with it.
pub(crate) async fn give_up(unit: &mut Unit<'_>, id: FileId) -> Result<(), StoreError> {
    let Some(mut record) = unit.read::<FileRecord>(&keys::file(id)).await? else { return Ok(()) };
    if record.file.size > 0 {
        charge(unit, &record.owner, record.file.size, 0).await?;
    }
    record.file.size = 0;
    (record.is_ready, record.message, record.due_at) = (false, None, Some(AT_ONCE));
    unit.put(record.item()?);
    Ok(())
}

/// Charges a user with one size in the place of another; says with how much in all.
async fn charge(unit: &mut Unit<'_>, owner: &UserId, before: u64, after: u64) -> Result<u64, StoreError> {
    let key = keys::storage(owner);
    let bytes: u64 = unit.read(&key).await?.unwrap_or(0);
    let bytes = bytes.saturating_sub(before).saturating_add(after);
    unit.put(NewItem::of(key, &bytes)?);
    Ok(bytes)
}

#[async_trait]
impl Files for DynamoStore {
    async fn begin_file(&self, file: NewFile, max_bytes: u64) -> Result<(), CommitError> {
        let (file, table) = (&file, &*self.table);
        let attempt = || async move {
            let NewFile { id, owner, purpose, name, media_type, reserved, due_at, .. } = file.clone();
            let mut unit = Unit::new(table);
            if charge(&mut unit, &owner, 0, reserved).await? > max_bytes {
                return Err(CommitError::from(Refusal::StorageFull { max_bytes }));
            }
            let file = File { id, name, media_type, size: reserved, picture: None };
            let due_at = Some(due_at);
            unit.replace(NewItem::of(keys::file_of(&owner, id), &id)?);
            unit.put(FileRecord { file, owner, purpose, message: None, is_ready: false, due_at }.item()?);
            Ok(unit.commit().await?.then_some(()))
        };
        table.until_settled(attempt).await
    }

    async fn finish_file(
        &self,
        id: FileId,
        size: u64,
        picture: Option<Picture>,
        due_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let (picture, table) = (&picture, &*self.table);
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let record = unit.read::<FileRecord>(&keys::file(id)).await?;
            let coming_in = record.filter(|record| !record.is_ready && record.due_at > Some(AT_ONCE));
            let Some(mut record) = coming_in else { return Ok(Some(false)) };
            charge(&mut unit, &record.owner, record.file.size, size).await?;
            (record.file.size, record.file.picture) = (size, picture.clone());
            (record.is_ready, record.due_at) = (true, Some(due_at));
            unit.put(record.item()?);
            Ok(unit.commit().await?.then_some(true))
        };
        table.until_settled(attempt).await
    }

    async fn file(&self, id: FileId) -> Result<Option<StoredFile>, StoreError> {
        ready(&mut Unit::new(&self.table), id).await
    }

    async fn give_up_file(&self, id: FileId) -> Result<(), StoreError> {
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let record = unit.read::<FileRecord>(&keys::file(id)).await?;
            if record.is_some_and(|record| record.due_at.is_some()) {
                give_up(&mut unit, id).await?;
            }
            Ok(unit.commit().await?.then_some(()))
        };
        table.until_settled(attempt).await
    }

    async fn bytes_of(&self, owner: &UserId) -> Result<u64, StoreError> {
        let item = self.table.get(&keys::storage(owner)).await?;
        item.map_or(Ok(0), |item| item.record())
    }

    async fn take_due_files(&self, now: Timestamp, limit: usize) -> Result<Vec<FileId>, StoreError> {
        let due = Range::between(keys::DUE_FILES, "0".to_owned(), format!("{}~", keys::time_digits(now)));
        let due = self.table.indexed(&due.limit(limit)).await?;
        let mut taken = Vec::with_capacity(due.len());
        let table = &*self.table;
        for (place, _) in due.into_iter().take(limit) {
            let id: FileId = parsed(place.rsplit('#').next().unwrap_or_default())?;
            // The index may not know yet that something shows it.
            let attempt = || async move {
                let mut unit = Unit::new(table);
                let record = unit.read::<FileRecord>(&keys::file(id)).await?;
                if record.and_then(|record| record.due_at).is_none_or(|due_at| due_at > now) {
                    return Ok(Some(false));
                }
                give_up(&mut unit, id).await?;
                Ok::<_, StoreError>(unit.commit().await?.then_some(true))
            };
            if table.until_settled(attempt).await? {
                taken.push(id);
            }
        }
        Ok(taken)
    }

    async fn forget_files(&self, ids: &[FileId]) -> Result<(), StoreError> {
        let table = &*self.table;
        for id in ids {
            let attempt = || async move {
                let mut unit = Unit::new(table);
                let key = keys::file(*id);
                let record = unit.read::<FileRecord>(&key).await?;
                if let Some(record) = record.filter(|record| record.due_at == Some(AT_ONCE)) {
                    let lead = keys::file_of(&record.owner, *id);
                    unit.fetch([lead.clone()]).await?;
                    unit.delete(&lead);
                    unit.delete(&key);
                }
                Ok::<_, StoreError>(unit.commit().await?.then_some(()))
            };
            table.until_settled(attempt).await?;
        }
        Ok(())
    }
}
