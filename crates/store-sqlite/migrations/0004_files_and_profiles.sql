-- What people say of themselves, and files.

-- The file whose preview is shown beside their name. It is read with the user everywhere, so it is here.
ALTER TABLE users ADD COLUMN avatar BLOB;
ALTER TABLE users ADD COLUMN bot INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN about TEXT;

-- What is known of uploads; their bytes are elsewhere. `size` is what the owner's share is charged with: while a file comes in
-- what it may grow to, and nothing once it is given up. `ready` says that it can be read. `room` and `seq` are the message that
-- it is attached to. Where nothing shows a file, it is collected at `due_at`.
CREATE TABLE files (
    id         BLOB    NOT NULL PRIMARY KEY,
    owner      TEXT    NOT NULL REFERENCES users (id),
    purpose    TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    type       TEXT    NOT NULL,
    size       INTEGER NOT NULL,
    -- The measures of a picture and of its preview, as JSON.
    picture    TEXT,
    created_at INTEGER NOT NULL,
    ready      INTEGER NOT NULL DEFAULT 0,
    room       BLOB,
    seq        INTEGER,
    due_at     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX files_by_owner ON files (owner, size);
CREATE INDEX files_by_message ON files (room, seq) WHERE room IS NOT NULL;
CREATE INDEX files_by_due ON files (due_at) WHERE due_at IS NOT NULL;
