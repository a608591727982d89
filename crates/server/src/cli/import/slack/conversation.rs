//! A conversation: a channel of either sort, or people among themselves.

use std::collections::HashMap;

use chinwag_chat::export::{ExportLine, RoomLine};
use chinwag_chat::import::ImportReport;
use chinwag_chat::{Member, Role, RoomId, RoomKind, RoomName, RoomSettings, Seq, Timestamp};
use serde_json::Value;

use super::message::{self, Place};
use super::people::People;
use super::{ids, items, text};

/// The lists of conversations, and what those in them are.
pub(super) const LISTS: &[(&str, RoomKind)] = &[
    ("channels.json", RoomKind::Public),
    ("groups.json", RoomKind::Private),
    ("mpims.json", RoomKind::Group),
    ("dms.json", RoomKind::Direct),
];

/// The longest name of a room.
const MAX_NAME_CHARS: usize = 80;

/// A conversation and how far it was read.
pub(super) struct Conversation {
    id: String,
    directory: String,
    kind: RoomKind,
    room: RoomId,
    created_at: Timestamp,
    creator: String,
    members: Vec<String>,
    /// The number of the newest message.
    newest: u64,
    /// The numbers of messages that may have been answered in threads, by what Slack names them.
    roots: HashMap<String, u64>,
}

impl Conversation {
    /// What an entry of a list tells; nothing where it names none.
    pub(super) fn of(entry: &Value, kind: RoomKind) -> Option<Self> {
        let id = text(entry, "id");
        if id.is_empty() {
            return None;
        }
        let created = entry.get("created").and_then(Value::as_i64).unwrap_or(0);
        let created_at = Timestamp::from_unix_ms(created.saturating_mul(1_000));
        let directory = match text(entry, "name") {
            "" => id,
            name => name,
        };
        let members = items(entry.get("members").unwrap_or(&Value::Null)).filter_map(Value::as_str);
        Some(Self {
            room: ids::room(id, created_at),
            id: id.to_owned(),
            directory: directory.to_owned(),
            kind,
            created_at,
            creator: text(entry, "creator").to_owned(),
            members: members.map(str::to_owned).collect(),
            newest: 0,
            roots: HashMap::new(),
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn directory(&self) -> &str {
        &self.directory
    }

    /// The lines of the room and its members.
    pub(super) fn beginning(&mut self, people: &People, report: &mut ImportReport) -> Vec<ExportLine> {
        let name = match self.kind {
            RoomKind::Public | RoomKind::Private => self.name(),
            RoomKind::Group | RoomKind::Direct => None,
        };
        let mut lines = vec![ExportLine::Room(RoomLine {
            id: self.room,
            kind: self.kind,
            name,
            created_at: self.created_at,
            settings: RoomSettings::default(),
            role: None,
            read_seq: None,
        })];
        for id in &self.members {
            let Some(user) = people.user(id).cloned() else {
                report.leave_out("a member who is in no list of people", || id.clone());
                continue;
            };
            let is_owner = *id == self.creator && self.kind != RoomKind::Direct;
            lines.push(ExportLine::Member(Member {
                user,
                role: if is_owner { Role::Owner } else { Role::Member },
                joined_at: self.created_at,
                // Nobody wants years to be unread; and Slack does not tell.
                read_seq: Seq(u64::MAX),
                delivered_seq: Seq(u64::MAX),
                muted_until: None,
                posted_at: None,
                is_blocked: false,
            }));
        }
        lines
    }

    /// The lines of a day.
    pub(super) fn day(&mut self, day: &Value, people: &People, report: &mut ImportReport) -> Vec<ExportLine> {
        let mut said: Vec<&Value> = items(day).collect();
        said.sort_by(|one, other| text(one, "ts").cmp(text(other, "ts")));
        let mut lines = Vec::with_capacity(said.len());
        for one in said {
            let ts = text(one, "ts");
            let root = text(one, "thread_ts");
            let thread = if root.is_empty() || root == ts { None } else { Some(root) };
            let place = Place {
                room: self.room,
                conversation: &self.id,
                directory: &self.directory,
                number: self.newest + 1,
                thread: thread.and_then(|root| self.roots.get(root)).copied(),
            };
            let Some(line) = message::line(one, &place, people, report) else { continue };
            if thread.is_some() && place.thread.is_none() {
                report.leave_out("the thread of a message whose beginning is not there", || {
                    format!("{}/{ts}", self.directory)
                });
            }
            self.newest += 1;
            // Only what somebody answered is asked for again.
            if thread.is_none()
                && (root == ts || one.get("reply_count").is_some() || one.get("replies").is_some())
            {
                self.roots.insert(ts.to_owned(), self.newest);
            }
            lines.push(ExportLine::Message(line));
        }
        lines
    }

    fn name(&self) -> Option<RoomName> {
        let kept: String = self.directory.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
        kept.parse().or_else(|_| "channel".parse()).ok()
    }
}
