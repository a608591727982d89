//! What was done, for those who look after the server: one list, numbered from one.

use chinwag_chat::{AuditNote, RoomId, StoreError, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::item::NewItem;
use crate::keys;
use crate::table::Range;
use crate::unit::Unit;

/// What was done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AuditRecord {
    pub(crate) id: u64,
    pub(crate) at: Timestamp,
    pub(crate) action: String,
    pub(crate) by: Option<UserId>,
    pub(crate) room: Option<RoomId>,
    pub(crate) user: Option<UserId>,
    pub(crate) details: Option<serde_json::Value>,
}

/// Notes what was done, under the next number.
pub(crate) async fn note(unit: &mut Unit<'_>, note: &AuditNote, at: Timestamp) -> Result<(), StoreError> {
    let id = next_of(unit, keys::AUDIT).await?;
    let AuditNote { action, by, room, user, details } = note.clone();
    let record = AuditRecord { id, at, action: action.to_owned(), by, room, user, details };
    unit.put(NewItem::of(keys::audit(id), &record)?);
    Ok(())
}

/// The number after the newest of a list. Whoever takes it too is the one that is overtaken.
pub(crate) async fn next_of(unit: &mut Unit<'_>, list: &str) -> Result<u64, StoreError> {
    let newest = Range::all(list).newest_first().limit(1);
    let newest = unit.range::<serde::de::IgnoredAny>(&newest).await?;
    Ok(newest.last().and_then(|(sk, _)| sk.parse::<u64>().ok()).unwrap_or(0) + 1)
}
