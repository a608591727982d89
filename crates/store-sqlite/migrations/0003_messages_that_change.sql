-- Messages that are edited, deleted, pinned, answered and reacted to.

-- What most messages have none of, as JSON; null where there is none of it. `thread`, `deleted` and `pinned_at` are in it too,
-- and here because queries ask for them.
ALTER TABLE messages ADD COLUMN details TEXT;
ALTER TABLE messages ADD COLUMN thread INTEGER;
ALTER TABLE messages ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN pinned_at INTEGER;
CREATE INDEX messages_by_thread ON messages (room, thread, seq) WHERE thread IS NOT NULL;
CREATE INDEX messages_pinned ON messages (room, pinned_at) WHERE pinned_at IS NOT NULL;

-- The message that an event tells of: it is kept in its own row only, so that what was deleted is nowhere else.
ALTER TABLE changes ADD COLUMN message INTEGER;

-- What messages said before; `rev` is the change that replaced it.
CREATE TABLE message_edits (
    room        BLOB    NOT NULL,
    seq         INTEGER NOT NULL,
    rev         INTEGER NOT NULL,
    text        TEXT    NOT NULL,
    replaced_at INTEGER NOT NULL,
    PRIMARY KEY (room, seq, rev)
) STRICT, WITHOUT ROWID;

-- `rev` is the change that put it there: their order.
CREATE TABLE reactions (
    room  BLOB    NOT NULL,
    seq   INTEGER NOT NULL,
    emoji TEXT    NOT NULL,
    user  TEXT    NOT NULL,
    rev   INTEGER NOT NULL,
    PRIMARY KEY (room, seq, emoji, user)
) STRICT, WITHOUT ROWID;

-- Whom messages mention, and those that mention everybody.
CREATE TABLE mentions (
    user TEXT    NOT NULL,
    room BLOB    NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (user, room, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_message ON mentions (room, seq);
CREATE TABLE room_mentions (
    room BLOB    NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

-- Who takes part in a thread, and how far they have read it. `root` is the message that it began with.
CREATE TABLE thread_cursors (
    user     TEXT    NOT NULL,
    room     BLOB    NOT NULL,
    root     INTEGER NOT NULL,
    read_seq INTEGER NOT NULL,
    PRIMARY KEY (user, room, root)
) STRICT, WITHOUT ROWID;

ALTER TABLE members ADD COLUMN delivered_seq INTEGER NOT NULL DEFAULT 0;
UPDATE members SET delivered_seq = read_seq;
