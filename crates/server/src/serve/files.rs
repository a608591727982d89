//! Where the bytes of files are kept.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chinwag_api::files::{FileSettings, Files};
use chinwag_blobs::{DirectoryBlobs, S3Blobs, S3Settings};
use chinwag_chat::blobs::Blobs;
use chinwag_chat::{Chat, Entropy};

use crate::config::Config;
use crate::config::section::FilesChoice;

/// Under the data directory.
const DIRECTORY: &str = "files";
/// How often what nothing shows any more is deleted, at the least.
const COLLECT_INTERVAL: Duration = Duration::from_secs(60);

/// Opens the place that is configured.
pub(super) fn open(config: &Config, chat: Chat, entropy: Arc<dyn Entropy>) -> anyhow::Result<Files> {
    let files = &config.files;
    let blobs: Arc<dyn Blobs> = match &files.store {
        FilesChoice::Directory(path) => {
            let path = path.clone().unwrap_or_else(|| config.node.data_dir.join(DIRECTORY));
            let opened = DirectoryBlobs::open(&path);
            let place = path.display();
            Arc::new(
                opened.with_context(|| format!("`files.store` names {place}, which cannot be written to"))?,
            )
        }
        FilesChoice::S3 { bucket, prefix } => {
            let secret = files.s3_secret_key.as_ref().map(|secret| secret.expose().clone());
            let settings = S3Settings {
                bucket: bucket.clone(),
                prefix: prefix.clone(),
                endpoint: files.s3_endpoint.clone(),
                region: files.s3_region.clone(),
                key: files.s3_access_key.clone().zip(secret),
            };
            let opened = S3Blobs::new(&settings);
            Arc::new(opened.with_context(|| format!("`files.store` names the bucket {bucket}"))?)
        }
    };
    let settings = FileSettings {
        max_file_bytes: files.max_file_bytes.bytes() as u64,
        max_bytes_per_user: files.max_bytes_per_user.bytes() as u64,
        types: files.types.clone(),
        max_uploads: files.max_uploads,
        max_previews: files.max_previews,
        keep_unattached: files.keep_unattached,
        link_lifetime: files.link_lifetime,
    };
    Ok(Files::new(chat, blobs, entropy, settings))
}

/// Deletes what nothing shows any more, again and again.
pub(crate) async fn collect(files: Files) {
    let interval = COLLECT_INTERVAL.min(files.settings().keep_unattached / 2).max(Duration::from_millis(100));
    loop {
        tokio::time::sleep(interval).await;
        match files.collect().await {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "deleted files that nothing shows any more"),
            Err(error) => tracing::warn!(%error, "cannot delete files that nothing shows any more"),
        }
    }
}
