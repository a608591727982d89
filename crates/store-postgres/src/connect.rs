//! Connecting: look who is there, bring the schema up to date, start the writers.

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::{Bus, Epoch};
use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;

use crate::fault::Fault;
use crate::fields::Fields;
use crate::outage::Outage;
use crate::plans::BY_KEY;
use crate::pool::Pool;
use crate::probe::Probe;
use crate::questions::Questions;
use crate::search::index;
use crate::servers::Servers;
use crate::writer::Writer;
use crate::{Address, ConnectError, Options, PostgresStore, schema};

/// The oldest server whose SQL is enough: the oldest that its makers still mend.
const OLDEST_MAJOR: u64 = 14;

impl PostgresStore {
    /// Connects to the database that `url` names, and brings its schema up to date. What is committed is announced on
    /// `bus`.
    ///
    /// # Errors
    /// A [`ConnectError`] that names the setting and the way out.
    pub async fn connect(url: &str, bus: Arc<dyn Bus>, options: Options) -> Result<Self, ConnectError> {
        let Address { servers, place } = url.parse()?;
        let servers = servers.into_iter().map(|server| with_limits(server, options)).collect();
        let servers = Servers::new(servers, options.connect_timeout, options.outage_patience);
        let epoch = prepare(&servers, &place).await?;
        let outage = Arc::new(Outage::default());
        let writer = Writer::start(&servers, &place, &outage, &bus, options);
        let pool = Arc::new(Pool::new(servers.clone(), place.clone(), outage.clone(), options));
        let beats = Pool::for_beats(servers.clone(), place.clone(), outage, options);
        let questions = Questions::new(&pool);
        Ok(Self { epoch, bus, place, pool, beats, probe: Probe::new(servers), questions, writer })
    }
}

/// What the server itself must watch: a node that was cut off or stopped must not hold locks that others wait for.
fn with_limits(connect: PgConnectOptions, options: Options) -> PgConnectOptions {
    let limit = milliseconds(options.statement_timeout);
    let connect = match connect.get_application_name() {
        Some(_) => connect,
        None => connect.application_name("chinwag"),
    };
    connect.options(BY_KEY).options([
        ("statement_timeout", limit.as_str()),
        ("idle_in_transaction_session_timeout", limit.as_str()),
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
    ])
}

fn milliseconds(time: Duration) -> String {
    format!("{}ms", time.as_millis().max(1))
}

/// Sees that the database will do, and brings it up to date.
async fn prepare(servers: &Servers, place: &Arc<str>) -> Result<Epoch, ConnectError> {
    let from_fault = |fault: Fault| ConnectError::from_fault(place, &fault);
    let mut connection = servers.connect().await.map_err(from_fault)?;
    look(&mut connection).await.map_err(from_fault)?.will_do(place)?;
    let epoch = schema::migrate(&mut connection, place).await?;
    index::fill(&mut connection).await.map_err(from_fault)?;
    Ok(epoch)
}

/// What must be known of a server before it is trusted with anything.
struct Found {
    /// Its version, as `150008` for 15.8.
    version: u64,
    encoding: String,
    durable: bool,
}

impl Found {
    fn will_do(self, place: &Arc<str>) -> Result<(), ConnectError> {
        let major = self.version / 10_000;
        if major < OLDEST_MAJOR {
            return Err(ConnectError::TooOld { place: place.clone(), found: major, oldest: OLDEST_MAJOR });
        }
        if self.encoding != "UTF8" {
            return Err(ConnectError::Encoding { place: place.clone(), encoding: self.encoding });
        }
        if !self.durable {
            tracing::warn!(
                store = %place,
                "the server does not wait for its disk (fsync or synchronous_commit is off): when it loses power, \
                 messages that were acknowledged are lost"
            );
        }
        Ok(())
    }
}

async fn look(connection: &mut PgConnection) -> Result<Found, Fault> {
    let row = sqlx::query(
        "SELECT current_setting('server_version_num')::bigint, current_setting('server_encoding'),
                current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off'",
    )
    .fetch_one(connection)
    .await?;
    let mut fields = Fields::of(&row);
    Ok(Found { version: fields.number()?, encoding: fields.text()?.to_owned(), durable: fields.flag()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_too_old_or_has_another_encoding_will_not_do() {
        let found = |version, encoding: &str| {
            Found { version, encoding: encoding.to_owned(), durable: true }.will_do(&"db".into())
        };
        assert!(found(140_000, "UTF8").is_ok() && found(180_003, "UTF8").is_ok());
        let error = found(130_018, "UTF8").unwrap_err().to_string();
        assert!(error.contains("--store names db") && error.contains("PostgreSQL 13"), "{error}");
        let error = found(150_000, "SQL_ASCII").unwrap_err().to_string();
        assert!(error.contains("SQL_ASCII"), "{error}");
    }
}
