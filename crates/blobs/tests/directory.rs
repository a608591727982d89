//! What the port promises, of a directory.
#![allow(clippy::unwrap_used, reason = "all of it is a test")]

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use chinwag_blobs::DirectoryBlobs;
use chinwag_chat::blobs::{BlobError, BlobHeaders, BlobId, Blobs, ByteStream};
use chinwag_chat::{FileId, MediaType};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

fn headers() -> BlobHeaders {
    BlobHeaders { media_type: MediaType::new("text/plain"), disposition: "attachment".to_owned() }
}

fn pieces(pieces: Vec<Result<&'static [u8], BlobError>>) -> ByteStream<'static> {
    stream::iter(pieces.into_iter().map(|piece| piece.map(Bytes::from_static))).boxed()
}

async fn all(bytes: Option<ByteStream<'static>>) -> Vec<u8> {
    bytes.unwrap().try_collect::<Vec<Bytes>>().await.unwrap().concat()
}

fn files_in(directory: &Path) -> usize {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files_in(&path) } else { 1 }).sum()
}

#[tokio::test]
async fn bytes_come_back_whole_and_in_part_until_they_are_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = DirectoryBlobs::open(directory.path()).unwrap();
    let file = FileId::from_parts(7, 9);
    let (whole, preview) = (BlobId::whole(file), BlobId::preview(file));
    let bytes = pieces(vec![Ok(b"one "), Ok(b""), Ok(b"two "), Ok(b"three")]);
    assert_eq!(blobs.put(whole, &headers(), bytes).await.unwrap(), 13);
    blobs.put(preview, &headers(), pieces(vec![Ok(b"small")])).await.unwrap();
    assert_eq!(all(blobs.get(whole, None).await.unwrap()).await, b"one two three");
    assert_eq!(all(blobs.get(whole, Some(4..7)).await.unwrap()).await, b"two");
    assert_eq!(all(blobs.get(preview, None).await.unwrap()).await, b"small");
    assert!(blobs.link(whole, Duration::from_secs(9)).await.unwrap().is_none());
    // Another start finds them.
    let blobs = DirectoryBlobs::open(directory.path()).unwrap();
    assert_eq!(all(blobs.get(whole, None).await.unwrap()).await, b"one two three");
    for _ in 0..2 {
        blobs.delete(whole).await.unwrap();
        assert!(blobs.get(whole, None).await.unwrap().is_none());
    }
    assert_eq!(all(blobs.get(preview, None).await.unwrap()).await, b"small");
}

#[tokio::test]
async fn what_does_not_come_to_its_end_is_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = DirectoryBlobs::open(directory.path()).unwrap();
    let (id, headers) = (BlobId::whole(FileId::from_parts(7, 9)), headers());
    let cut = pieces(vec![Ok(b"half"), Err(BlobError::Source("gone".to_owned()))]);
    assert!(matches!(blobs.put(id, &headers, cut).await, Err(BlobError::Source(_))));
    assert!(blobs.get(id, None).await.unwrap().is_none());
    assert_eq!(files_in(directory.path()), 0);
    // Dropped half-way, as when the power goes: what is left has no name, and goes with the deletion.
    {
        let waiting =
            stream::once(async { Ok(Bytes::from_static(b"half")) }).chain(stream::pending()).boxed();
        let mut putting = blobs.put(id, &headers, waiting);
        while files_in(directory.path()) == 0 {
            assert!(futures_util::poll!(&mut putting).is_pending());
            tokio::task::yield_now().await;
        }
    }
    assert!(blobs.get(id, None).await.unwrap().is_none());
    blobs.delete(id).await.unwrap();
    assert_eq!(files_in(directory.path()), 0);
}

#[test]
fn a_place_that_cannot_be_written_to_is_refused_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, b"in the way").unwrap();
    assert!(DirectoryBlobs::open(&file).is_err());
}
