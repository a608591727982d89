-- Messages that are edited, deleted, pinned, answered and reacted to.

-- What most messages have none of, as JSON; null where there is none of it. `thread`, `deleted` and `pinned_at` are in
-- it too, and here because queries ask for them.
ALTER TABLE messages
    ADD COLUMN details   text,
    ADD COLUMN thread    bigint,
    ADD COLUMN deleted   boolean NOT NULL DEFAULT false,
    ADD COLUMN pinned_at bigint;
CREATE INDEX messages_by_thread ON messages (room, thread, seq) WHERE thread IS NOT NULL;
CREATE INDEX messages_pinned ON messages (room, pinned_at) WHERE pinned_at IS NOT NULL;

-- The message that an event tells of: it is kept in its own row only, so that what was deleted is nowhere else.
ALTER TABLE changes ADD COLUMN message bigint;

-- What messages said before; `rev` is the change that replaced it. In this table and those that follow, `room`, `seq` and
-- users refer to rows that the same transaction has just read.
CREATE TABLE message_edits (
    room        bytea  NOT NULL,
    seq         bigint NOT NULL,
    rev         bigint NOT NULL,
    text        text   NOT NULL,
    replaced_at bigint NOT NULL,
    PRIMARY KEY (room, seq, rev)
);

-- `rev` is the change that put it there: their order.
CREATE TABLE reactions (
    room    bytea            NOT NULL,
    seq     bigint           NOT NULL,
    emoji   text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    rev     bigint           NOT NULL,
    PRIMARY KEY (room, seq, emoji, user_id)
);

-- Whom messages mention, and those that mention everybody.
CREATE TABLE mentions (
    user_id text COLLATE "C" NOT NULL,
    room    bytea            NOT NULL,
    seq     bigint           NOT NULL,
    PRIMARY KEY (user_id, room, seq)
);
CREATE INDEX mentions_by_message ON mentions (room, seq);
CREATE TABLE room_mentions (
    room bytea  NOT NULL,
    seq  bigint NOT NULL,
    PRIMARY KEY (room, seq)
);

-- Who takes part in a thread, and how far they have read it. `root` is the message that it began with.
CREATE TABLE thread_cursors (
    user_id  text COLLATE "C" NOT NULL,
    room     bytea            NOT NULL,
    root     bigint           NOT NULL,
    read_seq bigint           NOT NULL,
    PRIMARY KEY (user_id, room, root)
) WITH (fillfactor = 70);

ALTER TABLE members ADD COLUMN delivered_seq bigint NOT NULL DEFAULT 0;
UPDATE members SET delivered_seq = read_seq;
