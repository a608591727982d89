//! A Redis Stream, read by a consumer group.

use std::time::Duration;

use async_trait::async_trait;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, Value, cmd};
use tokio::sync::Mutex;

use super::{Delivery, Source, SourceError};

/// How long a connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long an answer may take, beyond the time for which the server was asked to wait.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// How long the server waits where there is nothing.
const WAIT_FOR_NEWS: Duration = Duration::from_secs(1);
/// The field of an entry that holds the order.
const FIELD: &str = "order";

/// Which stream, and as whom it is read.
#[derive(Debug, Clone)]
pub struct RedisPlace {
    /// Its server: `redis://…` or `rediss://…`.
    pub url: String,
    /// Its key. Dead letters are under the same with `:dead`.
    pub stream: String,
    /// The consumer group, made when it is missing, from the stream's beginning.
    pub group: String,
    /// This node among those of the group.
    pub consumer: String,
    /// After how long what was not settled comes again.
    pub retry_after: Duration,
}

/// A Redis Stream. Connects when it is first asked, and again after each failure.
pub struct RedisSource {
    place: RedisPlace,
    connection: Mutex<Option<MultiplexedConnection>>,
}

impl RedisSource {
    /// That stream.
    #[must_use]
    pub fn new(place: RedisPlace) -> Self {
        Self { place, connection: Mutex::default() }
    }

    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_WITHIN))
            .set_response_timeout(Some(WAIT_FOR_NEWS + ANSWERS_WITHIN));
        let client = Client::open(self.place.url.as_str())?;
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        let RedisPlace { stream, group, .. } = &self.place;
        let mut create = cmd("XGROUP");
        create.arg("CREATE").arg(stream).arg(group).arg("0").arg("MKSTREAM");
        match create.query_async::<()>(&mut connection).await {
            Err(error) if error.code() != Some("BUSYGROUP") => Err(error),
            _ => Ok(connection),
        }
    }

    /// Asks by the connection that there is, or by a new one. After a failure the next question makes a new one.
    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, SourceError> {
        let asked: Result<T, RedisError> = async {
            let kept = self.connection.lock().await.clone();
            let mut connection = match kept {
                Some(connection) => connection,
                None => self.connection.lock().await.insert(self.connect().await?).clone(),
            };
            command.query_async(&mut connection).await
        }
        .await;
        match asked {
            Ok(answer) => Ok(answer),
            Err(error) => {
                self.connection.lock().await.take();
                Err(self.failed(&error))
            }
        }
    }

    fn failed(&self, error: &RedisError) -> SourceError {
        // The library's words may repeat the URL, and with it a password.
        let reason = error.code().map_or_else(|| format!("{:?}", error.kind()), str::to_owned);
        SourceError { place: format!("the stream {}", self.place.stream), reason }
    }

    /// What was taken by whomever and not settled in time, taken anew: with how often it was taken.
    async fn left_over(&self, most: usize) -> Result<Vec<Delivery<()>>, SourceError> {
        let RedisPlace { stream, group, consumer, retry_after, .. } = &self.place;
        let idle_ms = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
        let mut pending = cmd("XPENDING");
        pending.arg(stream).arg(group).arg("IDLE").arg(idle_ms).arg("-").arg("+").arg(most);
        let pending: Vec<(String, String, u64, u64)> = self.ask(&pending).await?;
        let mut found = vec![];
        for (id, _, _, times) in pending {
            let mut claim = cmd("XCLAIM");
            claim.arg(stream).arg(group).arg(consumer).arg(idle_ms).arg(&id);
            // Another node may have been faster.
            let claimed: Value = self.ask(&claim).await?;
            found.extend(deliveries(claimed, times.saturating_add(1)));
        }
        Ok(found)
    }

    async fn news(&self, most: usize) -> Result<Vec<Delivery<()>>, SourceError> {
        let RedisPlace { stream, group, consumer, .. } = &self.place;
        let wait_ms = u64::try_from(WAIT_FOR_NEWS.as_millis()).unwrap_or(u64::MAX);
        let mut read = cmd("XREADGROUP");
        read.arg("GROUP").arg(group).arg(consumer).arg("COUNT").arg(most).arg("BLOCK").arg(wait_ms);
        read.arg("STREAMS").arg(stream).arg(">");
        Ok(match self.ask(&read).await? {
            Value::Array(mut streams) => match streams.pop() {
                Some(Value::Array(mut of_stream)) => deliveries(of_stream.pop().unwrap_or(Value::Nil), 1),
                _ => vec![],
            },
            Value::Map(mut streams) => {
                deliveries(streams.pop().map_or(Value::Nil, |(_, entries)| entries), 1)
            }
            _ => vec![],
        })
    }
}

/// What an entry holds, by name.
type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// The entries of an answer. One that was deleted meanwhile has no fields, and no order.
fn deliveries(entries: Value, attempts: u64) -> Vec<Delivery<()>> {
    let Value::Array(entries) = entries else { return vec![] };
    let found = entries.into_iter().filter_map(|entry| {
        let (id, fields): (String, Option<Fields>) = FromRedisValue::from_redis_value(entry).ok()?;
        let order = fields?.into_iter().find(|(name, _)| name == FIELD.as_bytes());
        Some(Delivery { body: order.map_or_else(Vec::new, |(_, body)| body), id, attempts, handle: () })
    });
    found.collect()
}

#[async_trait]
impl Source for RedisSource {
    type Handle = ();

    async fn take(&self, most: usize) -> Result<Vec<Delivery<()>>, SourceError> {
        let left_over = self.left_over(most).await?;
        if left_over.is_empty() { self.news(most).await } else { Ok(left_over) }
    }

    async fn acknowledge(&self, delivery: &Delivery<()>) -> Result<(), SourceError> {
        let RedisPlace { stream, group, .. } = &self.place;
        let mut acknowledge = cmd("XACK");
        acknowledge.arg(stream).arg(group).arg(&delivery.id);
        self.ask(&acknowledge).await
    }

    async fn bury(&self, delivery: &Delivery<()>, reason: &str) -> Result<(), SourceError> {
        let mut add = cmd("XADD");
        add.arg(format!("{}:dead", self.place.stream)).arg("MAXLEN").arg("~").arg(MOST_DEAD).arg("*");
        add.arg(FIELD).arg(&delivery.body).arg("id").arg(&delivery.id).arg("reason").arg(reason);
        add.arg("attempts").arg(delivery.attempts);
        self.ask::<String>(&add).await?;
        self.acknowledge(delivery).await
    }
}

/// About how many dead letters are kept, the newest.
const MOST_DEAD: usize = 100_000;
