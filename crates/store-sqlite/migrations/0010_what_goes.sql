-- What goes with messages that have outlived their time, and with people who are erased.

CREATE INDEX thread_cursors_by_root ON thread_cursors (room, root);

-- Where a user's own log begins.
ALTER TABLE users ADD COLUMN trimmed_rev INTEGER NOT NULL DEFAULT 0;
