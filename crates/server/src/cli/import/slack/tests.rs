//! A small export of Slack, line by line.

use std::io::Write as _;
use std::path::PathBuf;

use chinwag_chat::export::{MessageLine, RoomLine};
use chinwag_chat::{RoomKind, Seq};
use zip::write::SimpleFileOptions;

use super::*;

fn fixture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/slack-export")
}

fn lines(path: &Path) -> (Vec<ExportLine>, ImportReport) {
    let (mut report, mut lines) = (ImportReport::default(), vec![]);
    let mut export = SlackExport::open(path).unwrap();
    while let Some(line) = export.next(&mut report).unwrap() {
        lines.push(line);
    }
    (lines, report)
}

fn rooms(lines: &[ExportLine]) -> Vec<&RoomLine> {
    lines
        .iter()
        .filter_map(|line| if let ExportLine::Room(room) = line { Some(room) } else { None })
        .collect()
}

fn messages(lines: &[ExportLine]) -> Vec<&MessageLine> {
    lines
        .iter()
        .filter_map(|line| if let ExportLine::Message(one) = line { Some(one) } else { None })
        .collect()
}

#[test]
fn every_sort_of_conversation_becomes_a_room_with_its_members() {
    let (lines, report) = lines(&fixture());
    let told: Vec<_> =
        rooms(&lines).iter().map(|room| (room.kind, room.name.as_ref().map(ToString::to_string))).collect();
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(
        told,
        [
            (RoomKind::Public, named("general")),
            (RoomKind::Public, named("empty")),
            (RoomKind::Private, named("plans")),
            (RoomKind::Group, None),
            (RoomKind::Direct, None),
        ]
    );
    let members = lines.iter().filter(|line| matches!(line, ExportLine::Member(_))).count();
    assert_eq!(members, 3 + 1 + 2 + 3 + 2);
    assert_eq!(report.left_out["a member who is in no list of people"].examples, ["U0GONE"]);
}

#[test]
fn messages_keep_their_times_senders_threads_and_reactions() {
    let (lines, _) = lines(&fixture());
    let general: Vec<_> =
        messages(&lines).into_iter().filter(|line| line.message.room == rooms(&lines)[0].id).collect();
    let first = general[0];
    assert_eq!(first.message.created_at.unix_ms(), 1_600_000_020_000);
    assert_eq!(
        first.message.text.as_str(),
        "Welcome @bob.the-builder & @eve--nicode! See #empty and #general. 🎉 @room"
    );
    assert!(first.message.details.mentions.room && first.message.details.mentions.users.len() == 2);
    let under: Vec<_> =
        first.reactions.iter().map(|one| (one.emoji.as_str(), one.user.id.as_str())).collect();
    assert_eq!(under, [("🎉", "slack-U0BOB"), ("🎉", "slack-U0EVE"), ("👍🏼", "slack-U0BOB")]);
    let threads: Vec<_> = general.iter().map(|line| line.message.details.thread).collect();
    assert_eq!(threads, [None, Some(Seq(1)), None, None, Some(Seq(1)), None, None, None]);
    assert_eq!(
        general[1].message.text.as_str(),
        "Thanks! Docs: start here (https://docs.example/start) or https://docs.example, mail ada@example.org"
    );
    assert_eq!(general[2].message.text.as_str(), "a <b> `code:here`");
    assert!(general[2].message.details.edited_at.is_some());
    assert_eq!((general[3].message.sender.bot, general[3].message.text.as_str()), (true, "Build *7* passed"));
    assert_eq!(general[5].message.text.as_str(), "the plan\n📎 plan.pdf https://files.example/plan.pdf");
    assert_eq!(general[6].message.sender.display_name.as_str(), "Gil Guest");
}

#[test]
fn what_cannot_be_taken_is_in_the_report() {
    let (_, report) = lines(&fixture());
    for (why, count) in [
        ("a notice of who came, went, or changed the channel", 1),
        ("a message that was deleted", 1),
        ("a message that says nothing", 1),
        ("a file: its message has a link to it", 1),
        ("a reaction with an emoji of the workspace's own", 1),
        ("the thread of a message whose beginning is not there", 1),
    ] {
        assert_eq!(report.left_out.get(why).map(|left| left.count), Some(count), "{why}: {report:?}");
    }
}

#[test]
fn a_zip_says_what_its_directory_says_and_the_ids_are_the_same_every_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("export.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let mut left = vec![fixture()];
    while let Some(next) = left.pop() {
        if next.is_dir() {
            left.extend(std::fs::read_dir(&next).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let name = next.strip_prefix(fixture()).unwrap().to_str().unwrap();
        zip.start_file(format!("packed anew/{name}"), SimpleFileOptions::default()).unwrap();
        zip.write_all(&std::fs::read(&next).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    assert_eq!(lines(&path), lines(&fixture()));
}

#[test]
fn what_is_no_export_is_refused_in_words() {
    let directory = tempfile::tempdir().unwrap();
    assert!(SlackExport::open(directory.path()).err().unwrap().contains("users.json"));
    let path = directory.path().join("bad.zip");
    std::fs::write(&path, b"PK but no zip").unwrap();
    assert!(SlackExport::open(&path).is_err());
}
