//! Where the bytes of files are kept: a [directory](DirectoryBlobs), or a bucket of anything that speaks
//! [S3](S3Blobs).
//!
//! Both keep the port's promises: what was put survives the loss of power, what was not put to its end is nowhere to be
//! read, and no file is ever held in memory as a whole.
#![forbid(unsafe_code)]

mod directory;
mod s3;

pub use directory::DirectoryBlobs;
pub use s3::{S3Blobs, S3Settings};
