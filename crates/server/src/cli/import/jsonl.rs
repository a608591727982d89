//! An export of our own, line by line.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use chinwag_chat::export::ExportLine;
use chinwag_chat::import::ImportReport;

use super::Source;

/// The lines of a file.
pub(super) struct Lines {
    file: BufReader<File>,
    number: u64,
    /// Whether the last line was there.
    is_whole: bool,
}

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        Ok(Self { file: BufReader::new(file), number: 0, is_whole: false })
    }
}

impl Source for Lines {
    fn next(&mut self, report: &mut ImportReport) -> Result<Option<ExportLine>, String> {
        let mut text = Vec::new();
        loop {
            text.clear();
            if self.file.read_until(b'\n', &mut text).map_err(|error| error.to_string())? == 0 {
                if !self.is_whole {
                    report.leave_out("the end of an export that was cut off", String::new);
                }
                return Ok(None);
            }
            self.number += 1;
            if text.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice::<ExportLine>(&text) {
                Ok(line) => {
                    self.is_whole = matches!(line, ExportLine::End { .. });
                    return Ok(Some(line));
                }
                Err(_) if self.number == 1 => return Err("this is no export".to_owned()),
                Err(error) => {
                    let number = self.number;
                    report.leave_out("a line that makes no sense", || format!("line {number}: {error}"));
                }
            }
        }
    }
}
