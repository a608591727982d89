-- A crash of the server and a failover empty `nodes` and `connections`, and where the server was out of reach for longer
-- than a lease, all leases have run out. Then the nodes come back one by one. Nobody who is connected may be said to be
-- offline meanwhile, and nobody who is not may stay online for ever.

CREATE OR REPLACE FUNCTION renew_node(
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
    -- The first of all: what is known of the others and their connections is lost, or too old. A node that lives is back
    -- within a lease, and its users with it; the others died at its end, and there their users' grace time begins. So it
    -- does for those who seem to have left before: that they came again may be lost too.
    IF NOT EXISTS (SELECT FROM nodes WHERE lease_until > clock_timestamp()) THEN
        UPDATE online o SET left_at = clock_timestamp() + lease_ms * interval '1 millisecond'
            WHERE NOT EXISTS (
                SELECT FROM connections c WHERE c.user_id = o.user_id AND c.incarnation = my_incarnation
            );
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

-- The users who are offline now.
CREATE OR REPLACE FUNCTION settle_cluster(grace_ms bigint) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    grace   interval := grace_ms * interval '1 millisecond';
    dead    bigint[];
    removed text[];
BEGIN
    -- Whoever asks was given up itself, with all others: nobody knows who is connected before they have said so.
    IF NOT EXISTS (SELECT FROM nodes WHERE lease_until > clock_timestamp()) THEN
        RETURN;
    END IF;
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
