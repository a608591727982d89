//! The files of an export: in a directory, or in a zip file.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use serde_json::Value;
use zip::ZipArchive;

/// More than a day of any conversation has; what claims to be larger was made to fill memories.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// The files of an export.
pub(super) struct Archive {
    files: Files,
    /// All of them, by their paths with `/`, from where `users.json` is.
    names: BTreeSet<String>,
    /// Where that is.
    root: String,
}

enum Files {
    Directory(PathBuf),
    Zip(Box<ZipArchive<BufReader<File>>>),
}

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let (files, names) = if path.is_dir() {
            let mut names = BTreeSet::new();
            list(path, "", &mut names).map_err(|error| error.to_string())?;
            (Files::Directory(path.to_owned()), names)
        } else {
            let file = File::open(path).map_err(|error| error.to_string())?;
            let zip = ZipArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
            let names = zip.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
            (Files::Zip(Box::new(zip)), names)
        };
        // Whoever packed it anew may have put all of it into a directory.
        let users = names.iter().filter(|name| name.rsplit('/').next() == Some("users.json"));
        let root = users.min_by_key(|name| name.len()).and_then(|name| name.strip_suffix("users.json"));
        let root = root.unwrap_or_default().to_owned();
        let names = names.iter().filter_map(|name| name.strip_prefix(&root)).map(str::to_owned).collect();
        Ok(Self { files, names, root })
    }

    /// The files of a conversation's days, in their order.
    pub(super) fn days(&self, directory: &str) -> Vec<String> {
        let prefix = format!("{directory}/");
        let own = self.names.range(prefix.clone()..).take_while(|name| name.starts_with(&prefix));
        let days = own.filter(|name| {
            let file = name.strip_prefix(&prefix).unwrap_or_default();
            file.ends_with(".json") && !file.contains('/')
        });
        days.cloned().collect()
    }

    /// What a file says; nothing where there is none.
    pub(super) fn json(&mut self, name: &str) -> Result<Option<Value>, String> {
        if !self.names.contains(name) {
            return Ok(None);
        }
        let said = |error: &dyn std::fmt::Display| format!("{name}: {error}");
        let mut bytes = Vec::new();
        match &mut self.files {
            Files::Directory(directory) => {
                let file = File::open(directory.join(&self.root).join(name)).map_err(|error| said(&error))?;
                file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(|error| said(&error))?;
            }
            Files::Zip(zip) => {
                let file = zip.by_name(&format!("{}{name}", self.root)).map_err(|error| said(&error))?;
                file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(|error| said(&error))?;
            }
        }
        serde_json::from_slice(&bytes).map(Some).map_err(|error| said(&error))
    }
}

/// Notes the files of a directory and of those in it.
fn list(directory: &Path, below: &str, names: &mut BTreeSet<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let name = format!("{below}{name}");
        // A link could lead in a circle.
        let kind = entry.file_type()?;
        if kind.is_dir() {
            list(&entry.path(), &format!("{name}/"), names)?;
        } else if kind.is_file() {
            names.insert(name);
        }
    }
    Ok(())
}
