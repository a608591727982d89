//! Directories that are gone after the test.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::guard::Guarded;

/// A directory that is removed when it is dropped, and at the end of this process at the latest, however that ends.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    /// None where the directory is wanted afterwards.
    guarded: Option<Guarded>,
}

impl Scratch {
    /// Makes an empty directory where the system has such.
    ///
    /// # Errors
    /// There is no place for it.
    pub fn new(what: &str) -> Result<Self> {
        let prefix = format!("chinwag-{what}-");
        Self::guard(tempfile::Builder::new().prefix(&prefix).tempdir()?.keep())
    }

    /// Makes that directory, with those above it, or takes it over with what is in it.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn at(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).with_context(|| format!("cannot create {}", path.display()))?;
        Self::guard(path.to_owned())
    }

    fn guard(path: PathBuf) -> Result<Self> {
        let guarded = Some(Guarded::directory(&path)?);
        Ok(Self { path, guarded })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// It is wanted afterwards.
    pub fn keep(&mut self) {
        self.guarded = None;
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.guarded.is_some() {
            // What cannot be removed now, the guard could not either.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_goes_with_its_owner_unless_it_is_wanted() {
        let (gone, mut kept) = (Scratch::new("gone").unwrap(), Scratch::new("kept").unwrap());
        let paths = [gone.path().to_owned(), kept.path().to_owned()];
        fs::write(paths[0].join("file"), "text").unwrap();
        kept.keep();
        drop((gone, kept));
        assert!(!paths[0].exists() && paths[1].exists());
        fs::remove_dir(&paths[1]).unwrap();
    }
}
