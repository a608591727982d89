-- Taking data out, having it forgotten after a time, and erasing people.

-- What a person put under messages, to be exported and erased.
CREATE INDEX reactions_by_user ON reactions (user_id, room, seq, emoji);

-- Where a room's log begins: everything up to this message and this change has outlived its time.
ALTER TABLE rooms ADD COLUMN trimmed_seq bigint NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN trimmed_rev bigint NOT NULL DEFAULT 0;

-- When a person was erased; the row stays as what their messages were written by.
ALTER TABLE users ADD COLUMN erased_at bigint;

-- The erasures that are not finished.
CREATE TABLE erasures (
    user_id  text COLLATE "C" PRIMARY KEY REFERENCES users (id),
    begun_at bigint           NOT NULL
);

-- What one node at a time sees to, and until when by the server's clock.
CREATE TABLE duties (
    name   text COLLATE "C" PRIMARY KEY,
    holder text             NOT NULL,
    until  timestamptz      NOT NULL
);
