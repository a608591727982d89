-- What people say of themselves, and files.

-- The file whose preview is shown beside their name. It is read with the user everywhere, so it is here.
ALTER TABLE users
    ADD COLUMN avatar bytea,
    ADD COLUMN bot    boolean NOT NULL DEFAULT false,
    ADD COLUMN about  text;

-- What is known of uploads; their bytes are elsewhere. `size` is what the owner's share is charged with: while a file comes in
-- what it may grow to, and nothing once it is given up. `ready` says that it can be read. `room` and `seq` are the message that
-- it is attached to. Where nothing shows a file, it is collected at `due_at`.
CREATE TABLE files (
    id         bytea            PRIMARY KEY,
    owner      text COLLATE "C" NOT NULL REFERENCES users (id),
    purpose    text             NOT NULL,
    name       text             NOT NULL,
    type       text             NOT NULL,
    size       bigint           NOT NULL,
    -- The measures of a picture and of its preview, as JSON.
    picture    text,
    created_at bigint           NOT NULL,
    ready      boolean          NOT NULL DEFAULT false,
    room       bytea,
    seq        bigint,
    due_at     bigint
);
CREATE INDEX files_by_owner ON files (owner, size);
CREATE INDEX files_by_message ON files (room, seq) WHERE room IS NOT NULL;
CREATE INDEX files_by_due ON files (due_at) WHERE due_at IS NOT NULL;
