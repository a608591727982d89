//! How the server is to plan what it is asked.

/// For every connection. Whatever is read or changed, it is found by its key, and statements are prepared once and run
/// for as long as the connection lasts: so each has one plan, made once, which goes by the indices however small the tables
/// were at the time. Planning anew for each list of keys would cost the server more than looking them up; and a plan that
/// suits small tables would read all of them one day.
///
/// Rows are taken one after the other from an index, never gathered first: whoever wants the next fifty messages, or
/// counts up to a hundred, must not read all that follow.
///
/// What has no index, such as the few live nodes, is read whole all the same, at a price that the planner takes for
/// enormous: without `jit = off`, each new connection would compile such a statement for most of a second.
pub(crate) const BY_KEY: [(&str, &str); 7] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_material", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
];

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chinwag_chat::{Bus, Hint};
    use chinwag_testkit::postgres::Postgres;
    use sqlx::{PgConnection, Row as _};

    use crate::{
        Options, PostgresStore, administration, exports, facts, files, held, keys, log, messages, moderation,
        notifications, ordered, posted, profiles, push, revised, rooms, search, sessions, statuses, threads,
        users, view,
    };

    struct NoBus;

    impl Bus for NoBus {
        fn publish(&self, _: Hint) {}
    }

    /// The plan of a prepared statement, whatever its parameters.
    async fn plan(connection: &mut PgConnection, sql: &'static str) -> String {
        sqlx::raw_sql("DEALLOCATE ALL").execute(&mut *connection).await.unwrap();
        let prepare = sqlx::AssertSqlSafe(format!("PREPARE planned AS {sql}"));
        sqlx::raw_sql(prepare).execute(&mut *connection).await.unwrap();
        let count = "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'planned'";
        let count: i32 =
            sqlx::query(count).persistent(false).fetch_one(&mut *connection).await.unwrap().get(0);
        let nulls = vec!["NULL"; usize::try_from(count).unwrap()].join(", ");
        let arguments = if nulls.is_empty() { String::new() } else { format!("({nulls})") };
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN EXECUTE planned {arguments}"));
        let lines = sqlx::raw_sql(explain).fetch_all(connection).await.unwrap();
        lines.iter().map(|line| line.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
    }

    /// The tables are as small as can be, which is when a server left to itself would read all of them.
    #[tokio::test]
    async fn whatever_is_asked_for_is_found_by_an_index() {
        let server = Postgres::start().await.unwrap();
        let store = PostgresStore::connect(&server.url(), Arc::new(NoBus), Options::default()).await.unwrap();
        let mut connection = store.pool.servers().connect().await.unwrap();
        let statements = [
            exports::ROOM,
            exports::RECORDS,
            exports::RECORDS_OF,
            exports::REACTIONS,
            exports::WRITTEN_IN,
            exports::REACTIONS_OF,
            administration::STANDING,
            administration::CHANGE,
            administration::ACCOUNT,
            administration::ACCOUNTS,
            administration::ROOMS,
            administration::AUDIT,
            facts::order::BANS,
            facts::order::BLOCKS,
            moderation::BANS,
            moderation::BLOCK,
            moderation::UNBLOCK,
            moderation::BLOCKED_BY,
            moderation::BLOCKERS_OF,
            moderation::REPORT,
            moderation::ALL,
            moderation::OPEN,
            moderation::CLOSED,
            moderation::CLOSE,
            ordered::BAN,
            ordered::NO_BAN,
            ordered::MUTE,
            ordered::POSTED,
            ordered::BLOCKED,
            ordered::NOTE,
            facts::PEOPLE,
            facts::SENDERS,
            facts::DIRECTS,
            facts::HEIR,
            facts::messages::MESSAGES,
            facts::messages::MENTIONED,
            facts::messages::REACTION,
            facts::messages::PINS,
            files::BEGIN,
            files::BYTES_OF,
            files::FINISH,
            files::GIVE_UP,
            files::TAKE_DUE,
            files::FORGET,
            files::FILES,
            files::ATTACH,
            files::DETACH,
            held::LOCK_FILES,
            held::LOCK_ROOMS,
            held::LOCK_USERS,
            keys::BOTS,
            keys::OF_BOT,
            keys::OF_SERVERS,
            keys::OF_ROOM,
            keys::BY_HASH,
            keys::BY_IDS,
            keys::ROLE,
            keys::TOUCH,
            keys::making::NEW_BOT,
            keys::making::BOT_KEY,
            keys::making::SERVER_KEY,
            keys::making::HOOK,
            keys::making::DELETE,
            keys::making::DELETE_HOOK,
            log::ROOM_CHANGES,
            log::USER_CHANGES,
            log::ROOM_HEADS,
            log::USER_HEADS,
            rooms::ARRIVALS_OF,
            rooms::MAY_READ,
            rooms::SMALL_ROOMS_OF,
            rooms::SHARE_A_ROOM,
            rooms::MEMBERS,
            rooms::MOVE_CURSOR,
            rooms::MOVE_DELIVERED,
            notifications::SET,
            push::queries::TO_NOTIFY,
            push::queries::LATER,
            push::queries::NOTICE,
            push::queries::WAITING,
            statuses::STATUSES,
            messages::FORWARD,
            messages::BACK,
            messages::THREAD_FORWARD,
            messages::THREAD_BACK,
            messages::MESSAGE,
            messages::PINS,
            messages::EDITS,
            posted::POSTED,
            profiles::PROFILE,
            profiles::CHANGE,
            profiles::SECRET,
            posted::POSTED_WITH_ASIDE,
            revised::KEEP_EDIT,
            revised::REVISE,
            revised::FORGET,
            revised::DELETE_REACTION,
            search::MESSAGES,
            sessions::BY_TOKENS,
            sessions::BY_IDS,
            sessions::OF_USER,
            sessions::OF_ALL,
            sessions::TOUCH,
            threads::THREADS_OF,
            threads::MOVE_CURSOR,
            users::FIND,
            view::ROOM,
            view::ROOMS_OF,
            view::PUBLIC_ROOMS,
        ];
        for sql in statements {
            let plan = plan(&mut connection, sql).await;
            for whole in ["Seq Scan", "Bitmap", "Materialize"] {
                assert!(!plan.contains(whole), "{sql}\n{plan}");
            }
        }
    }
}
