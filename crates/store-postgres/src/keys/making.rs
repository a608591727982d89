//! Making and ending keys: each by one statement that also makes sure that it may be done, and notes it.
//!
//! The first parameters are the same in all that make one: `$1` on whose behalf, null for the operator's, `$2` when, `$3` the
//! key's id, `$4` its hash, `$5` who speaks by it, `$6` its name, `$7` what is noted, and `$8` its details.

use chinwag_chat::search::fold;
use chinwag_chat::{KeyName, NewHolder, NewKey, NewUser, UserId};

use crate::fault::Fault;
use crate::fields::{Fields, limit};
use crate::pool::Statement;

/// Whether `$1` looks after the server. Locked, so that it stays true.
macro_rules! admin {
    () => {
        "WITH keeper AS (
            SELECT id FROM users WHERE id = $1 AND admin AND NOT disabled FOR SHARE
        ), allowed AS (
            SELECT 1 AS yes WHERE $1::text IS NULL OR EXISTS (SELECT FROM keeper)
        )"
    };
}

/// Whether `$1` looks after the room of that parameter.
macro_rules! room_admin {
    ($room:literal) => {
        concat!(
            "WITH keeper AS (
                SELECT m.user_id FROM members m JOIN rooms r ON r.id = m.room JOIN users u ON u.id = m.user_id
                WHERE m.room = ",
            $room,
            " AND m.user_id = $1 AND m.role IN ('admin', 'owner') AND r.kind <> 'direct' AND NOT u.disabled
                FOR SHARE OF m
            ), allowed AS (
                SELECT 1 AS yes WHERE $1::text IS NULL OR EXISTS (SELECT FROM keeper)
            )"
        )
    };
}

/// The first place that none of these keys has, of `$9`.
macro_rules! place {
    ($of:literal) => {
        concat!(
            ", place AS (
                SELECT min(n)::integer AS slot FROM generate_series(1, $9::bigint) AS free (n)
                WHERE NOT EXISTS (SELECT FROM keys k WHERE ",
            $of,
            " AND k.slot = free.n))"
        )
    };
}

macro_rules! note {
    ($room:literal) => {
        concat!(
            ", noted AS (
                INSERT INTO audit (at, acted_by, action, room, user_id, details)
                SELECT $2::bigint, $1, $7::text, ",
            $room,
            ", $5::text, $8::text FROM kept
            )"
        )
    };
}

/// A bot with its first key; its name is `$9`, `$10` to show and `$11` to be found by.
pub(crate) const NEW_BOT: &str = concat!(
    admin!(),
    ", made AS (
        INSERT INTO users (id, name, display_name, display_folded, bot, created_at)
        SELECT $5::text, $9::text, $10::text, $11::text, true, $2::bigint FROM allowed
        ON CONFLICT DO NOTHING RETURNING id
    ), bot AS (
        INSERT INTO bots (user_id) SELECT id FROM made
    ), kept AS (
        INSERT INTO keys (id, hash, kind, user_id, slot, name, created_at)
        SELECT $3::bytea, $4::bytea, 'bot', id, 1, $6::text, $2::bigint FROM made RETURNING id
    )",
    note!("NULL::bytea"),
    " SELECT EXISTS (SELECT FROM allowed), true, EXISTS (SELECT FROM kept)"
);

/// Another key for a bot.
pub(crate) const BOT_KEY: &str = concat!(
    admin!(),
    place!("k.kind = 'bot' AND k.user_id = $5"),
    ", kept AS (
        INSERT INTO keys (id, hash, kind, user_id, slot, name, created_at)
        SELECT $3::bytea, $4::bytea, 'bot', b.user_id, p.slot, $6::text, $2::bigint
        FROM allowed a, place p, bots b WHERE p.slot IS NOT NULL AND b.user_id = $5
        ON CONFLICT DO NOTHING RETURNING id
    )",
    note!("NULL::bytea"),
    " SELECT EXISTS (SELECT FROM allowed), slot IS NOT NULL, EXISTS (SELECT FROM kept) FROM place"
);

/// A server key.
pub(crate) const SERVER_KEY: &str = concat!(
    admin!(),
    place!("k.kind = 'server'"),
    ", kept AS (
        INSERT INTO keys (id, hash, kind, user_id, slot, name, created_at)
        SELECT $3::bytea, $4::bytea, 'server', $5::text, p.slot, $6::text, $2::bigint
        FROM allowed a, place p WHERE p.slot IS NOT NULL
        ON CONFLICT DO NOTHING RETURNING id
    )",
    note!("NULL::bytea"),
    " SELECT EXISTS (SELECT FROM allowed), slot IS NOT NULL, EXISTS (SELECT FROM kept) FROM place"
);

/// A hook for room `$10`, and who speaks by it, called `$11`, `$12` and `$13`. They are made after the key, so that nobody is
/// there without one.
pub(crate) const HOOK: &str = concat!(
    room_admin!("$10"),
    place!("k.kind = 'hook' AND k.room = $10"),
    ", kept AS (
        INSERT INTO keys (id, hash, kind, user_id, room, slot, name, created_at)
        SELECT $3::bytea, $4::bytea, 'hook', $5::text, $10::bytea, p.slot, $6::text, $2::bigint
        FROM allowed a, place p WHERE p.slot IS NOT NULL
        ON CONFLICT DO NOTHING RETURNING id
    ), made AS (
        INSERT INTO users (id, name, display_name, display_folded, bot, created_at)
        SELECT $5::text, $11::text, $12::text, $13::text, true, $2::bigint FROM kept
    )",
    note!("$10::bytea"),
    " SELECT EXISTS (SELECT FROM allowed), slot IS NOT NULL, EXISTS (SELECT FROM kept) FROM place"
);

/// Ends key `$3`; `$4` spoke by it, `$5` is noted, `$6` its details.
pub(crate) const DELETE: &str = concat!(
    admin!(),
    ", gone AS (
        DELETE FROM keys k USING allowed WHERE k.id = $3 RETURNING k.id
    ), noted AS (
        INSERT INTO audit (at, acted_by, action, user_id, details)
        SELECT $2::bigint, $1, $5::text, $4::text, $6::text FROM gone
    )
    SELECT 1 FROM gone"
);

/// The same for a hook of room `$7`.
pub(crate) const DELETE_HOOK: &str = concat!(
    room_admin!("$7"),
    ", gone AS (
        DELETE FROM keys k USING allowed WHERE k.id = $3 AND k.room = $7 RETURNING k.id
    ), noted AS (
        INSERT INTO audit (at, acted_by, action, room, user_id, details)
        SELECT $2::bigint, $1, $5::text, $7::bytea, $4::text, $6::text FROM gone
    )
    SELECT 1 FROM gone"
);

/// How a making ended.
pub(crate) struct Making {
    pub(crate) is_allowed: bool,
    pub(crate) has_place: bool,
    pub(crate) is_made: bool,
}

impl Making {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, Fault> {
        Ok(Self { is_allowed: fields.flag()?, has_place: fields.flag()?, is_made: fields.flag()? })
    }
}

/// The statement that makes a key.
pub(crate) fn statement<'q>(
    key: &'q NewKey,
    by: Option<&'q UserId>,
    action: &'static str,
    details: Option<&'q str>,
) -> Statement<'q> {
    let (sql, user) = match &key.holder {
        NewHolder::NewBot(bot) => (NEW_BOT, Some(&bot.user.id)),
        NewHolder::Bot(bot) => (BOT_KEY, Some(bot)),
        NewHolder::Server => (SERVER_KEY, None),
        NewHolder::Hook { bot, .. } => (HOOK, Some(&bot.user.id)),
    };
    let query = sqlx::query(sql)
        .bind(by.map(UserId::as_str))
        .bind(key.created_at.unix_ms())
        .bind(key.id.to_bytes())
        .bind(key.hash.0)
        .bind(user.map(UserId::as_str))
        .bind(key.name.as_ref().map(KeyName::as_str))
        .bind(action)
        .bind(details);
    let most = limit(key.of().most());
    match &key.holder {
        NewHolder::NewBot(bot) => named(query, bot),
        NewHolder::Bot(_) | NewHolder::Server => query.bind(most),
        NewHolder::Hook { bot, room } => named(query.bind(most).bind(room.to_bytes()), bot),
    }
}

fn named<'q>(query: Statement<'q>, bot: &'q NewUser) -> Statement<'q> {
    let (name, display_name) = (bot.user.name.as_str(), bot.user.display_name.as_str());
    query.bind(name).bind(display_name).bind(fold(display_name))
}
