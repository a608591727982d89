-- What was said, by its words.

-- The words of a message, with what tells its room and its sender, folded and taken apart by the server: databases differ in
-- what is a word. Null only where nobody did so yet; a deleted message has none.
ALTER TABLE messages ADD COLUMN words tsvector;
CREATE INDEX messages_without_words ON messages (room, seq) WHERE words IS NULL;

-- New words wait in a list that every search reads: so it is kept short.
CREATE INDEX messages_by_word ON messages USING gin (words) WITH (gin_pending_list_limit = 256);
CREATE INDEX messages_by_time ON messages (created_at, room, seq);

-- What follows takes two ways to the newest messages that fit, for neither does for all words. That index knows no order, so what it
-- finds is sorted, which does for words that are rare; what is common is found by looking at the newest messages one after
-- the other. The place to begin before is `until_at, until_room, until_seq`; in a single room only the last counts.

-- Some messages that fit, in no order: by the index of words, which is read as a bitmap, and by no other.
CREATE FUNCTION search_matches(asked tsquery, in_room bytea, sent_by text, since bigint, before bigint,
                               until_at bigint, until_room bytea, until_seq bigint, most bigint)
RETURNS TABLE (room bytea, seq bigint, created_at bigint) LANGUAGE sql STABLE
SET enable_bitmapscan = on SET enable_indexscan = off SET enable_indexonlyscan = off AS $$
    SELECT m.room, m.seq, m.created_at FROM messages m
    WHERE m.words @@ asked AND m.created_at + 0 >= since AND m.created_at + 0 < before
        AND (sent_by IS NULL OR m.sender = sent_by)
        AND CASE WHEN in_room IS NULL THEN (m.created_at + 0, m.room, m.seq) < (until_at, until_room, until_seq)
                 ELSE m.room = in_room AND m.seq < until_seq END
    LIMIT most
$$;

-- Those of the newest `most` messages that fit, up to `wanted`; and where neither was the end of it, the place of the last one
-- that was looked at, as not found.
CREATE FUNCTION search_newest(who text, asked tsquery, in_room bytea, sent_by text, since bigint, before bigint,
                              until_at bigint, until_room bytea, until_seq bigint, most bigint, wanted bigint)
RETURNS TABLE (room bytea, seq bigint, created_at bigint, is_found boolean) LANGUAGE plpgsql STABLE AS $$
DECLARE
    looked_at bigint := 0;
    found_so_far bigint := 0;
    m record;
BEGIN
    IF in_room IS NULL THEN
        FOR m IN
            SELECT x.room, x.seq, x.created_at,
                   x.words @@ asked AND (sent_by IS NULL OR x.sender = sent_by)
                   AND EXISTS (SELECT FROM members y WHERE y.room = x.room AND y.user_id = who) AS fits
            FROM messages x
            WHERE x.created_at >= since AND x.created_at < before
                AND (x.created_at, x.room, x.seq) < (until_at, until_room, until_seq)
            ORDER BY x.created_at DESC, x.room DESC, x.seq DESC LIMIT most
        LOOP
            looked_at := looked_at + 1;
            IF m.fits THEN
                room := m.room; seq := m.seq; created_at := m.created_at; is_found := true;
                RETURN NEXT;
                found_so_far := found_so_far + 1;
                EXIT WHEN found_so_far = wanted;
            END IF;
        END LOOP;
    ELSE
        FOR m IN
            SELECT x.room, x.seq, x.created_at,
                   x.words @@ asked AND (sent_by IS NULL OR x.sender = sent_by)
                   AND x.created_at >= since AND x.created_at < before AS fits
            FROM messages x WHERE x.room = in_room AND x.seq < until_seq ORDER BY x.seq DESC LIMIT most
        LOOP
            looked_at := looked_at + 1;
            IF m.fits THEN
                room := m.room; seq := m.seq; created_at := m.created_at; is_found := true;
                RETURN NEXT;
                found_so_far := found_so_far + 1;
                EXIT WHEN found_so_far = wanted;
            END IF;
        END LOOP;
    END IF;
    IF looked_at = most AND found_so_far < wanted THEN
        room := m.room; seq := m.seq; created_at := m.created_at; is_found := false;
        RETURN NEXT;
    END IF;
END
$$;

-- The newest messages that fit and that the user may find: in `in_room` if they may read it, else in the rooms that they are a
-- member of. Where a place comes back as not found, all that is newer was looked at.
CREATE FUNCTION search_messages(who text, words_asked tsquery, in_room bytea, sent_by text, since bigint, before bigint,
                                until_at bigint, until_room bytea, until_seq bigint, wanted bigint)
RETURNS TABLE (room bytea, seq bigint, created_at bigint, is_found boolean) LANGUAGE plpgsql STABLE AS $$
DECLARE
    -- Up to so many rooms the index is asked for messages of these only.
    few   constant bigint := 64;
    -- So many rare messages are sorted.
    rare  constant bigint := 5000;
    -- So many of the newest messages are looked at in the end.
    most  constant bigint := 20000;
    asked tsquery := words_asked;
    tags  text[];
    rooms bytea[];
    seqs  bigint[];
    times bigint[];
BEGIN
    IF in_room IS NULL THEN
        SELECT array_agg('_' || encode(substring(q.room FROM 9), 'hex')) INTO tags
        FROM (SELECT m.room FROM members m WHERE m.user_id = who LIMIT few + 1) q;
        IF tags IS NULL THEN
            RETURN;
        END IF;
        IF cardinality(tags) <= few THEN
            asked := asked && array_to_string(tags, '|')::tsquery;
        END IF;
    ELSE
        IF NOT EXISTS (
            SELECT FROM rooms r WHERE r.id = in_room AND (
                r.kind = 'public' OR EXISTS (SELECT FROM members m WHERE m.room = r.id AND m.user_id = who))
        ) THEN
            RETURN;
        END IF;
        asked := asked && ('_' || encode(substring(in_room FROM 9), 'hex'))::tsquery;
    END IF;

    SELECT array_agg(q.room), array_agg(q.seq), array_agg(q.created_at) INTO rooms, seqs, times
    FROM search_newest(who, words_asked, in_room, sent_by, since, before, until_at, until_room, until_seq, most / 5, wanted) q
    WHERE q.is_found;
    IF cardinality(rooms) = wanted THEN
        RETURN QUERY SELECT q.*, true FROM unnest(rooms, seqs, times) AS q (room, seq, created_at);
        RETURN;
    END IF;
    -- Where these promise enough a little further on, to go on is cheaper than to sort.
    IF cardinality(rooms) * 5 >= wanted THEN
        RETURN QUERY
        SELECT q.* FROM search_newest(who, words_asked, in_room, sent_by, since, before, until_at, until_room, until_seq,
                                      most, wanted) q;
        RETURN;
    END IF;

    SELECT array_agg(q.room), array_agg(q.seq), array_agg(q.created_at) INTO rooms, seqs, times
    FROM search_matches(asked, in_room, sent_by, since, before, until_at, until_room, until_seq, rare + 1) q;
    IF coalesce(cardinality(rooms), 0) <= rare THEN
        RETURN QUERY
        SELECT q.*, true FROM unnest(rooms, seqs, times) AS q (room, seq, created_at)
        WHERE in_room IS NOT NULL
            OR EXISTS (SELECT FROM members m WHERE m.room = q.room AND m.user_id = who)
        ORDER BY CASE WHEN in_room IS NULL THEN q.created_at ELSE q.seq END DESC, q.room DESC, q.seq DESC
        LIMIT wanted;
        RETURN;
    END IF;

    RETURN QUERY
    SELECT q.* FROM search_newest(who, words_asked, in_room, sent_by, since, before, until_at, until_room, until_seq,
                                  most, wanted) q;
END
$$;
