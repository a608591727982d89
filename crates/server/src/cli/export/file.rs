//! The file of an export: what is there of it already, and what is added.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use chinwag_chat::export::{ExportLine, Manifest, Subject};

use super::line;
use crate::admin::client::percent_encoded;

/// What every line of a message begins with, and no other line does.
const MESSAGE: &[u8] = b"{\"type\":\"message\",";

/// How much of an export a file has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    /// Nothing that could be gone on with.
    Nothing,
    /// A beginning, up to a message; and how to ask for the rest.
    UpTo {
        /// The query.
        query: String,
    },
    /// All of it.
    All,
}

/// An export's file, open at the end of what there is.
pub(super) struct ExportFile {
    file: BufWriter<File>,
    kept: Kept,
    messages: u64,
    /// The end of what was written last, to see whether it ends as an export does.
    tail: Vec<u8>,
}

/// How many messages begin in a piece.
pub(super) fn messages_in(piece: &[u8]) -> u64 {
    piece.split_inclusive(|byte| *byte == b'\n').filter(|line| line.starts_with(MESSAGE)).count() as u64
}

impl ExportFile {
    /// Opens a file, or makes it; and cuts off what is of no use to go on.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // What people said is for nobody else on this machine.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let Found { kept, messages, end } = look(&file)?;
        if kept != Kept::All {
            file.set_len(end)?;
        }
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file: BufWriter::new(file), kept, messages, tail: vec![] })
    }

    pub(super) fn kept(&self) -> &Kept {
        &self.kept
    }

    pub(super) fn messages(&self) -> u64 {
        self.messages
    }

    /// Has all of it on disk; whether it is complete now.
    pub(super) fn finish(mut self) -> io::Result<Kept> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        let last = self.tail.strip_suffix(b"\n").and_then(|tail| tail.rsplit(|byte| *byte == b'\n').next());
        let last = last.and_then(|last| std::str::from_utf8(last).ok()).and_then(line);
        Ok(if matches!(last, Some(ExportLine::End { .. })) { Kept::All } else { Kept::Nothing })
    }
}

/// Longer than the last line of an export.
const TAIL_BYTES: usize = 256;

impl Write for ExportFile {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.file.write_all(piece)?;
        self.tail.extend_from_slice(piece);
        let excess = self.tail.len().saturating_sub(TAIL_BYTES);
        self.tail.drain(..excess);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// What a file has.
struct Found {
    kept: Kept,
    messages: u64,
    /// Where that ends.
    end: u64,
}

fn look(file: &File) -> io::Result<Found> {
    let mut lines = BufReader::new(file);
    let (mut end, mut messages, mut text) = (0, 0, Vec::new());
    let mut last = None;
    let mut manifest: Option<Manifest> = None;
    loop {
        text.clear();
        let bytes = lines.read_until(b'\n', &mut text)?;
        if !text.ends_with(b"\n") {
            break;
        }
        if end == 0 {
            match std::str::from_utf8(&text).ok().and_then(line) {
                Some(ExportLine::Manifest(found)) => manifest = Some(found),
                _ => {
                    return Err(io::Error::new(
                        io::ErrorKind::AlreadyExists,
                        "this is another file, no export",
                    ));
                }
            }
        }
        end += bytes as u64;
        messages += messages_in(&text);
        last = Some(std::mem::take(&mut text));
    }
    if end == 0 && !text.is_empty() && !b"{\"type\":\"manifest\"".starts_with(text.get(..18).unwrap_or(&text))
    {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "this is another file, no export"));
    }
    let last = last.and_then(|last| line(std::str::from_utf8(&last).ok()?));
    Ok(match (manifest, last) {
        (Some(_), Some(ExportLine::End { .. })) => Found { kept: Kept::All, messages, end },
        (Some(Manifest { of, epoch, .. }), Some(ExportLine::Message(last))) => {
            let query = match of {
                Subject::Room { head_rev, .. } => format!(
                    "?after_rev={}&until_rev={head_rev}&epoch={}",
                    last.message.rev,
                    percent_encoded(epoch.as_str())
                ),
                _ => format!("?after_room={}&after_seq={}", last.message.room, last.message.seq),
            };
            Found { kept: Kept::UpTo { query }, messages, end }
        }
        // Cut off before the first message, or among what comes after the last: what there is, is soon there again.
        _ => Found { kept: Kept::Nothing, messages: 0, end: 0 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"{"type":"manifest","version":1,"of":"room","room":"00000000010000000000000007","head_seq":2,"head_rev":9,"epoch":"e1","at":"2025-11-21T04:40:00.120Z"}"#;
    const HELLO: &str = r#"{"type":"message","message":{"id":"00000000010000000000000001","room":"00000000010000000000000007","seq":1,"rev":4,"sender":{"id":"u1","name":"ada","display_name":"Ada"},"client_id":"c1","text":"hello","created_at":"2025-11-21T04:40:00.120Z"}}"#;

    fn kept(contents: &str) -> (Kept, u64) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("room.jsonl");
        std::fs::write(&path, contents).unwrap();
        let file = ExportFile::open(&path).unwrap();
        let kept = file.kept().clone();
        drop(file);
        (kept, std::fs::metadata(&path).unwrap().len())
    }

    #[test]
    fn what_was_cut_off_goes_on_after_its_last_whole_message() {
        let whole = format!("{MANIFEST}\n{HELLO}\n");
        let query = "?after_rev=4&until_rev=9&epoch=e1".to_owned();
        for cut in ["", "{\"type\":\"mess", HELLO] {
            let expected = (Kept::UpTo { query: query.clone() }, whole.len() as u64);
            assert_eq!(kept(&format!("{whole}{cut}")), expected);
        }
    }

    #[test]
    fn what_was_cut_off_before_the_first_message_begins_anew_and_what_is_whole_stays() {
        assert_eq!(kept(""), (Kept::Nothing, 0));
        assert_eq!(kept("{\"type\":\"mani"), (Kept::Nothing, 0));
        assert_eq!(kept(&format!("{MANIFEST}\n")), (Kept::Nothing, 0));
        let whole = format!("{MANIFEST}\n{HELLO}\n{{\"type\":\"end\",\"head_rev\":9}}\n");
        assert_eq!(kept(&whole), (Kept::All, whole.len() as u64));
    }

    #[test]
    fn a_file_that_is_no_export_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("precious.txt");
        for precious in ["my diary\n", "my diary"] {
            std::fs::write(&path, precious).unwrap();
            assert!(ExportFile::open(&path).is_err());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), precious);
        }
    }
}
