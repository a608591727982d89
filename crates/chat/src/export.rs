//! Exports: everything of a room, or of a person, as lines of JSON that can be read by people and imported again.
//!
//! An export is pulled chunk by chunk, so that it holds no more than a page however large the room is; and it says, in
//! each message, where it is, so that one that was cut off goes on there.

mod line;
mod person;
mod room;

pub use line::{ExportLine, Manifest, MessageLine, ReactionLine, RoomLine, Subject, VERSION};
pub use person::{PersonExport, PersonPosition};
pub use room::{RoomExport, RoomPosition};

use crate::StoreError;

/// How many messages go into one chunk at most.
const MESSAGES_AT_ONCE: usize = 100;

fn write(lines: &mut String, line: &ExportLine) -> Result<(), StoreError> {
    let json = serde_json::to_string(line).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    lines.push_str(&json);
    lines.push('\n');
    Ok(())
}
