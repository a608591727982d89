-- What people are told of while they are away, and where to.

-- What a member wants to be told of; null where it is what is usual. Nothing until `silent_until`.
ALTER TABLE members
    ADD COLUMN notify       text,
    ADD COLUMN silent_until bigint;

-- When a job may be begun for the first time.
ALTER TABLE outbox ADD COLUMN not_before bigint NOT NULL DEFAULT 0;

-- Puts work into its lines. A place is behind, unless_waiting or instead_of_waiting; what waits is what is in the line and
-- not held. The rows of the lines stay locked until the end of the transaction: so whoever leaves a message to a job that
-- waits is seen by it. Lines are locked in their order, so that nobody waits in a circle.
CREATE FUNCTION outbox_place(kinds text[], keys text[], payloads text[], placings text[], delays_ms bigint[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    work    record;
    waiting bigint;
BEGIN
    FOR work IN
        SELECT q.* FROM unnest(kinds, keys, payloads, placings, delays_ms) WITH ORDINALITY
            AS q (kind, key, payload, place, delay_ms, n) ORDER BY q.kind, q.key, q.n
    LOOP
        INSERT INTO outbox_lines (kind, key, due_at) VALUES (work.kind, work.key, outbox_now() + work.delay_ms)
        ON CONFLICT (kind, key) DO UPDATE SET due_at = outbox_lines.due_at WHERE false;
        waiting := NULL;
        IF work.place <> 'behind' THEN
            SELECT o.id INTO waiting FROM outbox o JOIN outbox_lines l ON l.kind = o.kind AND l.key = o.key
            WHERE o.kind = work.kind AND o.key = work.key AND o.id IS DISTINCT FROM l.held ORDER BY o.id DESC LIMIT 1;
        END IF;
        IF waiting IS NULL THEN
            INSERT INTO outbox (kind, key, payload, created_at, not_before)
            VALUES (work.kind, work.key, work.payload, outbox_now(), outbox_now() + work.delay_ms);
        ELSIF work.place = 'instead_of_waiting' THEN
            UPDATE outbox o SET payload = work.payload WHERE o.id = waiting;
        END IF;
    END LOOP;
END
$$;

DROP FUNCTION outbox_owe(text[], text[], text[]);

-- As it was, but that the next job of a line is not begun before its time.
CREATE OR REPLACE FUNCTION outbox_settle(job bigint, number bigint, how text, why text, wait_ms bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    line     outbox_lines;
    earliest bigint;
BEGIN
    SELECT l.* INTO line FROM outbox o JOIN outbox_lines l ON l.kind = o.kind AND l.key = o.key
    WHERE o.id = job AND l.held = job FOR UPDATE OF l;
    IF NOT FOUND OR NOT EXISTS (SELECT FROM outbox o WHERE o.id = job AND o.lease = number) THEN
        RETURN false;
    END IF;
    IF how = 'dead' THEN
        INSERT INTO outbox_dead (id, kind, key, payload, created_at, attempts, lease, reason)
        SELECT o.id, o.kind, o.key, o.payload, o.created_at, o.attempts, o.lease, why FROM outbox o WHERE o.id = job;
    END IF;
    IF how IN ('done', 'dead') THEN
        DELETE FROM outbox o WHERE o.id = job;
    ELSIF how = 'retry' THEN
        UPDATE outbox o SET reason = why WHERE o.id = job;
    ELSE
        UPDATE outbox o SET attempts = o.attempts - 1 WHERE o.id = job;
    END IF;
    SELECT o.not_before INTO earliest FROM outbox o
    WHERE o.kind = line.kind AND o.key = line.key ORDER BY o.id LIMIT 1;
    IF FOUND THEN
        UPDATE outbox_lines l SET held = NULL, due_at = greatest(outbox_now() + wait_ms, earliest)
        WHERE l.kind = line.kind AND l.key = line.key;
    ELSE
        DELETE FROM outbox_lines l WHERE l.kind = line.kind AND l.key = line.key;
    END IF;
    RETURN true;
END
$$;

-- Ends a lease as done, and notes other work instead; false where it is not in force, and then nothing is noted.
CREATE FUNCTION outbox_split(
    job bigint, number bigint, kinds text[], keys text[], payloads text[], placings text[], delays_ms bigint[]
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF NOT outbox_settle(job, number, 'done', NULL, 0) THEN
        RETURN false;
    END IF;
    PERFORM outbox_place(kinds, keys, payloads, placings, delays_ms);
    RETURN true;
END
$$;

-- Where a device takes notifications, and the keys that they are encrypted with. One endpoint is one device, whoever is
-- signed in there; it goes with the session.
CREATE TABLE push_subscriptions (
    id         bytea            PRIMARY KEY,
    user_id    text COLLATE "C" NOT NULL,
    session    bytea            REFERENCES sessions (id) ON DELETE CASCADE,
    endpoint   text COLLATE "C" NOT NULL UNIQUE,
    p256dh     bytea            NOT NULL,
    auth       bytea            NOT NULL,
    device     text             NOT NULL,
    created_at bigint           NOT NULL
);
CREATE INDEX push_subscriptions_by_user ON push_subscriptions (user_id, id);
CREATE INDEX push_subscriptions_by_session ON push_subscriptions (session) WHERE session IS NOT NULL;

-- Up to which message a device was notified of in a room.
CREATE TABLE pushed (
    subscription bytea  NOT NULL REFERENCES push_subscriptions (id) ON DELETE CASCADE,
    room         bytea  NOT NULL,
    seq          bigint NOT NULL,
    PRIMARY KEY (subscription, room)
);

-- How people want to be seen, where that is not by what their devices do.
CREATE TABLE statuses (
    user_id  text COLLATE "C" PRIMARY KEY,
    presence text             NOT NULL,
    text     text,
    until    bigint
);

-- Whether nobody is using a connection just now.
ALTER TABLE connections ADD COLUMN idle boolean NOT NULL DEFAULT false;

DROP FUNCTION record_connections(bigint, boolean, text[], text[], bytea[], text[], bigint[], text[]);

-- As it was, but that those who are there already are idle, or not any more, as it is said now.
CREATE FUNCTION record_connections(
    my_incarnation bigint, afresh boolean, ids text[], users text[], sessions bytea[], transports text[],
    sinces bigint[], idles boolean[], gone text[]
) RETURNS TABLE (came_online text, has_to_go text) LANGUAGE plpgsql AS $$
DECLARE
    removed text[];
BEGIN
    PERFORM lock_cluster();
    IF NOT EXISTS (SELECT FROM nodes WHERE incarnation = my_incarnation) THEN
        RETURN NEXT;
        RETURN;
    END IF;
    IF afresh THEN
        WITH gone AS (
            DELETE FROM connections WHERE incarnation = my_incarnation AND id NOT IN (SELECT unnest(ids))
            RETURNING user_id
        )
        SELECT array_agg(DISTINCT user_id) INTO removed FROM gone;
    END IF;
    IF cardinality(gone) > 0 THEN
        WITH deleted AS (DELETE FROM connections WHERE id = ANY (gone) RETURNING user_id)
       
        SELECT removed || array_agg(DISTINCT user_id) INTO removed FROM deleted;
    END IF;
    INSERT INTO connections AS known (incarnation, id, user_id, session, transport, since, idle)
        SELECT my_incarnation, * FROM unnest(ids, users, sessions, transports, sinces, idles)
        ON CONFLICT (id) DO UPDATE SET idle = excluded.idle WHERE known.idle <> excluded.idle;
    PERFORM note_away(removed);
    UPDATE online SET left_at = NULL WHERE user_id = ANY (users) AND left_at IS NOT NULL;
    RETURN QUERY INSERT INTO online (user_id) SELECT DISTINCT unnest(users) ON CONFLICT (user_id) DO NOTHING
        RETURNING user_id, NULL::text;
    RETURN QUERY SELECT NULL::text, id FROM connections WHERE incarnation = my_incarnation AND replaced ORDER BY number;
END $$;
