//! The index's own promises: it is asked in its order, and holds what messages say and nothing else.

use std::path::Path;

use rusqlite::params_from_iter;
use rusqlite::types::Null;

use super::*;
use crate::schema;

const ROOM: &str = "x'0000000000000000000000000000000f'";

fn database() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    index::add_function(&connection).unwrap();
    schema::migrate(Path::new("test"), &mut connection).unwrap();
    connection
}

/// A message of that number, as versions before the index wrote it.
fn write(connection: &Connection, seq: u64, created_at: i64, text: &str) {
    let sql = format!(
        "INSERT INTO messages (room, seq, rev, id, sender, client_id, created_at, text)
         VALUES ({ROOM}, {seq}, {seq}, x'00', 'ada', '{seq}', {created_at}, ?1)"
    );
    connection.execute(&sql, [text]).unwrap();
}

fn held(connection: &Connection, word: &str) -> Vec<u64> {
    let sql = "SELECT rowid FROM message_words WHERE message_words MATCH ?1 ORDER BY rowid";
    all(connection, sql, [format!("\"{word}\"")], |mut fields| fields.number()).unwrap()
}

/// Whether the index's own pages have the word anywhere.
fn is_kept(connection: &Connection, word: &str) -> bool {
    let sql = "SELECT count(*) FROM message_words_data WHERE instr(block, CAST(?1 AS BLOB)) > 0";
    connection.query_row(sql, [word], |row| row.get::<_, i64>(0)).unwrap() > 0
}

#[test]
fn what_is_found_comes_in_the_order_of_the_index() {
    let connection = database();
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {FOUND}")).unwrap();
    let nulls = params_from_iter((0..statement.parameter_count()).map(|_| Null));
    let steps = statement.query_map(nulls, |row| row.get::<_, String>(3)).unwrap();
    let plan = steps.map(Result::unwrap).collect::<Vec<_>>().join("\n");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    assert!(plan.contains("COVERING INDEX messages_by_search_id (search_id=?)"), "{plan}");
}

#[test]
fn messages_from_before_the_index_are_taken_in_once() {
    let connection = database();
    write(&connection, 1, 2_000, "second harbour");
    write(&connection, 2, 1_000, "first harbour");
    write(&connection, 3, 1_000, "also first");
    index::fill(&connection).unwrap();
    assert_eq!(held(&connection, "harbour"), [4_096_000, 8_192_000]);
    assert_eq!(held(&connection, "first"), [4_096_000, 4_096_001]);
    index::fill(&connection).unwrap();
    assert_eq!(held(&connection, "_000000000000000f").len(), 3);
}

#[test]
fn nothing_is_left_of_what_is_no_longer_said() {
    let connection = database();
    for (seq, word) in [(1, "anchorage"), (2, "lighthouse"), (3, "boathouse")] {
        write(&connection, seq, 1_000, word);
    }
    index::fill(&connection).unwrap();
    connection.execute("UPDATE messages SET text = 'a quay' WHERE seq = 1", []).unwrap();
    connection.execute("UPDATE messages SET text = '', deleted = 1 WHERE seq = 2", []).unwrap();
    connection.execute("DELETE FROM messages WHERE seq = 3", []).unwrap();
    assert_eq!(held(&connection, "quay"), [4_096_000]);
    for word in ["anchorage", "lighthouse", "boathouse"] {
        assert!(held(&connection, word).is_empty() && !is_kept(&connection, word), "{word}");
    }
    let numbered = "SELECT count(*) FROM messages WHERE search_id IS NOT NULL";
    assert_eq!(connection.query_row(numbered, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    // The index is whole: it says so itself.
    connection.execute("INSERT INTO message_words (message_words) VALUES ('integrity-check')", []).unwrap();
}

#[test]
fn a_full_millisecond_goes_on_in_the_next() {
    let connection = database();
    write(&connection, 1, 7, "last");
    connection.execute("UPDATE messages SET search_id = 8 * 4096 - 1", []).unwrap();
    let at = Timestamp::from_unix_ms(7);
    assert_eq!(index::next_id(&connection, at).unwrap(), 8 * 4_096);
}
