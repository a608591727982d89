-- Rooms that are set up, members who are muted or wait, people who are kept out, turned away or reported, those who look
-- after the server, and who did what.

-- As JSON; null where nothing is set.
ALTER TABLE rooms ADD COLUMN settings text;

-- Until when the member says nothing; when they last wrote, where the room makes them wait; whether the other one of a
-- direct room wants nothing from them. On the row that every post reads anyway.
ALTER TABLE members
    ADD COLUMN muted_until bigint,
    ADD COLUMN posted_at   bigint,
    ADD COLUMN blocked     boolean NOT NULL DEFAULT false;

ALTER TABLE users
    ADD COLUMN admin    boolean NOT NULL DEFAULT false,
    ADD COLUMN disabled boolean NOT NULL DEFAULT false;

-- `until` is null for good.
CREATE TABLE bans (
    room       bytea            NOT NULL REFERENCES rooms (id),
    user_id    text COLLATE "C" NOT NULL REFERENCES users (id),
    banned_by  text COLLATE "C" NOT NULL REFERENCES users (id),
    reason     text,
    until      bigint,
    created_at bigint           NOT NULL,
    PRIMARY KEY (room, user_id)
);

-- From whom somebody wants nothing.
CREATE TABLE blocks (
    user_id    text COLLATE "C" NOT NULL REFERENCES users (id),
    blocked    text COLLATE "C" NOT NULL REFERENCES users (id),
    created_at bigint           NOT NULL,
    PRIMARY KEY (user_id, blocked)
);

-- `closed_at` is null while nobody has looked after it.
CREATE TABLE reports (
    id         bigint           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room       bytea            NOT NULL,
    seq        bigint           NOT NULL,
    reporter   text COLLATE "C" NOT NULL REFERENCES users (id),
    reason     text             NOT NULL,
    comment    text,
    created_at bigint           NOT NULL,
    closed_by  text COLLATE "C",
    closed_at  bigint,
    action     text,
    note       text,
    UNIQUE (room, seq, reporter)
);
CREATE INDEX reports_open ON reports (id) WHERE closed_at IS NULL;

-- Who did what, to whom and where. `acted_by` is null for the operator.
CREATE TABLE audit (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       bigint NOT NULL,
    acted_by text COLLATE "C",
    action   text   NOT NULL,
    room     bytea,
    user_id  text COLLATE "C",
    details  text
);
