//! A stream of NATS JetStream, read by a durable pull consumer.

use std::fmt::Display;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::pull::{Batch, Config as PullConfig};
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer};
use async_nats::jetstream::stream::Config as StreamConfig;
use async_nats::jetstream::{self, Context, Message};
use async_trait::async_trait;
use futures_util::StreamExt;
use tokio::sync::Mutex;

use super::{Delivery, Source, SourceError};

/// How long the server waits where there is nothing.
const WAIT_FOR_NEWS: Duration = Duration::from_secs(1);
/// How many dead letters are kept, the newest.
const MOST_DEAD: i64 = 100_000;

/// Which stream, and as whom it is read.
#[derive(Debug, Clone)]
pub struct NatsPlace {
    /// Its server: `nats://…` or `tls://…`.
    pub url: String,
    /// Its name, and the subject that it is made with where it is missing. Dead letters are in another, with `-dead`.
    pub stream: String,
    /// The durable consumer, made when it is missing.
    pub group: String,
    /// After how long what was not settled comes again.
    pub retry_after: Duration,
}

/// A stream of NATS JetStream. Connects when it is first asked, and again after each failure.
pub struct NatsSource {
    place: NatsPlace,
    link: Mutex<Option<Link>>,
}

#[derive(Clone)]
struct Link {
    context: Context,
    consumer: PullConsumer,
}

impl NatsSource {
    /// That stream.
    #[must_use]
    pub fn new(place: NatsPlace) -> Self {
        Self { place, link: Mutex::default() }
    }

    async fn connect(&self) -> Result<Link, SourceError> {
        let NatsPlace { url, stream, group, retry_after } = &self.place;
        let client = async_nats::connect(url).await.map_err(|error| self.failed(error.kind()))?;
        let context = jetstream::new(client);
        let config = |name: String, max_messages| StreamConfig {
            subjects: vec![name.clone()],
            name,
            max_messages,
            ..StreamConfig::default()
        };
        let of_dead = context.get_or_create_stream(config(self.dead(), MOST_DEAD));
        of_dead.await.map_err(|error| self.failed(error))?;
        let stream = context.get_or_create_stream(config(stream.clone(), -1)).await;
        let stream = stream.map_err(|error| self.failed(error))?;
        let durable = PullConfig {
            durable_name: Some(group.clone()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: *retry_after,
            ..PullConfig::default()
        };
        // Made, or changed to these settings.
        let consumer = stream.create_consumer(durable).await;
        Ok(Link { context, consumer: consumer.map_err(|error| self.failed(error))? })
    }

    async fn link(&self) -> Result<Link, SourceError> {
        let mut kept = self.link.lock().await;
        if let Some(link) = &*kept {
            return Ok(link.clone());
        }
        Ok(kept.insert(self.connect().await?).clone())
    }

    async fn try_to_take(&self, most: usize) -> Result<Vec<Delivery<Message>>, SourceError> {
        let Link { consumer, .. } = self.link().await?;
        let there = consumer.fetch().max_messages(most).messages().await;
        let mut found = self.read(there.map_err(|error| self.failed(error))?).await?;
        if found.is_empty() {
            // A batch is only complete with all that was asked for: one, so that it is here at once.
            let next = consumer.batch().max_messages(1).expires(WAIT_FOR_NEWS).messages().await;
            found = self.read(next.map_err(|error| self.failed(error))?).await?;
        }
        Ok(found)
    }

    async fn read(&self, mut fetched: Batch) -> Result<Vec<Delivery<Message>>, SourceError> {
        let mut found = vec![];
        while let Some(message) = fetched.next().await {
            let message = message.map_err(|error| self.failed(error))?;
            let info = message.info().map_err(|error| self.failed(error))?;
            let id = format!("{}-{}", self.place.stream, info.stream_sequence);
            let attempts = u64::try_from(info.delivered).unwrap_or(1);
            found.push(Delivery { body: message.payload.to_vec(), id, attempts, handle: message });
        }
        Ok(found)
    }

    /// Where the dead letters are.
    fn dead(&self) -> String {
        format!("{}-dead", self.place.stream)
    }

    fn failed(&self, reason: impl Display) -> SourceError {
        SourceError { place: format!("the stream {}", self.place.stream), reason: reason.to_string() }
    }
}

#[async_trait]
impl Source for NatsSource {
    type Handle = Message;

    async fn take(&self, most: usize) -> Result<Vec<Delivery<Message>>, SourceError> {
        let taken = self.try_to_take(most).await;
        if taken.is_err() {
            self.link.lock().await.take();
        }
        taken
    }

    async fn acknowledge(&self, delivery: &Delivery<Message>) -> Result<(), SourceError> {
        delivery.handle.double_ack().await.map_err(|error| self.failed(error))
    }

    async fn bury(&self, delivery: &Delivery<Message>, reason: &str) -> Result<(), SourceError> {
        let mut headers = HeaderMap::new();
        // A header is one line.
        headers.insert("Chinwag-Reason", reason.replace(['\r', '\n'], " "));
        headers.insert("Chinwag-Id", delivery.id.as_str());
        headers.insert("Chinwag-Attempts", delivery.attempts.to_string());
        let Link { context, .. } = self.link().await?;
        let body = delivery.handle.payload.clone();
        let put = context.publish_with_headers(self.dead(), headers, body).await;
        put.map_err(|error| self.failed(error))?.await.map_err(|error| self.failed(error))?;
        self.acknowledge(delivery).await
    }
}
