//! The schema and how it came to be.

use std::sync::Arc;

use chinwag_chat::Epoch;
use sqlx::PgConnection;

use crate::ConnectError;
use crate::fault::Fault;
use crate::fields::{Fields, limit};

/// Every step that the schema has taken. Steps are added, never changed: databases in the field have taken them.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_rooms_users_sessions.sql"),
    include_str!("../migrations/0002_nodes.sql"),
    include_str!("../migrations/0003_outbox.sql"),
    include_str!("../migrations/0004_lost_nodes.sql"),
    include_str!("../migrations/0005_messages_that_change.sql"),
    include_str!("../migrations/0006_files_and_profiles.sql"),
    include_str!("../migrations/0007_search.sql"),
    include_str!("../migrations/0008_moderation.sql"),
    include_str!("../migrations/0009_notifications.sql"),
    include_str!("../migrations/0011_data_duties.sql"),
    include_str!("../migrations/0012_what_goes.sql"),
    include_str!("../migrations/0013_integration.sql"),
    include_str!("../migrations/0014_connection_numbers.sql"),
];

/// One node at a time: "Chwg" tells our lock from those of other applications, the schema those of two Chinwags in one
/// database. Given back with the end of the transaction.
const LOCK: &str = "SELECT pg_advisory_xact_lock($1, hashtext(current_schema()))";

/// How far the schema is; nothing where there is none.
const FOUND: &str = "SELECT value FROM meta WHERE key = 'schema'";

/// Takes the steps that the database has not taken yet, all in one transaction; the nodes that start meanwhile wait. The
/// logs' epoch, made with the first step.
pub(crate) async fn migrate(connection: &mut PgConnection, place: &Arc<str>) -> Result<Epoch, ConnectError> {
    let from_fault = |fault: Fault| ConnectError::from_fault(place, &fault);
    begin(connection).await.map_err(from_fault)?;
    let found = found(connection).await.map_err(from_fault)?;
    let known = MIGRATIONS.len();
    if found > known {
        return Err(ConnectError::Newer { place: place.clone(), found, known });
    }
    for step in MIGRATIONS.iter().skip(found) {
        execute(connection, step).await.map_err(from_fault)?;
    }
    finish(connection).await.map_err(from_fault)
}

async fn begin(connection: &mut PgConnection) -> Result<(), Fault> {
    execute(connection, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").await?;
    // A step may take its time, and so may the node that takes it first.
    execute(connection, "SET LOCAL statement_timeout = 0").await?;
    sqlx::query(LOCK).bind(i32::from_be_bytes(*b"Chwg")).execute(connection).await?;
    Ok(())
}

async fn found(connection: &mut PgConnection) -> Result<usize, Fault> {
    let any = sqlx::query("SELECT to_regclass('meta') IS NOT NULL").fetch_one(&mut *connection).await?;
    if !Fields::of(&any).flag()? {
        return Ok(0);
    }
    let row = sqlx::query(FOUND).fetch_optional(connection).await?;
    row.map_or(Ok(0), |row| Fields::of(&row).parsed())
}

/// Notes the last step, and commits.
async fn finish(connection: &mut PgConnection) -> Result<Epoch, Fault> {
    sqlx::query(
        "INSERT INTO meta (key, value) VALUES ('schema', $1::bigint::text)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )
    .bind(limit(MIGRATIONS.len()))
    .execute(&mut *connection)
    .await?;
    let epoch = sqlx::query("SELECT value FROM meta WHERE key = 'epoch'").fetch_one(&mut *connection).await?;
    execute(connection, "COMMIT").await?;
    Ok(Epoch(Fields::of(&epoch).text()?.into()))
}

async fn execute(connection: &mut PgConnection, sql: &'static str) -> Result<(), Fault> {
    sqlx::raw_sql(sql).execute(connection).await?;
    Ok(())
}
