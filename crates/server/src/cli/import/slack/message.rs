//! One message.

use chinwag_chat::export::{MessageLine, ReactionLine};
use chinwag_chat::import::ImportReport;
use chinwag_chat::{Details, Emoji, Message, MessageText, Rev, RoomId, Seq};
use serde_json::Value;

use super::people::People;
use super::text::{Said, rewritten};
use super::{emoji, ids, items, text};

/// What is told beside what people say: who came and went, what a channel is about.
const NOTICES: [&str; 14] = [
    "channel_join",
    "channel_leave",
    "channel_topic",
    "channel_purpose",
    "channel_name",
    "channel_archive",
    "channel_unarchive",
    "group_join",
    "group_leave",
    "group_topic",
    "group_purpose",
    "group_name",
    "pinned_item",
    "bot_add",
];

/// Where a message stands.
pub(super) struct Place<'a> {
    pub(super) room: RoomId,
    pub(super) conversation: &'a str,
    pub(super) directory: &'a str,
    pub(super) number: u64,
    pub(super) thread: Option<u64>,
}

/// The line of a message; nothing where it is none, or cannot be taken.
pub(super) fn line(
    message: &Value,
    place: &Place<'_>,
    people: &People,
    report: &mut ImportReport,
) -> Option<MessageLine> {
    let (ts, subtype) = (text(message, "ts"), text(message, "subtype"));
    let whereabouts = || format!("{}/{ts}", place.directory);
    if NOTICES.contains(&subtype) {
        report.leave_out("a notice of who came, went, or changed the channel", String::new);
        return None;
    }
    if subtype == "tombstone" {
        report.leave_out("a message that was deleted", String::new);
        return None;
    }
    let (Some(sender), Some(created_at), Some(client_id)) =
        (people.sender(message), ids::time(ts), ids::client_id(ts))
    else {
        report.leave_out("a message without a sender or a time", whereabouts);
        return None;
    };
    let Said { text: said, mentions } = rewritten(&all_said(message, place, report), people);
    if said.trim().is_empty() {
        report.leave_out("a message that says nothing", whereabouts);
        return None;
    }
    let edited_at = message.get("edited").and_then(|edited| ids::time(text(edited, "ts")));
    let details = Details { thread: place.thread.map(Seq), mentions, edited_at, ..Details::default() };
    let message_line = Message {
        id: ids::message(place.conversation, ts, &sender.id, created_at),
        room: place.room,
        seq: Seq(place.number),
        rev: Rev::ZERO,
        sender,
        client_id,
        text: MessageText::from_stored(&said),
        created_at,
        details,
    };
    let reactions = reactions(message, people, report);
    Some(MessageLine { message: message_line, reactions, edits: vec![] })
}

/// The text, and below it where the files are that it came with.
fn all_said(message: &Value, place: &Place<'_>, report: &mut ImportReport) -> String {
    let mut said = text(message, "text").to_owned();
    if said.trim().is_empty() {
        // What programs say is often only in what they attach.
        let attached = items(message.get("attachments").unwrap_or(&Value::Null));
        let attached = attached.map(|one| match text(one, "text") {
            "" => text(one, "fallback"),
            text => text,
        });
        said = attached.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
    }
    for file in items(message.get("files").unwrap_or(&Value::Null)) {
        let name = [text(file, "name"), text(file, "title"), "file"];
        let name = name.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        let link = [text(file, "permalink"), text(file, "url_private")];
        let link = link.into_iter().find(|link| !link.is_empty()).unwrap_or_default();
        if !said.is_empty() {
            said.push('\n');
        }
        said.push_str(&format!("📎 {name} {link}"));
        report
            .leave_out("a file: its message has a link to it", || format!("{} in {}", name, place.directory));
    }
    said
}

fn reactions(message: &Value, people: &People, report: &mut ImportReport) -> Vec<ReactionLine> {
    let mut taken = vec![];
    for reaction in items(message.get("reactions").unwrap_or(&Value::Null)) {
        let name = text(reaction, "name");
        let users = items(reaction.get("users").unwrap_or(&Value::Null)).filter_map(Value::as_str);
        let Some(emoji) = emoji::named(name).and_then(|emoji| emoji.parse::<Emoji>().ok()) else {
            report.leave_out_many(
                "a reaction with an emoji of the workspace's own",
                users.count() as u64,
                || format!(":{name}:"),
            );
            continue;
        };
        for id in users {
            match people.user(id) {
                Some(user) => taken.push(ReactionLine { emoji: emoji.clone(), user: user.clone() }),
                None => report.leave_out("a reaction of somebody in no list of people", || id.to_owned()),
            }
        }
    }
    taken
}
