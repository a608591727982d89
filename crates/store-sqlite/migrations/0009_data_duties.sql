-- Taking data out, having it forgotten after a time, and erasing people.

-- What a person put under messages, to be exported and erased.
CREATE INDEX reactions_by_user ON reactions (user, room, seq, emoji);

-- Where a room's log begins: everything up to this message and this change has outlived its time.
ALTER TABLE rooms ADD COLUMN trimmed_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN trimmed_rev INTEGER NOT NULL DEFAULT 0;

-- When a person was erased; the row stays as what their messages were written by.
ALTER TABLE users ADD COLUMN erased_at INTEGER;

-- The erasures that are not finished.
CREATE TABLE erasures (
    user     TEXT    NOT NULL PRIMARY KEY REFERENCES users (id),
    begun_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What one node at a time sees to, and until when.
CREATE TABLE duties (
    name   TEXT    NOT NULL PRIMARY KEY,
    holder TEXT    NOT NULL,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
