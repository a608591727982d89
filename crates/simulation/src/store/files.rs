//! The ports to profiles, files and secrets, over the network.

use async_trait::async_trait;
use chinwag_chat::store::{CommitError, Files, Profiles, Secrets};
use chinwag_chat::{
    FileId, NewFile, Picture, Profile, ProfileChange, StoreError, StoredFile, Timestamp, UserId,
};

use super::NodeStore;

#[async_trait]
impl Profiles for NodeStore {
    async fn profile(&self, id: &UserId) -> Result<Option<Profile>, StoreError> {
        self.read(self.remote.data.profile(id)).await
    }

    async fn change_profile(&self, id: &UserId, change: ProfileChange) -> Result<Profile, CommitError> {
        self.link.ask().await?;
        self.remote.data.change_profile(id, change).await
    }
}

#[async_trait]
impl Files for NodeStore {
    async fn begin_file(&self, file: NewFile, max_bytes: u64) -> Result<(), CommitError> {
        self.link.ask().await?;
        self.remote.data.begin_file(file, max_bytes).await
    }

    async fn finish_file(
        &self,
        id: FileId,
        size: u64,
        picture: Option<Picture>,
        due_at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.read(self.remote.data.finish_file(id, size, picture, due_at)).await
    }

    async fn file(&self, id: FileId) -> Result<Option<StoredFile>, StoreError> {
        self.read(self.remote.data.file(id)).await
    }

    async fn give_up_file(&self, id: FileId) -> Result<(), StoreError> {
        self.read(self.remote.data.give_up_file(id)).await
    }

    async fn bytes_of(&self, owner: &UserId) -> Result<u64, StoreError> {
        self.read(self.remote.data.bytes_of(owner)).await
    }

    async fn take_due_files(&self, now: Timestamp, limit: usize) -> Result<Vec<FileId>, StoreError> {
        self.read(self.remote.data.take_due_files(now, limit)).await
    }

    async fn forget_files(&self, ids: &[FileId]) -> Result<(), StoreError> {
        self.read(self.remote.data.forget_files(ids)).await
    }
}

#[async_trait]
impl Secrets for NodeStore {
    async fn secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
        self.read(self.remote.data.secret(name, fresh)).await
    }
}
