-- The first schema.
--
-- Ids of rooms, messages and sessions are ULIDs in 16 bytes: `hex(id)` shows them, and they sort by time. Ids of users
-- are text, for an embedding application chooses them. Times are milliseconds since 1970.

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id             TEXT    NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL UNIQUE,
    display_name   TEXT    NOT NULL,
    -- The display name in lower case of every script, which SQLite alone cannot fold.
    display_folded TEXT    NOT NULL,
    password       TEXT,
    created_at     INTEGER NOT NULL,
    -- The head of the user's own log.
    head_rev       INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX users_by_display_name ON users (display_folded);

CREATE TABLE rooms (
    id           BLOB    NOT NULL PRIMARY KEY,
    kind         TEXT    NOT NULL,
    name         TEXT,
    name_folded  TEXT,
    direct_key   TEXT,
    head_seq     INTEGER NOT NULL DEFAULT 0,
    head_rev     INTEGER NOT NULL DEFAULT 0,
    member_count INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL,
    active_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX rooms_by_direct_key ON rooms (direct_key) WHERE direct_key IS NOT NULL;
CREATE INDEX rooms_public ON rooms (id) WHERE kind = 'public';

CREATE TABLE members (
    room      BLOB    NOT NULL REFERENCES rooms (id),
    user      TEXT    NOT NULL REFERENCES users (id),
    role      TEXT    NOT NULL,
    joined_at INTEGER NOT NULL,
    read_seq  INTEGER NOT NULL,
    PRIMARY KEY (room, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_user ON members (user);

-- The part of the rooms' logs that is messages: each is the change of number `rev`. `room` and `sender` refer to rows
-- that the same transaction has just read, so SQLite need not look for them a second time.
CREATE TABLE messages (
    room       BLOB    NOT NULL,
    seq        INTEGER NOT NULL,
    rev        INTEGER NOT NULL,
    id         BLOB    NOT NULL,
    sender     TEXT    NOT NULL,
    client_id  TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    text       TEXT    NOT NULL,
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX messages_by_client_id ON messages (room, sender, client_id);

-- The rest of the rooms' logs. `seq` is the room's newest message at that change, so that the numbers in between are
-- known to be messages and where they begin: after (rev 7, seq 3) comes rev 8, which is another row here or message 4.
CREATE TABLE changes (
    room  BLOB    NOT NULL REFERENCES rooms (id),
    rev   INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    event TEXT    NOT NULL,
    PRIMARY KEY (room, rev)
) STRICT, WITHOUT ROWID;

-- The users' own logs.
CREATE TABLE user_changes (
    user  TEXT    NOT NULL REFERENCES users (id),
    rev   INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    event TEXT    NOT NULL,
    PRIMARY KEY (user, rev)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id           BLOB    NOT NULL PRIMARY KEY,
    token_hash   BLOB    NOT NULL UNIQUE,
    user         TEXT    NOT NULL REFERENCES users (id),
    device       TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user, last_seen_at);
CREATE INDEX sessions_by_last_seen ON sessions (last_seen_at);
