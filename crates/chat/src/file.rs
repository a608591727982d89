//! Files that people upload: pictures beside their names, and what they attach to messages.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{FileId, RoomId, Seq, Timestamp, UserId};

/// The most files of one message.
pub const MAX_ATTACHMENTS: usize = 10;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FilePurpose {
    /// To be sent with a message.
    Attachment,
    /// To be shown beside its owner's name.
    Avatar,
}

impl FilePurpose {
    /// The word on the wire and in stores.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attachment => "attachment",
            Self::Avatar => "avatar",
        }
    }
}

/// A word that is no purpose.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a file is an \"attachment\" or an \"avatar\"")]
pub struct UnknownPurpose;

impl FromStr for FilePurpose {
    type Err = UnknownPurpose;

    fn from_str(text: &str) -> Result<Self, UnknownPurpose> {
        [Self::Attachment, Self::Avatar]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or(UnknownPurpose)
    }
}

/// What a file is called: a name and no path, nothing that would make a terminal or a reader of right-to-left text see
/// another one, 200 bytes at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileName(Arc<str>);

impl FileName {
    const MAX_BYTES: usize = 200;
    /// What is called nothing is called this.
    const UNNAMED: &'static str = "file";

    /// The name that is left of what a client says: every text has one.
    #[must_use]
    pub fn cleaned(said: &str) -> Self {
        let last = said.rsplit(['/', '\\']).next().unwrap_or_default();
        let kept: String = last.chars().filter(|c| !c.is_control() && !turns_text_around(*c)).collect();
        let kept = kept.trim().trim_start_matches('.').trim();
        let short = shortened(kept, Self::MAX_BYTES);
        Self(if short.is_empty() { Self::UNNAMED.into() } else { short.into() })
    }

    /// A name that a store kept.
    #[must_use]
    pub fn from_stored(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Marks of direction, with which `gpj.exe` can be made to look like `exe.jpg`, and what cannot be seen at all.
const fn turns_text_around(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// The name within so many bytes, with the ending that says what it is.
fn shortened(name: &str, max_bytes: usize) -> String {
    if name.len() <= max_bytes {
        return name.to_owned();
    }
    let ending = name.rfind('.').map(|dot| name.split_at(dot).1).filter(|ending| ending.len() <= 16);
    let ending = ending.unwrap_or_default();
    let mut end = max_bytes - ending.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ending}", name.split_at(end).0)
}

/// What sort of data a file holds, as it was found to be: `image/png`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaType(Arc<str>);

impl MediaType {
    /// A type by its name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The type's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The measures of a picture, the right way up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// The smaller picture that was made of it.
    pub preview: Preview,
}

/// A smaller picture made of a large one. It has none of what cameras write into theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// What it is.
    #[serde(rename = "type")]
    pub media_type: MediaType,
    /// How many bytes it has.
    pub size: u64,
}

/// An uploaded file as its readers know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The file's id.
    pub id: FileId,
    /// What it is called.
    pub name: FileName,
    /// What it was found to hold.
    #[serde(rename = "type")]
    pub media_type: MediaType,
    /// How many bytes it has.
    pub size: u64,
    /// Its measures, where it is a picture.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
}

/// A file that begins to come in.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// Its id.
    pub id: FileId,
    /// Whose it is.
    pub owner: UserId,
    /// What it is for.
    pub purpose: FilePurpose,
    /// What it is called.
    pub name: FileName,
    /// What it was found to hold.
    pub media_type: MediaType,
    /// How large it may become.
    pub reserved: u64,
    /// When it began.
    pub created_at: Timestamp,
    /// When it is given up, should it not be finished by then.
    pub due_at: Timestamp,
}

/// A file that is all there, and who may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// The file.
    pub file: File,
    /// Whose it is.
    pub owner: UserId,
    /// What it is for.
    pub purpose: FilePurpose,
    /// The message that it is attached to.
    pub message: Option<(RoomId, Seq)>,
    /// Whether it is shown somewhere: with a message, or beside a name.
    pub is_shown: bool,
}

impl StoredFile {
    /// Whether that user can attach it to a message.
    #[must_use]
    pub fn may_be_attached_by(&self, user: &UserId) -> bool {
        self.owner == *user && self.purpose == FilePurpose::Attachment && self.message.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path_and_hides_nothing() {
        for (said, kept) in [
            ("photo.jpg", "photo.jpg"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ada\\notes.txt", "notes.txt"),
            ("/", "file"),
            ("..", "file"),
            (".htaccess", "htaccess"),
            ("", "file"),
            ("  a\r\nSet-Cookie: x=1 ", "aSet-Cookie: x=1"),
            ("a\0b.png", "ab.png"),
            ("annex\u{202E}gpj.exe", "annexgpj.exe"),
            ("Überweisung 📎.pdf", "Überweisung 📎.pdf"),
        ] {
            assert_eq!(FileName::cleaned(said).as_str(), kept, "{said:?}");
        }
        let long = FileName::cleaned(&format!("{}.tar.gz", "ü".repeat(300)));
        assert!(long.as_str().len() <= 200 && long.as_str().ends_with(".gz"), "{long:?}");
        assert!(FileName::cleaned(&"x".repeat(5_000)).as_str().len() <= 200);
    }

    #[test]
    fn a_file_reads_back_as_it_was_written() {
        let preview = Preview { width: 2, height: 1, media_type: MediaType::new("image/jpeg"), size: 9 };
        let picture = Picture { width: 20, height: 10, preview };
        for picture in [None, Some(picture)] {
            let file = File {
                id: FileId::from_parts(1, 2),
                name: FileName::cleaned("a.png"),
                media_type: MediaType::new("image/png"),
                size: 7,
                picture,
            };
            let json = serde_json::to_string(&file).unwrap();
            assert_eq!(serde_json::from_str::<File>(&json).unwrap(), file, "{json}");
        }
    }
}
