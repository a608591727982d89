//! Files in a directory.
//!
//! A file comes in under `incoming/`, is written to the disk, and only then gets its name: so a name is a whole file,
//! whenever the power goes. The files are spread over directories by the last two characters of their ids, which are
//! random.

use std::io::{self, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::blobs::{BlobError, BlobHeaders, BlobId, Blobs, ByteStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_util::io::ReaderStream;

const INCOMING: &str = "incoming";
/// How much is read at once.
const PIECE_BYTES: usize = 64 * 1024;

/// Files in a directory.
#[derive(Debug)]
pub struct DirectoryBlobs {
    root: PathBuf,
}

impl DirectoryBlobs {
    /// Files in that directory, which is made if it is not there; other users of the machine cannot look into it.
    ///
    /// # Errors
    /// Where it cannot be made or written to.
    pub fn open(root: &Path) -> io::Result<Self> {
        let incoming = root.join(INCOMING);
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&incoming)?;
        // Says now what would otherwise be said to whoever uploads first.
        let probe = incoming.join(format!(".probe-{}", std::process::id()));
        std::fs::write(&probe, b"")?;
        std::fs::remove_file(&probe)?;
        Ok(Self { root: root.to_owned() })
    }

    fn incoming(&self, id: BlobId) -> PathBuf {
        self.root.join(INCOMING).join(id.to_string())
    }

    fn directory(&self, id: BlobId) -> PathBuf {
        let name = id.file.to_string();
        let (_, last) = name.split_at(name.len().saturating_sub(2));
        self.root.join(last)
    }

    fn place(&self, id: BlobId) -> PathBuf {
        self.directory(id).join(id.to_string())
    }

    async fn write(&self, id: BlobId, mut bytes: ByteStream<'_>) -> Result<u64, BlobError> {
        let incoming = self.incoming(id);
        let mut file = File::create(&incoming).await.map_err(failed)?;
        let mut size = 0;
        while let Some(piece) = bytes.try_next().await? {
            file.write_all(&piece).await.map_err(failed)?;
            size += piece.len() as u64;
        }
        file.sync_all().await.map_err(failed)?;
        drop(file);
        let directory = self.directory(id);
        if !fs::try_exists(&directory).await.map_err(failed)? {
            fs::create_dir_all(&directory).await.map_err(failed)?;
            sync(&self.root).await.map_err(failed)?;
        }
        fs::rename(&incoming, self.place(id)).await.map_err(failed)?;
        sync(&directory).await.map_err(failed)?;
        Ok(size)
    }
}

#[async_trait]
impl Blobs for DirectoryBlobs {
    async fn put(&self, id: BlobId, _headers: &BlobHeaders, bytes: ByteStream<'_>) -> Result<u64, BlobError> {
        let written = self.write(id, bytes).await;
        if written.is_err()
            && let Err(error) = self.delete(id).await
        {
            tracing::warn!(%id, %error, "what is left of an upload could not be deleted; it will be collected");
        }
        written
    }

    async fn get(
        &self,
        id: BlobId,
        range: Option<Range<u64>>,
    ) -> Result<Option<ByteStream<'static>>, BlobError> {
        let mut file = match File::open(self.place(id)).await {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let Range { start, end } = range.unwrap_or(0..u64::MAX);
        if start > 0 {
            file.seek(SeekFrom::Start(start)).await.map_err(failed)?;
        }
        let bytes = ReaderStream::with_capacity(file.take(end.saturating_sub(start)), PIECE_BYTES);
        Ok(Some(bytes.map_err(failed).boxed()))
    }

    async fn delete(&self, id: BlobId) -> Result<(), BlobError> {
        for path in [self.incoming(id), self.place(id)] {
            match fs::remove_file(path).await {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }

    async fn link(&self, _id: BlobId, _expires_in: Duration) -> Result<Option<String>, BlobError> {
        Ok(None)
    }
}

/// Makes sure that the entries of a directory stay.
async fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory).await?.sync_all().await
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn failed(error: io::Error) -> BlobError {
    BlobError::Unavailable(error.to_string())
}
