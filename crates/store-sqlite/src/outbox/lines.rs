//! What workers do with lines, inside the writer's transaction.

use chinwag_chat::Timestamp;
use chinwag_chat::outbox::{JobId, Lease, Leased, Letters, Settlement, WorkKind};
use rusqlite::{Connection, params};

use super::{job, owe};
use crate::fault::Fault;
use crate::fields::{limit, signed};
use crate::query::{all, one};

const DUE: &str = "
    SELECT l.key, (SELECT min(id) FROM outbox o WHERE o.kind = l.kind AND o.key = l.key)
    FROM outbox_lines l WHERE l.kind = ?1 AND l.due_at <= ?2 ORDER BY l.due_at LIMIT ?3";

const BEGIN: &str = "
    UPDATE outbox SET attempts = attempts + 1, lease = lease + 1 WHERE id = ?1
    RETURNING lease, id, kind, key, payload, created_at, attempts, reason";

/// The line of a job, if that lease of it is the one in force.
const HELD: &str = "
    SELECT o.kind, o.key FROM outbox o JOIN outbox_lines l ON l.kind = o.kind AND l.key = o.key
    WHERE o.id = ?1 AND o.lease = ?2 AND l.held = o.id";

/// Leases the oldest job of each of the lines that have waited longest.
pub(super) fn lease(
    transaction: &Connection,
    kinds: &[WorkKind],
    most: usize,
    now_ms: i64,
    until_ms: i64,
) -> Result<Vec<Leased>, Fault> {
    let mut leased = Vec::new();
    for kind in kinds {
        let free = most.saturating_sub(leased.len());
        let due = all(transaction, DUE, params![kind.as_str(), now_ms, limit(free)], |mut fields| {
            Ok((fields.text()?.to_owned(), fields.number()?))
        })?;
        for (key, id) in due {
            execute(
                transaction,
                "UPDATE outbox_lines SET due_at = ?3, held = ?4 WHERE kind = ?1 AND key = ?2",
                params![kind.as_str(), key, until_ms, signed(id)],
            )?;
            leased.extend(one(transaction, BEGIN, [signed(id)], |mut fields| {
                let number = fields.number()?;
                Ok(Leased { job: job(fields)?, lease: Lease { job: JobId(id), number } })
            })?);
        }
    }
    Ok(leased)
}

/// Ends a lease; false where it is not in force.
pub(super) fn settle(
    transaction: &Connection,
    lease: Lease,
    how: &Settlement,
    now: Timestamp,
) -> Result<bool, Fault> {
    let id = signed(lease.job.0);
    let line = one(transaction, HELD, params![id, signed(lease.number)], |mut fields| {
        Ok((fields.text()?.to_owned(), fields.text()?.to_owned()))
    })?;
    let Some((kind, key)) = line else { return Ok(false) };
    let mut due_at = now;
    match how {
        Settlement::Done | Settlement::Split(_) => remove(transaction, id)?,
        Settlement::GivenBack => {
            execute(transaction, "UPDATE outbox SET attempts = attempts - 1 WHERE id = ?1", [id])?;
        }
        Settlement::Retry { reason, after } => {
            due_at = now.plus(*after);
            execute(transaction, "UPDATE outbox SET reason = ?2 WHERE id = ?1", params![id, reason])?;
        }
        Settlement::Dead { reason } => {
            execute(
                transaction,
                "INSERT INTO outbox_dead (id, kind, key, payload, created_at, attempts, lease, reason)
                 SELECT id, kind, key, payload, created_at, attempts, lease, ?2 FROM outbox WHERE id = ?1",
                params![id, reason],
            )?;
            remove(transaction, id)?;
        }
    }
    execute(
        transaction,
        "UPDATE outbox_lines SET held = NULL, due_at = max(?3, coalesce(
             (SELECT not_before FROM outbox WHERE kind = ?1 AND key = ?2 ORDER BY id LIMIT 1), 0))
         WHERE kind = ?1 AND key = ?2",
        params![kind, key, due_at.unix_ms()],
    )?;
    execute(
        transaction,
        "DELETE FROM outbox_lines WHERE kind = ?1 AND key = ?2
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE kind = ?1 AND key = ?2)",
        params![kind, key],
    )?;
    if let Settlement::Split(work) = how {
        owe(transaction, work, now)?;
    }
    Ok(true)
}

/// Puts dead letters back into their lines, under their old numbers: so they come before what was noted later.
pub(super) fn replay(transaction: &Connection, letters: &Letters, now_ms: i64) -> Result<u64, Fault> {
    let mut replayed = 0;
    for id in named(transaction, letters)? {
        execute(
            transaction,
            "INSERT INTO outbox (id, kind, key, payload, created_at, lease, reason)
             SELECT id, kind, key, payload, created_at, lease, reason FROM outbox_dead WHERE id = ?1",
            [id],
        )?;
        execute(
            transaction,
            "INSERT INTO outbox_lines (kind, key, due_at)
             SELECT kind, key, ?2 FROM outbox_dead WHERE id = ?1 ON CONFLICT DO NOTHING",
            params![id, now_ms],
        )?;
        replayed += forget(transaction, id)?;
    }
    Ok(replayed)
}

/// Throws dead letters away.
pub(super) fn discard(transaction: &Connection, letters: &Letters) -> Result<u64, Fault> {
    let mut discarded = 0;
    for id in named(transaction, letters)? {
        discarded += forget(transaction, id)?;
    }
    Ok(discarded)
}

/// Ends the leases of whatever process had the file before: it is gone, and its work may begin anew at once.
pub(crate) fn void_leases(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("UPDATE outbox_lines SET due_at = 0, held = NULL WHERE held IS NOT NULL", [])?;
    Ok(())
}

/// The dead letters that are meant and there.
fn named(transaction: &Connection, letters: &Letters) -> Result<Vec<i64>, Fault> {
    let id = |mut fields: crate::fields::Fields<'_>| Ok(signed(fields.number()?));
    match letters {
        Letters::OfKind(kind) => {
            all(transaction, "SELECT id FROM outbox_dead WHERE kind = ?1 ORDER BY id", [kind.as_str()], id)
        }
        Letters::Of(ids) => {
            let mut found = Vec::new();
            for JobId(wanted) in ids {
                found.extend(one(
                    transaction,
                    "SELECT id FROM outbox_dead WHERE id = ?1",
                    [signed(*wanted)],
                    id,
                )?);
            }
            found.sort_unstable();
            found.dedup();
            Ok(found)
        }
    }
}

fn forget(transaction: &Connection, id: i64) -> Result<u64, Fault> {
    Ok(transaction.prepare_cached("DELETE FROM outbox_dead WHERE id = ?1")?.execute([id])? as u64)
}

fn remove(transaction: &Connection, id: i64) -> Result<(), Fault> {
    execute(transaction, "DELETE FROM outbox WHERE id = ?1", [id])
}

fn execute(transaction: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<(), Fault> {
    transaction.prepare_cached(sql)?.execute(params)?;
    Ok(())
}
