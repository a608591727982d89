//! Notes work in the transaction of the change that it follows.

use chinwag_chat::Timestamp;
use chinwag_chat::outbox::NewWork;
use rusqlite::{Connection, params};

use crate::fault::Fault;

/// Puts work at the end of its lines.
pub(crate) fn owe(transaction: &Connection, work: &[NewWork], at: Timestamp) -> Result<(), Fault> {
    for NewWork { kind, key, payload } in work {
        transaction
            .prepare_cached("INSERT INTO outbox (kind, key, payload, created_at) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![kind.as_str(), key, payload, at.unix_ms()])?;
        // A line that is there already has older work in it, and keeps its time.
        transaction
            .prepare_cached(
                "INSERT INTO outbox_lines (kind, key, due_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![kind.as_str(), key, at.unix_ms()])?;
    }
    Ok(())
}
