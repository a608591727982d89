-- What people are told of while they are away, and where to.

-- What a member wants to be told of; null where it is what is usual. Nothing until `silent_until`.
ALTER TABLE members ADD COLUMN notify TEXT;
ALTER TABLE members ADD COLUMN silent_until INTEGER;

-- When a job may be begun for the first time.
ALTER TABLE outbox ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0;

-- Where a device takes notifications, and the keys that they are encrypted with. One endpoint is one device, whoever is
-- signed in there; it goes with the session.
CREATE TABLE push_subscriptions (
    id         BLOB    NOT NULL PRIMARY KEY,
    user       TEXT    NOT NULL,
    session    BLOB    REFERENCES sessions (id) ON DELETE CASCADE,
    endpoint   TEXT    NOT NULL UNIQUE,
    p256dh     BLOB    NOT NULL,
    auth       BLOB    NOT NULL,
    device     TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX push_subscriptions_by_user ON push_subscriptions (user, id);
CREATE INDEX push_subscriptions_by_session ON push_subscriptions (session) WHERE session IS NOT NULL;

-- Up to which message a device was notified of in a room.
CREATE TABLE pushed (
    subscription BLOB    NOT NULL REFERENCES push_subscriptions (id) ON DELETE CASCADE,
    room         BLOB    NOT NULL,
    seq          INTEGER NOT NULL,
    PRIMARY KEY (subscription, room)
) STRICT, WITHOUT ROWID;

-- How people want to be seen, where that is not by what their devices do.
CREATE TABLE statuses (
    user     TEXT    NOT NULL PRIMARY KEY,
    presence TEXT    NOT NULL,
    text     TEXT,
    until    INTEGER
) STRICT, WITHOUT ROWID;
