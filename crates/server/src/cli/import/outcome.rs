//! What became of an import, in words.

use std::fmt::Write as _;

use chinwag_chat::import::ImportReport;

/// How far it is.
pub(super) fn so_far(report: &ImportReport) -> String {
    let rooms = report.rooms_new + report.rooms_known;
    format!("{rooms} rooms, {} messages so far", report.messages_new + report.messages_known)
}

/// All of it.
pub(super) fn told(report: &ImportReport) -> String {
    let mut text = String::new();
    for (what, new, known) in [
        ("Users", report.users_new, report.users_known),
        ("Rooms", report.rooms_new, report.rooms_known),
        ("Messages", report.messages_new, report.messages_known),
    ] {
        let _ = writeln!(text, "{what:<9} {new:>9} new, {known:>9} here already");
    }
    if report.left_out.is_empty() {
        text.push_str("All of it was taken.");
        return text;
    }
    text.push_str("What could not be taken:\n");
    for (why, left_out) in &report.left_out {
        let _ = writeln!(text, "{:>9}  {}", left_out.count, printable(why));
        for example in &left_out.examples {
            let _ = writeln!(text, "           {}", printable(example));
        }
    }
    text
}

/// What comes from a file must not steer the operator's terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(200).collect()
}
