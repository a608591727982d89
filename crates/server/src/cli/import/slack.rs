//! An export of Slack, as the lines of an export of our own.
//!
//! The directory (or the zip of it) holds `users.json`; a list for each sort of conversation: `channels.json`, `groups.json`,
//! `mpims.json` and `dms.json`; and for each conversation a directory with a file for each day. Every id here follows from
//! those of Slack, so that an import that is run again finds what it brought.

mod archive;
mod conversation;
mod emoji;
mod ids;
mod message;
mod people;
#[cfg(test)]
mod tests;
mod text;

use std::collections::VecDeque;
use std::path::Path;

use chinwag_chat::Epoch;
use chinwag_chat::export::{ExportLine, Manifest, Subject, VERSION};
use chinwag_chat::import::ImportReport;
use serde_json::Value;

use super::Source;
use archive::Archive;
use conversation::Conversation;
use people::People;

/// An export of Slack, read as far as it was asked for.
pub(super) struct SlackExport {
    archive: Archive,
    people: People,
    /// Those that are still to come.
    conversations: VecDeque<Conversation>,
    days: VecDeque<String>,
    lines: VecDeque<ExportLine>,
    current: Option<Conversation>,
}

impl SlackExport {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let mut archive = Archive::open(path)?;
        let users =
            archive.json("users.json")?.ok_or("there is no users.json: this is no export of Slack")?;
        let mut conversations = VecDeque::new();
        for (list, sort) in conversation::LISTS {
            let found = archive.json(list)?.unwrap_or_default();
            conversations.extend(items(&found).filter_map(|item| Conversation::of(item, *sort)));
        }
        let people = People::of(&users, &conversations);
        let manifest = Manifest {
            version: VERSION,
            of: Subject::Other { program: "slack".to_owned() },
            epoch: Epoch("slack".into()),
            at: chinwag_chat::Timestamp::default(),
        };
        let lines = VecDeque::from([ExportLine::Manifest(manifest)]);
        Ok(Self { archive, people, conversations, days: VecDeque::new(), lines, current: None })
    }

    /// Reads on until there is a line, or nothing is left.
    fn read_on(&mut self, report: &mut ImportReport) -> Result<(), String> {
        while self.lines.is_empty() {
            if let Some(day) = self.days.pop_front() {
                let Some(conversation) = &mut self.current else { continue };
                match self.archive.json(&day) {
                    Ok(found) => {
                        let found = found.unwrap_or_default();
                        self.lines.extend(conversation.day(&found, &self.people, report));
                    }
                    Err(error) => report.leave_out("a file that makes no sense", || error),
                }
                continue;
            }
            let Some(mut next) = self.conversations.pop_front() else { return Ok(()) };
            self.days = self.archive.days(next.directory()).into();
            self.lines.extend(next.beginning(&self.people, report));
            self.current = Some(next);
        }
        Ok(())
    }
}

impl Source for SlackExport {
    fn next(&mut self, report: &mut ImportReport) -> Result<Option<ExportLine>, String> {
        self.read_on(report)?;
        Ok(self.lines.pop_front())
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
