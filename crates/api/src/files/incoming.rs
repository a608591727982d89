//! A file on its way in: counted, timed, and looked at before it goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use chinwag_chat::blobs::{BlobError, ByteStream};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::timeout;

use super::sniff::HEAD_BYTES;

/// How long a client may send nothing.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// What became of a file on its way in.
#[derive(Debug, Default)]
pub(super) struct Count {
    bytes: AtomicU64,
    is_too_large: AtomicBool,
}

impl Count {
    /// Whether it ended because it was too large.
    pub(super) fn is_too_large(&self) -> bool {
        self.is_too_large.load(Ordering::Relaxed)
    }
}

/// A file on its way in.
pub(super) struct Incoming {
    /// Its beginning, which is still to come from `bytes` too.
    pub(super) head: Vec<u8>,
    /// All of it.
    pub(super) bytes: ByteStream<'static>,
    pub(super) count: Arc<Count>,
}

impl Incoming {
    /// Waits for a file's beginning.
    pub(super) async fn begin(bytes: ByteStream<'static>, max_bytes: u64) -> (Self, Result<(), BlobError>) {
        let count = Arc::new(Count::default());
        let mut bytes = counted(bytes, count.clone(), max_bytes);
        let mut first = Vec::new();
        let mut head = Vec::new();
        let mut result = Ok(());
        while head.len() < HEAD_BYTES {
            match bytes.try_next().await {
                Ok(Some(piece)) => {
                    head.extend(piece.iter().take(HEAD_BYTES - head.len()));
                    first.push(Ok(piece));
                }
                Ok(None) => break,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        let bytes = stream::iter(first).chain(bytes).boxed();
        (Self { head, bytes, count }, result)
    }
}

/// Reads what a client still sends of a file that is refused, for a moment and up to so much: most hear an answer only when
/// they have said all, and a connection that is closed before would take the answer with it.
pub(super) async fn drain(mut bytes: ByteStream<'static>, max_bytes: u64) {
    let all = async {
        let mut read = 0;
        while let Ok(Some(piece)) = bytes.try_next().await {
            read += piece.len() as u64;
            if read > max_bytes {
                break;
            }
        }
    };
    // Whoever is slow finds out the hard way.
    let _ = timeout(DRAIN_TIMEOUT, all).await;
}

fn counted(bytes: ByteStream<'static>, count: Arc<Count>, max_bytes: u64) -> ByteStream<'static> {
    let counted = stream::try_unfold((bytes, count), move |(mut bytes, count)| async move {
        let next = timeout(IDLE_TIMEOUT, bytes.try_next()).await;
        let next = next.map_err(|_| BlobError::Source("it stopped coming".to_owned()))?;
        let Some(piece) = next? else { return Ok(None) };
        let total = count.bytes.fetch_add(piece.len() as u64, Ordering::Relaxed) + piece.len() as u64;
        if total > max_bytes {
            count.is_too_large.store(true, Ordering::Relaxed);
            return Err(BlobError::Source("it is too large".to_owned()));
        }
        Ok(Some((piece, (bytes, count))))
    });
    counted.boxed()
}
