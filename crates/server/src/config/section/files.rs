//! Files that people upload.

use std::path::PathBuf;
use std::time::Duration;

use chinwag_api::files::TypePattern;

use super::read_secret;
use crate::config::table::section;
use crate::config::value::Value;
use crate::config::{ByteSize, Secret, StoreChoice};

section! {
    /// Files that people upload: where their bytes are kept, and how much of them is allowed.
    pub struct Files in "files" {
        /// Where the bytes are kept. `directory` is `files` in the data directory; `directory:///path` is another one, which
        /// all nodes of a cluster must share. `s3://bucket/prefix` is a bucket of anything that speaks S3.
        pub store: FilesChoice = "directory",
        /// Where the bucket is, such as https://s3.example.com. Amazon's if empty.
        pub s3_endpoint: Option<String> = "",
        /// The bucket's region.
        pub s3_region: Option<String> = "",
        /// The id of the key that may use the bucket. What the machine's role or the environment (AWS_…) gives if empty.
        pub s3_access_key: Option<String> = "",
        /// The key's secret. Flags show in the list of processes; prefer `s3_secret_key_file`.
        pub s3_secret_key: Option<Secret<String>> = "",
        /// A file that holds the key's secret.
        pub s3_secret_key_file: Option<PathBuf> = "",
        /// The largest file.
        pub max_file_bytes: ByteSize = "25MiB",
        /// What all files of one user may have together. Those of deleted messages do not count.
        pub max_bytes_per_user: ByteSize = "1GiB",
        /// The types that are taken, by what the bytes show and not by the name; `*` at the end stands for any end. Pages and
        /// drawings that a browser could run (text/html, image/svg+xml, text/xml) are taken only where they are named in full.
        pub types: Vec<TypePattern> = "image/*,video/*,audio/*,text/plain,application/pdf,application/zip,application/gzip,application/x-bzip2,application/x-xz,application/zstd,application/x-tar,application/x-7z-compressed,application/vnd.rar,application/rtf,application/msword,application/vnd.ms-excel,application/vnd.ms-powerpoint,application/vnd.openxmlformats-officedocument.*,application/vnd.oasis.opendocument.*,application/epub+zip,application/octet-stream",
        /// How many files come in at once on this node, a quarter of them of one user. One takes up to 5 MiB of memory on its
        /// way into a bucket.
        pub max_uploads: usize = "32",
        /// How many pictures are decoded at once on this node, to make previews. One takes up to 160 MB of memory.
        pub max_previews: usize = "2",
        /// How long an upload may wait to be sent before it is deleted.
        pub keep_unattached: Duration = "24h",
        /// How long a link to a file works. S3 allows a week at most.
        pub link_lifetime: Duration = "15m",
    }
}

/// The longest that S3 lets a link work.
const MAX_LINK_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl Files {
    pub(super) fn check(
        &mut self,
        store: &StoreChoice,
        fault: &mut impl FnMut(String),
        warnings: &mut Vec<String>,
    ) {
        if let Some(path) = self.s3_secret_key_file.clone() {
            if self.s3_secret_key.is_some() {
                fault(
                    "`files.s3_secret_key` and `files.s3_secret_key_file` are both set; choose one"
                        .to_owned(),
                );
            } else {
                self.s3_secret_key = read_secret("files.s3_secret_key_file", &path, fault, warnings);
            }
        }
        let has_secret = self.s3_secret_key.is_some() || self.s3_secret_key_file.is_some();
        if self.s3_access_key.is_some() != has_secret {
            fault(
                "`files.s3_access_key` and `files.s3_secret_key_file` belong together; set both or none"
                    .to_owned(),
            );
        }
        if self.max_uploads == 0 || self.max_previews == 0 {
            fault("`files.max_uploads` and `files.max_previews` must be more than zero".to_owned());
        }
        if self.link_lifetime.is_zero() || self.link_lifetime > MAX_LINK_LIFETIME {
            fault("`files.link_lifetime` must be from 1s to 7days".to_owned());
        }
        if matches!((store, &self.store), (StoreChoice::Postgres(_), FilesChoice::Directory(_))) {
            warnings.push(
                "`store` is shared by the nodes of a cluster, but `files.store` is a directory: unless every node has the \
                 same one (directory:///path on a shared disk), files are found only on the node that took them in; a \
                 bucket (s3://…) is shared by itself"
                    .to_owned(),
            );
        }
    }
}

/// Where the bytes of files are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilesChoice {
    /// A directory; in the data directory where none is named.
    Directory(Option<PathBuf>),
    /// A bucket, and what the names in it begin with.
    S3 {
        /// The bucket.
        bucket: String,
        /// The beginning of all names.
        prefix: String,
    },
}

impl Value for FilesChoice {
    const NAME: &'static str = "PLACE";

    fn parse(text: &str) -> Result<Self, String> {
        if text == "directory" {
            return Ok(Self::Directory(None));
        }
        match text.split_once("://") {
            Some(("directory", path)) if path.starts_with('/') => Ok(Self::Directory(Some(path.into()))),
            Some(("s3", place)) => {
                let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
                if bucket.is_empty() {
                    return Err("names no bucket; write s3://bucket or s3://bucket/prefix".to_owned());
                }
                Ok(Self::S3 { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
            }
            _ => Err(format!("must be directory, directory:///path or s3://bucket/prefix, not \"{text}\"")),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Directory(None) => "directory".to_owned(),
            Self::Directory(Some(path)) => format!("directory://{}", path.display()),
            Self::S3 { bucket, prefix } if prefix.is_empty() => format!("s3://{bucket}"),
            Self::S3 { bucket, prefix } => format!("s3://{bucket}/{prefix}"),
        }
    }
}

impl Value for TypePattern {
    const NAME: &'static str = "TYPE";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error| format!("{error}"))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_as_it_is_shown() {
        for text in ["directory", "directory:///srv/files", "s3://chat", "s3://chat/files/a"] {
            assert_eq!(FilesChoice::parse(text).unwrap().show(), text);
        }
        for bad in ["", "s3://", "s3:///x", "directory://files", "/srv/files", "gs://bucket"] {
            assert!(FilesChoice::parse(bad).is_err(), "{bad:?}");
        }
    }
}
