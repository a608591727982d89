//! How often the disk itself can make a page durable.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::Instant;

const PAGE_BYTES: usize = 4096;
const FILE_PAGES: usize = 1024;

/// Pages written and made durable (`fdatasync`) per second, one after the other, into a file that has its full length
/// already, as a write-ahead log has.
///
/// # Errors
/// The disk refuses.
pub(super) fn syncs_per_second(directory: &Path, measured_for: Duration) -> Result<f64> {
    let path = directory.join("fdatasync");
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    file.write_all_at(&vec![1; PAGE_BYTES * FILE_PAGES], 0)?;
    file.sync_all()?;
    let started = Instant::now();
    let mut count = 0;
    while started.elapsed() < measured_for {
        let page = [u8::try_from(count % 251)?; PAGE_BYTES];
        file.write_all_at(&page, u64::try_from(count % FILE_PAGES * PAGE_BYTES)?)?;
        file.sync_data()?;
        count += 1;
    }
    let rate = count as f64 / started.elapsed().as_secs_f64();
    std::fs::remove_file(&path)?;
    Ok(rate)
}
