//! The schema and how it came to be.

use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::OpenError;

/// "Chwg" in the file's header: tells our database from any other SQLite file.
pub(crate) const APPLICATION_ID: u32 = u32::from_be_bytes(*b"Chwg");

/// Every step that the schema has taken. Steps are added, never changed: files in the field have taken them.
const MIGRATIONS: &[M<'_>] = &[
    M::up(include_str!("../migrations/0001_rooms_users_sessions.sql")),
    M::up(include_str!("../migrations/0002_outbox.sql")),
    M::up(include_str!("../migrations/0003_messages_that_change.sql")),
    M::up(include_str!("../migrations/0004_files_and_profiles.sql")),
    M::up(include_str!("../migrations/0005_search.sql")),
    M::up(include_str!("../migrations/0006_moderation.sql")),
    M::up(include_str!("../migrations/0007_notifications.sql")),
    M::up(include_str!("../migrations/0009_data_duties.sql")),
    M::up(include_str!("../migrations/0010_what_goes.sql")),
    M::up(include_str!("../migrations/0011_integration.sql")),
];

/// Refuses another application's file and one of a newer version, before anything touches its contents.
pub(crate) fn refuse_unknown(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let read = || {
        let tables = number("SELECT count(*) FROM sqlite_schema")?;
        Ok((tables, number("PRAGMA application_id")?, number("PRAGMA user_version")?))
    };
    let (tables, application, found) = read().map_err(|error| OpenError::from_sql(path, &error))?;
    if tables > 0 && application != i64::from(APPLICATION_ID) {
        let reason = "it belongs to another application".to_owned();
        return Err(OpenError::NotADatabase { path: path.to_owned(), reason });
    }
    let found = usize::try_from(found).unwrap_or(usize::MAX);
    let known = MIGRATIONS.len();
    if found > known { Err(OpenError::Newer { path: path.to_owned(), found, known }) } else { Ok(()) }
}

/// Takes the steps that the file has not taken yet, each in a transaction.
pub(crate) fn migrate(path: &Path, connection: &mut Connection) -> Result<(), OpenError> {
    connection
        .pragma_update(None, "application_id", APPLICATION_ID)
        .map_err(|error| OpenError::from_sql(path, &error))?;
    Migrations::from_slice(MIGRATIONS).to_latest(connection).map_err(|error| match &error {
        rusqlite_migration::Error::RusqliteError { err, .. } => OpenError::from_sql(path, err),
        _ => OpenError::Other { path: path.to_owned(), reason: error.to_string() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_of_the_schema_runs() {
        Migrations::from_slice(MIGRATIONS).validate().unwrap();
    }
}
