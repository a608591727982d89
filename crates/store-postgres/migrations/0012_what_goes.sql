-- What goes with messages that have outlived their time, and with people who are erased.

CREATE INDEX thread_cursors_by_root ON thread_cursors (room, root);

-- Where a user's own log begins.
ALTER TABLE users ADD COLUMN trimmed_rev bigint NOT NULL DEFAULT 0;

-- Removes a room's oldest messages, at most `most` of those from before a time and up to the first that is not, with all that
-- belongs to them and the log up to there; how many, up to which, and the change that tells of it. Nothing where there are none.
CREATE FUNCTION trim_room(my_room bytea, before bigint, most bigint, at_ms bigint)
RETURNS TABLE (removed bigint, up_to bigint, new_rev bigint) LANGUAGE plpgsql AS $$
DECLARE
    last_rev bigint;
    newest   bigint;
BEGIN
    PERFORM FROM rooms r WHERE r.id = my_room FOR NO KEY UPDATE;
    SELECT count(*), max(o.seq), max(o.rev) INTO removed, up_to, last_rev FROM (
        SELECT m.seq, m.rev, bool_and(m.created_at < before) OVER (ORDER BY m.seq) AS outlived
        FROM (SELECT seq, rev, created_at FROM messages WHERE room = my_room ORDER BY seq LIMIT most) m
    ) o WHERE o.outlived;
    IF removed = 0 THEN
        RETURN;
    END IF;
    DELETE FROM message_edits e WHERE e.room = my_room AND e.seq <= up_to;
    DELETE FROM reactions e WHERE e.room = my_room AND e.seq <= up_to;
    DELETE FROM mentions e WHERE e.room = my_room AND e.seq <= up_to;
    DELETE FROM room_mentions e WHERE e.room = my_room AND e.seq <= up_to;
    DELETE FROM thread_cursors e WHERE e.room = my_room AND e.root <= up_to;
    DELETE FROM reports e WHERE e.room = my_room AND e.seq <= up_to;
    UPDATE files f SET ready = false, size = 0, room = NULL, seq = NULL, due_at = 0
        WHERE f.room = my_room AND f.seq <= up_to;
    DELETE FROM messages m WHERE m.room = my_room AND m.seq <= up_to;
    DELETE FROM changes c WHERE c.room = my_room AND c.rev <= last_rev;
    UPDATE rooms r SET trimmed_seq = up_to, trimmed_rev = last_rev, head_rev = r.head_rev + 1 WHERE r.id = my_room
        RETURNING r.head_seq, r.head_rev INTO newest, new_rev;
    INSERT INTO changes (room, rev, seq, at, event)
        VALUES (my_room, new_rev, newest, at_ms, '{"type":"messages.removed","up_to":' || up_to || '}');
    RETURN NEXT;
END $$;

-- The account is nobody's from now on. A row of nothing where there is such a user, and one for each session that ended.
CREATE FUNCTION begin_erasure(my_user text, new_name text, shown text, by_user text, at_ms bigint)
RETURNS TABLE (session bytea) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM users u WHERE u.id = my_user FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT NULL::bytea;
    UPDATE users u SET name = new_name, display_name = shown, display_folded = '', password = NULL, avatar = NULL,
            about = NULL, admin = false, disabled = true, erased_at = at_ms
        WHERE u.id = my_user AND u.erased_at IS NULL;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY DELETE FROM sessions s WHERE s.user_id = my_user RETURNING s.id;
    DELETE FROM push_subscriptions p WHERE p.user_id = my_user;
    DELETE FROM statuses s WHERE s.user_id = my_user;
    DELETE FROM thread_cursors c WHERE c.user_id = my_user;
    DELETE FROM bans b WHERE b.user_id = my_user;
    UPDATE members o SET blocked = false WHERE o.blocked AND o.room IN (
        SELECT m.room FROM members m JOIN rooms r ON r.id = m.room WHERE m.user_id = my_user AND r.kind = 'direct');
    UPDATE reports r SET comment = NULL WHERE r.reporter = my_user;
    DELETE FROM blocks b WHERE b.user_id = my_user OR b.blocked = my_user;
    UPDATE files f SET ready = false, size = 0, room = NULL, seq = NULL, due_at = 0 WHERE f.owner = my_user;
    INSERT INTO erasures (user_id, begun_at) VALUES (my_user, at_ms) ON CONFLICT DO NOTHING;
    INSERT INTO audit (at, acted_by, action, user_id) VALUES (at_ms, by_user, 'user.erased', my_user);
END $$;

-- Nothing is left to be done; what the person was told goes too.
CREATE FUNCTION finish_erasure(my_user text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM users u WHERE u.id = my_user FOR NO KEY UPDATE;
    DELETE FROM user_changes c WHERE c.user_id = my_user;
    UPDATE users u SET trimmed_rev = u.head_rev WHERE u.id = my_user;
    DELETE FROM erasures e WHERE e.user_id = my_user;
END $$;
