//! Connecting: look who is there, bring the schema up to date, start the writers.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::{Bus, Epoch};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};

use crate::fault::{Fault, in_time};
use crate::fields::Fields;
use crate::pool::Pool;
use crate::writer::Writer;
use crate::{ConnectError, Options, PostgresStore, place, schema};

impl PostgresStore {
    /// Connects to the database that `url` names, and brings its schema up to date. What is committed is announced on
    /// `bus`.
    ///
    /// # Errors
    /// A [`ConnectError`] that names the setting and the way out.
    pub async fn connect(url: &str, bus: Arc<dyn Bus>, options: Options) -> Result<Self, ConnectError> {
        let connect = PgConnectOptions::from_str(url).map_err(|error| bad_url(&error))?;
        let connect = with_limits(connect, options).disable_statement_logging();
        let place = place::of(&connect);
        let epoch = prepare(&connect, &place, options).await?;
        let writer = Writer::start(&for_writers(connect.clone()), &place, &bus, options);
        Ok(Self { epoch, place: place.clone(), pool: Pool::new(connect, place, options), writer })
    }
}

/// Never repeats the URL: it may hold a password.
fn bad_url(error: &sqlx::Error) -> ConnectError {
    let reason = match error {
        sqlx::Error::Configuration(reason) => reason.to_string(),
        other => other.to_string(),
    };
    ConnectError::BadUrl { reason }
}

/// What the server itself must watch: a node that was cut off or stopped must not hold locks that others wait for.
fn with_limits(connect: PgConnectOptions, options: Options) -> PgConnectOptions {
    let limit = milliseconds(options.statement_timeout);
    let connect = match connect.get_application_name() {
        Some(_) => connect,
        None => connect.application_name("chinwag"),
    };
    connect.options([
        ("statement_timeout", limit.as_str()),
        ("idle_in_transaction_session_timeout", limit.as_str()),
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
    ])
}

/// Whatever a writer reads or changes, it finds by its key. A plan that was made when the tables were small and is kept
/// with the prepared statement would read all of them one day.
fn for_writers(connect: PgConnectOptions) -> PgConnectOptions {
    connect.options([("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off")])
}

fn milliseconds(time: Duration) -> String {
    format!("{}ms", time.as_millis().max(1))
}

/// Sees that the database will do, and brings it up to date.
async fn prepare(
    connect: &PgConnectOptions,
    place: &Arc<str>,
    options: Options,
) -> Result<Epoch, ConnectError> {
    let from_fault = |fault: Fault| ConnectError::from_fault(place, &fault);
    let connecting = async { Ok(connect.connect().await?) };
    let mut connection = in_time(options.connect_timeout, connecting).await.map_err(from_fault)?;
    let found = look(&mut connection).await.map_err(from_fault)?;
    if found.standby {
        return Err(ConnectError::Standby { place: place.clone() });
    }
    if found.encoding != "UTF8" {
        return Err(ConnectError::Encoding { place: place.clone(), encoding: found.encoding });
    }
    if !found.durable {
        tracing::warn!(
            store = %place,
            "the server does not wait for its disk (fsync or synchronous_commit is off): when it loses power, \
             messages that were acknowledged are lost"
        );
    }
    schema::migrate(&mut connection, place).await
}

struct Found {
    standby: bool,
    encoding: String,
    durable: bool,
}

async fn look(connection: &mut PgConnection) -> Result<Found, Fault> {
    let row = sqlx::query(
        "SELECT pg_is_in_recovery(), current_setting('server_encoding'),
                current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off'",
    )
    .fetch_one(connection)
    .await?;
    let mut fields = Fields::of(&row);
    Ok(Found { standby: fields.flag()?, encoding: fields.text()?.to_owned(), durable: fields.flag()? })
}
