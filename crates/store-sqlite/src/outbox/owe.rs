//! Notes work, mostly in the transaction of the change that it follows.

use chinwag_chat::Timestamp;
use chinwag_chat::outbox::{NewWork, Placing};
use rusqlite::{Connection, params};

use crate::fault::Fault;
use crate::fields::signed;
use crate::query::one;

/// What waits last in a line.
const WAITING: &str = "
    SELECT id FROM outbox WHERE kind = ?1 AND key = ?2
        AND id <> coalesce((SELECT held FROM outbox_lines WHERE kind = ?1 AND key = ?2), 0)
    ORDER BY id DESC LIMIT 1";

/// Puts work into its lines.
pub(crate) fn owe(transaction: &Connection, work: &[NewWork], at: Timestamp) -> Result<(), Fault> {
    for work in work {
        let waiting = match work.placing {
            Placing::Behind => None,
            Placing::UnlessWaiting | Placing::InsteadOfWaiting => waiting(transaction, work)?,
        };
        match waiting {
            Some(id) if work.placing == Placing::InsteadOfWaiting => {
                transaction
                    .prepare_cached("UPDATE outbox SET payload = ?2 WHERE id = ?1")?
                    .execute(params![signed(id), work.payload])?;
            }
            Some(_) => {}
            None => append(transaction, work, at)?,
        }
    }
    Ok(())
}

fn waiting(transaction: &Connection, work: &NewWork) -> Result<Option<u64>, Fault> {
    one(transaction, WAITING, params![work.kind.as_str(), work.key], |mut fields| fields.number())
}

fn append(transaction: &Connection, work: &NewWork, at: Timestamp) -> Result<(), Fault> {
    let NewWork { kind, key, payload, delay, .. } = work;
    let not_before = at.plus(*delay).unix_ms();
    transaction
        .prepare_cached(
            "INSERT INTO outbox (kind, key, payload, created_at, not_before) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![kind.as_str(), key, payload, at.unix_ms(), not_before])?;
    // A line that is there already has older work in it, and keeps its time.
    transaction
        .prepare_cached(
            "INSERT INTO outbox_lines (kind, key, due_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![kind.as_str(), key, not_before])?;
    Ok(())
}
