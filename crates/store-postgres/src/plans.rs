//! How the server is to plan what it is asked.

/// For every connection. Whatever is read or changed, it is found by its key, and statements are prepared once and run
/// for as long as the connection lasts: so each has one plan, made once, which goes by the indices however small the tables
/// were at the time. Planning anew for each list of keys would cost the server more than looking them up; and a plan that
/// suits small tables would read all of them one day.
///
/// What has no index, such as the few live nodes, is read whole all the same, at a price that the planner takes for
/// enormous: without `jit = off`, each new connection would compile such a statement for most of a second.
pub(crate) const BY_KEY: [(&str, &str); 5] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
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

    use crate::{Options, PostgresStore, facts, held, log, rooms, rows, sessions, users, view};

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
            facts::PEOPLE,
            facts::DUPLICATES,
            facts::DIRECTS,
            facts::HEIR,
            held::LOCK_ROOMS,
            held::LOCK_USERS,
            log::ROOM_CHANGES,
            log::USER_CHANGES,
            log::ROOM_HEADS,
            log::USER_HEADS,
            rooms::ARRIVALS_OF,
            rooms::MAY_READ,
            rooms::SMALL_ROOMS_OF,
            rooms::SHARE_A_ROOM,
            rooms::MEMBERS,
            rooms::MARK_READ,
            rows::POSTED,
            sessions::BY_TOKENS,
            sessions::BY_IDS,
            sessions::OF_USER,
            sessions::OF_ALL,
            sessions::TOUCH,
            users::FIND,
            view::ROOM,
            view::ROOMS_OF,
            view::PUBLIC_ROOMS,
            view::MESSAGES_FORWARD,
            view::MESSAGES_BACK,
        ];
        for sql in statements {
            let plan = plan(&mut connection, sql).await;
            assert!(!plan.contains("Seq Scan"), "{sql}\n{plan}");
        }
    }
}
