//! Making a link.

use std::time::Duration;

use chinwag_bus_remote::{Link, WireError};
use chinwag_store_postgres::Address;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{ConnectOptions as _, PgConnection, Row as _};
use tokio::time::timeout;

use crate::link::{PostgresPublisher, events};
use crate::refusal::Refusal;

/// How long a notification may take to come back at first.
const ECHO_WITHIN: Duration = Duration::from_secs(2);

pub(crate) async fn connect(address: &Address, place: &str) -> Result<Link, WireError> {
    let (mut connection, server) = primary(address).await.map_err(|refusal| refusal.into_words(place))?;
    let in_words = |error: sqlx::Error| Refusal::from(error).into_words(place);
    let row = sqlx::query(
        "SELECT 'chinwag_' || oid, 'chinwag_echo_' || pg_backend_pid()
         FROM pg_namespace WHERE nspname = current_schema()",
    );
    let row = row.fetch_optional(&mut connection).await.map_err(in_words)?;
    let row = row.ok_or_else(|| WireError::Unsuitable {
        place: place.to_owned(),
        reason: "the schemas of its search_path do not exist; create one, or correct the setting".to_owned(),
    })?;
    let (channel, echo): (String, String) =
        (row.try_get(0).map_err(in_words)?, row.try_get(1).map_err(in_words)?);

    // The listener knows only pools. This one is of one connection, which it never gives back.
    let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
    let pool = pool.connect_with(server).await.map_err(in_words)?;
    let mut listener = PgListener::connect_with(&pool).await.map_err(in_words)?;
    listener.eager_reconnect(false);
    listener.ignore_pool_close_event(true);
    listener.listen_all([channel.as_str(), echo.as_str()]).await.map_err(in_words)?;

    sqlx::query("SELECT pg_notify($1, '')").bind(&echo).execute(&mut connection).await.map_err(in_words)?;
    let heard = timeout(ECHO_WITHIN, async {
        while let Some(notification) = listener.try_recv().await? {
            if notification.channel() == echo {
                return Ok(());
            }
        }
        Err(sqlx::Error::WorkerCrashed)
    });
    match heard.await {
        Ok(heard) => heard.map_err(in_words)?,
        Err(_) => {
            return Err(WireError::Unsuitable {
                place: place.to_owned(),
                reason:
                    "notifications do not come back; name the server itself rather than a connection pooler"
                        .to_owned(),
            });
        }
    }
    listener.unlisten(&echo).await.map_err(in_words)?;
    Ok(Link {
        publisher: Box::new(PostgresPublisher::new(connection, channel)),
        subscriber: None,
        events: events(listener),
    })
}

/// A connection to the primary among the servers, and how it was made.
async fn primary(address: &Address) -> Result<(PgConnection, PgConnectOptions), Refusal> {
    let mut attempts: FuturesUnordered<_> = address.servers().iter().map(attempt).collect();
    let mut refusal = Refusal::Standby;
    while let Some(attempt) = attempts.next().await {
        match attempt {
            Ok(primary) => return Ok(primary),
            Err(other) => refusal = refusal.or(other),
        }
    }
    Err(refusal)
}

async fn attempt(server: &PgConnectOptions) -> Result<(PgConnection, PgConnectOptions), Refusal> {
    let server = with_limits(server.clone());
    let mut connection = server.connect().await?;
    let row = sqlx::query("SELECT pg_is_in_recovery()").fetch_one(&mut connection).await?;
    if row.try_get(0)? { Err(Refusal::Standby) } else { Ok((connection, server)) }
}

/// What the server itself must watch: notifications are kept until the slowest listener has read them, so that one that
/// was stopped or cut off must not be waited for.
fn with_limits(server: PgConnectOptions) -> PgConnectOptions {
    let server = match server.get_application_name() {
        Some(_) => server,
        None => server.application_name("chinwag bus"),
    };
    server.options([
        ("statement_timeout", "5s"),
        ("tcp_user_timeout", "15s"),
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
    ])
}
