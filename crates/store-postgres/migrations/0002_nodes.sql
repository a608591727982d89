-- Which nodes are there, who is connected where, and who is online.
--
-- The nodes write all of it anew within seconds when it is gone, so the tables that change all the time are not logged:
-- a crash of the server empties them, and so does a failover. Every time here is the server's.

CREATE UNLOGGED TABLE nodes (
    incarnation bigint PRIMARY KEY,
    name        text COLLATE "C" NOT NULL,
    -- What the node says of itself, as JSON.
    report      text             NOT NULL,
    heard_at    timestamptz      NOT NULL,
    lease_until timestamptz      NOT NULL,
    -- What the operator wants of it, as JSON, until it has heard.
    wish        text,
    wish_number bigint
);

CREATE UNLOGGED TABLE connections (
    id          text COLLATE "C" PRIMARY KEY,
    number      bigint           GENERATED ALWAYS AS IDENTITY,
    incarnation bigint           NOT NULL,
    user_id     text COLLATE "C" NOT NULL,
    session     bytea,
    transport   text             NOT NULL,
    since       bigint           NOT NULL,
    -- Had to make room for another: counts no more, and its node has to close it.
    replaced    boolean          NOT NULL DEFAULT false
);
CREATE INDEX connections_replaced ON connections (incarnation) WHERE replaced;
CREATE INDEX connections_by_node ON connections (incarnation);
CREATE INDEX connections_by_user ON connections (user_id);
CREATE INDEX connections_by_session ON connections (session) WHERE session IS NOT NULL;

-- Logged, and changed only when somebody comes or goes for good: who was told to be online must be told to be offline,
-- whatever happens in between. `left_at` is set while they have no connection.
CREATE TABLE online (
    user_id text COLLATE "C" PRIMARY KEY,
    left_at timestamptz
);
CREATE INDEX online_left ON online (left_at) WHERE left_at IS NOT NULL;

-- Numbers that are never given twice, also where `nodes` was lost: a node forgets no wish that it has heard.
CREATE SEQUENCE wish_numbers;

-- What follows are functions because each needs a lock first and then a look at what the last holder of it did; as one
-- statement they take one round trip, and a node that is stopped half-way holds nothing.

-- One change at a time of who is there: each takes a few milliseconds and comes once a second and node. Losing any of it
-- with the server is harmless, so its commit waits for no disk and no standby.
CREATE FUNCTION lock_cluster() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    -- "Chwc".
    PERFORM pg_advisory_xact_lock(1130919779, hashtext(current_schema()));
END $$;

CREATE FUNCTION renew_node(
    my_incarnation bigint, my_name text, my_report text, my_heard_wish bigint, lease_ms bigint,
    OUT standing text, OUT wish_number bigint, OUT wish text, OUT other_report text, OUT other_lease_ms bigint
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_cluster();
    SELECT n.report, ceil(extract(epoch FROM n.lease_until - clock_timestamp()) * 1000)
        INTO other_report, other_lease_ms FROM nodes n
        WHERE n.name = my_name AND n.incarnation <> my_incarnation AND n.lease_until > clock_timestamp() LIMIT 1;
    IF FOUND THEN
        standing := 'taken';
        RETURN;
    END IF;
    -- The first of all: the others and their connections were lost, by a crash or because there were none. Whoever was
    -- online then comes back within the grace time, or is offline.
    IF NOT EXISTS (SELECT FROM nodes) THEN
        UPDATE online SET left_at = clock_timestamp();
    END IF;
    UPDATE nodes n SET report = my_report, heard_at = clock_timestamp(),
            lease_until = clock_timestamp() + lease_ms * interval '1 millisecond',
            wish = CASE WHEN n.wish_number > my_heard_wish THEN n.wish END
        WHERE n.incarnation = my_incarnation RETURNING n.wish_number, n.wish INTO wish_number, wish;
    IF FOUND THEN
        standing := 'kept';
        RETURN;
    END IF;
    INSERT INTO nodes (incarnation, name, report, heard_at, lease_until) VALUES (my_incarnation, my_name, my_report,
        clock_timestamp(), clock_timestamp() + lease_ms * interval '1 millisecond');
    standing := 'joined';
END $$;

-- Those of the users who have no connection any more are away from now on.
CREATE FUNCTION note_away(users text[]) RETURNS void LANGUAGE sql AS $$
    UPDATE online o SET left_at = clock_timestamp()
    WHERE o.user_id = ANY (users) AND o.left_at IS NULL
      AND NOT EXISTS (SELECT FROM connections c WHERE c.user_id = o.user_id);
$$;

CREATE FUNCTION leave_node(my_incarnation bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    removed text[];
BEGIN
    PERFORM lock_cluster();
    DELETE FROM nodes WHERE incarnation = my_incarnation;
    WITH gone AS (DELETE FROM connections WHERE incarnation = my_incarnation RETURNING user_id)
    SELECT array_agg(DISTINCT user_id) INTO removed FROM gone;
    PERFORM note_away(removed);
END $$;

-- The users who were offline before, and the node's connections that have to go; one row of nothing where the node is
-- not there.
CREATE FUNCTION record_connections(
    my_incarnation bigint, afresh boolean, ids text[], users text[], sessions bytea[], transports text[],
    sinces bigint[], gone text[]
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
    INSERT INTO connections (incarnation, id, user_id, session, transport, since)
        SELECT my_incarnation, * FROM unnest(ids, users, sessions, transports, sinces) ON CONFLICT (id) DO NOTHING;
    PERFORM note_away(removed);
    UPDATE online SET left_at = NULL WHERE user_id = ANY (users) AND left_at IS NOT NULL;
    RETURN QUERY INSERT INTO online (user_id) SELECT DISTINCT unnest(users) ON CONFLICT (user_id) DO NOTHING
        RETURNING user_id, NULL::text;
    RETURN QUERY SELECT NULL::text, id FROM connections WHERE incarnation = my_incarnation AND replaced ORDER BY number;
END $$;

-- The user's other live connections, the oldest first, each with what it is counted by.
CREATE FUNCTION others_of(my_user text, my_id text, by_session boolean)
RETURNS TABLE (id text, node text, number bigint, counted_by text) LANGUAGE sql STABLE AS $$
    SELECT c.id, n.name, c.number,
           CASE WHEN by_session AND c.session IS NOT NULL THEN encode(c.session, 'hex') ELSE c.id END
    FROM connections c JOIN nodes n ON n.incarnation = c.incarnation
    WHERE c.user_id = my_user AND c.id <> my_id AND NOT c.replaced AND n.lease_until > clock_timestamp()
$$;

-- Nothing where the connection is not let in; else a row of nothing and one for each that has to make room.
CREATE FUNCTION admit_connection(
    my_incarnation bigint, my_id text, my_user text, my_session bytea, my_transport text, my_since bigint,
    by_session boolean, allowed bigint, replace_oldest boolean
) RETURNS TABLE (
    node text, gone_id text, gone_user text, gone_session bytea, gone_transport text, gone_since bigint
) LANGUAGE plpgsql AS $$
DECLARE
    mine   text := CASE WHEN by_session AND my_session IS NOT NULL THEN encode(my_session, 'hex') ELSE my_id END;
    excess bigint;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    -- One connection of a user at a time, on whatever node.
    PERFORM pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || my_user, 1130919779));
    SELECT count(DISTINCT o.counted_by) + 1 - allowed INTO excess
        FROM others_of(my_user, my_id, by_session) o WHERE o.counted_by <> mine;
    IF excess > 0 AND NOT replace_oldest THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT NULL::text, NULL::text, NULL::text, NULL::bytea, NULL::text, NULL::bigint;
    IF excess > 0 THEN
        RETURN QUERY
            WITH others AS MATERIALIZED (SELECT * FROM others_of(my_user, my_id, by_session)),
            oldest AS (
                SELECT o.counted_by FROM others o WHERE o.counted_by <> mine
                GROUP BY o.counted_by ORDER BY min(o.number) LIMIT excess
            ),
            gone AS (
                UPDATE connections c SET replaced = true FROM others o WHERE c.id = o.id AND o.counted_by IN (TABLE oldest)
                RETURNING c.number, o.node, c.id, c.user_id, c.session, c.transport, c.since
            )
            SELECT g.node, g.id, g.user_id, g.session, g.transport, g.since FROM gone g ORDER BY g.number;
    END IF;
    -- A node that is not there any more is told so when it records; until then it keeps whom it lets in to itself.
    PERFORM FROM nodes n WHERE n.incarnation = my_incarnation FOR KEY SHARE;
    IF FOUND THEN
        INSERT INTO connections (incarnation, id, user_id, session, transport, since)
            VALUES (my_incarnation, my_id, my_user, my_session, my_transport, my_since) ON CONFLICT (id) DO NOTHING;
    END IF;
END $$;

-- The users who are offline now.
CREATE FUNCTION settle_cluster(grace_ms bigint) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    grace   interval := grace_ms * interval '1 millisecond';
    dead    bigint[];
    removed text[];
BEGIN
    -- Most of the time there is nothing to do, and nobody waits.
    IF NOT EXISTS (SELECT FROM nodes WHERE lease_until <= clock_timestamp())
        AND NOT EXISTS (SELECT FROM online WHERE left_at <= clock_timestamp() - grace) THEN
        RETURN;
    END IF;
    PERFORM lock_cluster();
    WITH gone AS (DELETE FROM nodes WHERE lease_until <= clock_timestamp() RETURNING incarnation)
    SELECT array_agg(incarnation) INTO dead FROM gone;
    WITH gone AS (DELETE FROM connections WHERE incarnation = ANY (dead) RETURNING user_id)
    SELECT array_agg(DISTINCT user_id) INTO removed FROM gone;
    PERFORM note_away(removed);
    RETURN QUERY DELETE FROM online o
        WHERE o.left_at <= clock_timestamp() - grace
          AND NOT EXISTS (SELECT FROM connections c WHERE c.user_id = o.user_id)
        RETURNING o.user_id;
END $$;
