-- The first schema.
--
-- Ids of rooms, messages and sessions are ULIDs in 16 bytes: `encode(id, 'hex')` shows them, and they sort by time. Ids
-- of users are text, for an embedding application chooses them; they compare byte by byte (`COLLATE "C"`), as in every
-- other store. Times are milliseconds since 1970.

CREATE TABLE meta (
    key   text COLLATE "C" PRIMARY KEY,
    value text NOT NULL
);
INSERT INTO meta (key, value) VALUES ('epoch', right(replace(gen_random_uuid()::text, '-', ''), 16));

CREATE TABLE users (
    id             text COLLATE "C" PRIMARY KEY,
    name           text COLLATE "C" NOT NULL UNIQUE,
    display_name   text             NOT NULL,
    -- The display name in lower case of every script, folded by us: databases differ in what they fold.
    display_folded text COLLATE "C" NOT NULL,
    password       text,
    created_at     bigint           NOT NULL,
    -- The head of the user's own log.
    head_rev       bigint           NOT NULL DEFAULT 0
);
CREATE INDEX users_by_display_name ON users (display_folded);

-- The row of a room is locked by whoever changes the room, and changes with every message: the space left in its page
-- lets it do so in place, without touching an index.
CREATE TABLE rooms (
    id           bytea  PRIMARY KEY,
    kind         text   NOT NULL,
    name         text,
    name_folded  text,
    direct_key   text COLLATE "C",
    head_seq     bigint NOT NULL DEFAULT 0,
    head_rev     bigint NOT NULL DEFAULT 0,
    member_count bigint NOT NULL DEFAULT 0,
    created_at   bigint NOT NULL,
    active_at    bigint NOT NULL
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX rooms_by_direct_key ON rooms (direct_key) WHERE direct_key IS NOT NULL;
CREATE INDEX rooms_public ON rooms (id) WHERE kind = 'public';

CREATE TABLE members (
    room      bytea            NOT NULL REFERENCES rooms (id),
    user_id   text COLLATE "C" NOT NULL REFERENCES users (id),
    role      text             NOT NULL,
    joined_at bigint           NOT NULL,
    read_seq  bigint           NOT NULL,
    PRIMARY KEY (room, user_id)
) WITH (fillfactor = 70);
CREATE INDEX members_by_user ON members (user_id);

-- The part of the rooms' logs that is messages: each is the change of number `rev`. `room` and `sender` refer to rows
-- that the same transaction has just read, so the database need not look for them a second time.
CREATE TABLE messages (
    room       bytea            NOT NULL,
    seq        bigint           NOT NULL,
    rev        bigint           NOT NULL,
    id         bytea            NOT NULL,
    sender     text COLLATE "C" NOT NULL,
    client_id  text COLLATE "C" NOT NULL,
    created_at bigint           NOT NULL,
    text       text             NOT NULL,
    PRIMARY KEY (room, seq)
);
CREATE UNIQUE INDEX messages_by_client_id ON messages (room, sender, client_id);

-- The rest of the rooms' logs. `seq` is the room's newest message at that change, so that the numbers in between are
-- known to be messages and where they begin: after (rev 7, seq 3) comes rev 8, which is another row here or message 4.
CREATE TABLE changes (
    room  bytea  NOT NULL REFERENCES rooms (id),
    rev   bigint NOT NULL,
    seq   bigint NOT NULL,
    at    bigint NOT NULL,
    event text   NOT NULL,
    PRIMARY KEY (room, rev)
);

-- The users' own logs.
CREATE TABLE user_changes (
    user_id text COLLATE "C" NOT NULL REFERENCES users (id),
    rev     bigint           NOT NULL,
    at      bigint           NOT NULL,
    event   text             NOT NULL,
    PRIMARY KEY (user_id, rev)
);

CREATE TABLE sessions (
    id           bytea            PRIMARY KEY,
    token_hash   bytea            NOT NULL UNIQUE,
    user_id      text COLLATE "C" NOT NULL REFERENCES users (id),
    device       text             NOT NULL,
    created_at   bigint           NOT NULL,
    last_seen_at bigint           NOT NULL,
    expires_at   bigint           NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id, last_seen_at);
CREATE INDEX sessions_by_last_seen ON sessions (last_seen_at);
