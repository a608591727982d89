-- Rooms that are set up, members who are muted or wait, people who are kept out, turned away or reported, those who look
-- after the server, and who did what.

-- As JSON; null where nothing is set.
ALTER TABLE rooms ADD COLUMN settings TEXT;

-- Until when the member says nothing; when they last wrote, where the room makes them wait; whether the other one of a
-- direct room wants nothing from them. On the row that every post reads anyway.
ALTER TABLE members ADD COLUMN muted_until INTEGER;
ALTER TABLE members ADD COLUMN posted_at INTEGER;
ALTER TABLE members ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;

ALTER TABLE users ADD COLUMN admin INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;

-- `until` is null for good.
CREATE TABLE bans (
    room       BLOB    NOT NULL REFERENCES rooms (id),
    user       TEXT    NOT NULL REFERENCES users (id),
    banned_by  TEXT    NOT NULL REFERENCES users (id),
    reason     TEXT,
    until      INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (room, user)
) STRICT, WITHOUT ROWID;

-- From whom somebody wants nothing.
CREATE TABLE blocks (
    user       TEXT    NOT NULL REFERENCES users (id),
    blocked    TEXT    NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user, blocked)
) STRICT, WITHOUT ROWID;

-- `closed_at` is null while nobody has looked after it.
CREATE TABLE reports (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    room       BLOB    NOT NULL,
    seq        INTEGER NOT NULL,
    reporter   TEXT    NOT NULL REFERENCES users (id),
    reason     TEXT    NOT NULL,
    comment    TEXT,
    created_at INTEGER NOT NULL,
    closed_by  TEXT,
    closed_at  INTEGER,
    action     TEXT,
    note       TEXT,
    UNIQUE (room, seq, reporter)
) STRICT;
CREATE INDEX reports_open ON reports (id) WHERE closed_at IS NULL;

-- Who did what, to whom and where. `acted_by` is null for the operator.
CREATE TABLE audit (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    acted_by TEXT,
    action   TEXT    NOT NULL,
    room     BLOB,
    user     TEXT,
    details  TEXT
) STRICT;
