-- Work that is owed after a commit, noted in the commit's own transaction.

-- Each job, numbered in the order in which they were noted; no number is given twice. `lease` counts a job's leases, so
-- that whoever holds an older one can tell.
CREATE TABLE outbox (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    payload    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    lease      INTEGER NOT NULL DEFAULT 0,
    reason     TEXT
) STRICT;
CREATE INDEX outbox_by_line ON outbox (kind, key, id);

-- The lines with jobs in them. Only a line's oldest job is ever leased: `held` is its id, until `due_at`. A line whose
-- oldest job failed waits until `due_at`. So whoever looks for work finds it here, however long the lines are.
CREATE TABLE outbox_lines (
    kind   TEXT    NOT NULL,
    key    TEXT    NOT NULL,
    due_at INTEGER NOT NULL,
    held   INTEGER,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_lines_by_due ON outbox_lines (kind, due_at);

-- Jobs that were given up, with their numbers.
CREATE TABLE outbox_dead (
    id         INTEGER NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    payload    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    lease      INTEGER NOT NULL,
    reason     TEXT
) STRICT;
