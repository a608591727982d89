-- Programs: bots, the back ends of applications, and hooks by which something is said in a room.

-- Who is a bot, but for those of hooks.
CREATE TABLE bots (
    user TEXT NOT NULL PRIMARY KEY REFERENCES users (id)
) STRICT, WITHOUT ROWID;

-- What they prove themselves with. `kind` is bot, server or hook; a server key has no user, and only a hook has a room.
CREATE TABLE keys (
    id           BLOB    NOT NULL PRIMARY KEY,
    hash         BLOB    NOT NULL UNIQUE,
    kind         TEXT    NOT NULL,
    user         TEXT    REFERENCES users (id),
    room         BLOB    REFERENCES rooms (id),
    name         TEXT,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX bot_keys ON keys (user, id) WHERE kind = 'bot';
CREATE INDEX server_keys ON keys (id) WHERE kind = 'server';
CREATE INDEX hooks ON keys (room, id) WHERE kind = 'hook';
