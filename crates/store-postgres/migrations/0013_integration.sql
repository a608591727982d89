-- Programs: bots, the back ends of applications, and hooks by which something is said in a room.

-- Who is a bot, but for those of hooks.
CREATE TABLE bots (
    user_id text COLLATE "C" PRIMARY KEY REFERENCES users (id)
);

-- What they prove themselves with. `kind` is bot, server or hook; a server key has no user, and only a hook has a room. A
-- holder has so many places for keys, from 1 on: two who make one at once do not both get the last.
CREATE TABLE keys (
    id           bytea            PRIMARY KEY,
    hash         bytea            NOT NULL UNIQUE,
    kind         text             NOT NULL,
    user_id      text COLLATE "C" REFERENCES users (id),
    room         bytea            REFERENCES rooms (id),
    slot         integer          NOT NULL,
    name         text,
    created_at   bigint           NOT NULL,
    last_used_at bigint
);
CREATE UNIQUE INDEX bot_keys ON keys (user_id, slot) WHERE kind = 'bot';
CREATE UNIQUE INDEX server_keys ON keys (slot) WHERE kind = 'server';
CREATE UNIQUE INDEX hooks ON keys (room, slot) WHERE kind = 'hook';

-- Whoever is erased has no key any more.
CREATE FUNCTION forget_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM keys k WHERE k.user_id = NEW.id;
    DELETE FROM bots b WHERE b.user_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER erased AFTER UPDATE OF erased_at ON users
    FOR EACH ROW WHEN (NEW.erased_at IS NOT NULL) EXECUTE FUNCTION forget_keys();
