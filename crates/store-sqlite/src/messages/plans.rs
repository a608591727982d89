//! The steps by which SQLite answers.

use std::path::Path;

use rusqlite::params_from_iter;
use rusqlite::types::Null;

use super::*;
use crate::{exports, facts, schema};

/// How a statement would be answered, a step a line.
fn plan(connection: &Connection, sql: &str) -> String {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let nulls = params_from_iter((0..statement.parameter_count()).map(|_| Null));
    let steps = statement.query_map(nulls, |row| row.get::<_, String>(3)).unwrap();
    steps.map(Result::unwrap).collect::<Vec<_>>().join("\n")
}

#[test]
fn whatever_is_asked_of_messages_is_found_by_an_index_that_leads_to_it() {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrate(Path::new("test"), &mut connection).unwrap();
    let by_thread = "messages_by_thread (room=? AND thread=?";
    for (sql, wanted) in [
        (FORWARD, "m USING PRIMARY KEY (room=? AND seq>? AND seq<?)"),
        (BACK, "m USING PRIMARY KEY (room=? AND seq>? AND seq<?)"),
        (THREAD_FORWARD, by_thread),
        (THREAD_BACK, by_thread),
        (REPLIES, by_thread),
        (THREADS, by_thread),
        (THREAD, by_thread),
        (PINS, "messages_pinned (room=?"),
        (REACTIONS, "r USING PRIMARY KEY (room=? AND seq=?)"),
        (exports::RECORDS, "m USING PRIMARY KEY (room=? AND seq>? AND seq<?)"),
        (exports::RECORDS_OF, "messages_by_client_id (room=? AND sender=?)"),
        (exports::WRITTEN_IN, "messages_by_client_id (room=? AND sender=?)"),
        (exports::REACTIONS_OF, "reactions_by_user (user=? AND (room,seq,emoji)>(?,?,?))"),
        (facts::MENTIONED, "members_by_user (user=? AND room=?)"),
        (view::UNREAD_AFTER, "y USING PRIMARY KEY (room=? AND seq=?)"),
    ] {
        let plan = plan(&connection, sql);
        assert!(plan.contains(wanted), "{sql}\n{plan}");
    }
}
