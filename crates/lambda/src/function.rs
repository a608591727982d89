//! The function: its parts, and from an event to who answers it.

use std::sync::Arc;

use anyhow::Context as _;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use axum::Router;
use chinwag_chat::{Bus, Clock, Entropy, Store};
use chinwag_server::clock::SystemClock;
use chinwag_server::entropy::OsEntropy;
use chinwag_server::{Nodeless, logging};
use chinwag_store_dynamodb::{Config, DynamoStore};
use futures_util::StreamExt as _;
use futures_util::stream;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

use crate::announce::{self, Announcement, Announcer};
use crate::aws::Clients;
use crate::delivery::Delivery;
use crate::fan_out::FanOut;
use crate::ingest::Ingest;
use crate::presence::TableView;
use crate::push::Pusher;
use crate::realtime::Realtime;
use crate::settings::Settings;
use crate::table::Table;
use crate::{http_event, websocket};

/// So many announcements are fanned out side by side.
const CONCURRENT: usize = 4;

/// What a schedule's event says that it is.
const SCHEDULED: &str = "Scheduled Event";

/// The parts of a function.
struct Function {
    realtime: Realtime,
    fan_out: FanOut,
    ingest: Ingest,
    announcer: Arc<Announcer>,
    /// The name of its queue.
    announcements: String,
    router: Router,
}

/// Answers events until the process is ended.
///
/// # Errors
/// Whatever keeps the function from starting, in words that name the setting.
pub async fn run() -> anyhow::Result<()> {
    let settings = Settings::read(std::env::vars_os().collect())?;
    logging::init(&settings.chat.log)?;
    let function = Arc::new(Function::open(settings).await?);
    let answering = service_fn(|event: LambdaEvent<Value>| {
        let function = function.clone();
        async move { function.answer(event.payload).await.map_err(Error::from) }
    });
    lambda_runtime::run(answering).await.map_err(anyhow::Error::msg)
}

impl Function {
    async fn open(settings: Settings) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let clients = Clients::new(|name| std::env::var(name).ok(), &settings.connections_url)?;
        let announcements = queue_name(&settings.announcements_url).to_owned();
        let announcer = Arc::new(Announcer::new(clients.sqs, settings.announcements_url, clock.clone()));
        let bus: Arc<dyn Bus> = announcer.clone();
        let config = Config::from_environment(settings.table.clone())?;
        let store: Arc<dyn Store> = Arc::new(DynamoStore::open(&config, bus.clone(), entropy.clone()).await?);
        let table = Table::new(clients.dynamodb, settings.table, clock.clone());
        let view = TableView { table: table.clone(), store: store.clone(), clock: clock.clone() };
        let mut nodeless = Nodeless::new(&settings.chat, store.clone(), bus, Arc::new(view))?;
        // Nobody is there to send pings or to wait for their answers.
        let connection = chinwag_connection::Config {
            ping_interval: std::time::Duration::ZERO,
            ..(*nodeless.connection).clone()
        };
        nodeless.connection = Arc::new(connection);
        let pusher = Pusher::new(clients.management);
        let delivery =
            Delivery { store, table, pusher, announcer: announcer.clone(), entropy: entropy.clone() };
        let router = nodeless.router()?;
        let ingest = Ingest {
            chat: nodeless.api.chat().clone(),
            announcer: announcer.clone(),
            bot: settings.chat.ingest.bot.parse()?,
        };
        let realtime = Realtime {
            nodeless,
            delivery: delivery.clone(),
            announcer: announcer.clone(),
            clock: clock.clone(),
            entropy,
            connection_lifetime: settings.connection_lifetime,
        };
        let fan_out = FanOut { delivery, announcer: announcer.clone(), clock };
        Ok(Self { realtime, fan_out, ingest, announcer, announcements, router })
    }

    /// Answers an event, whichever sort it is of.
    async fn answer(&self, event: Value) -> anyhow::Result<Value> {
        let context = &event["requestContext"];
        if context["eventType"].is_string() {
            let event = serde_json::from_value(event).context("this is no event of a WebSocket")?;
            return Ok(websocket::answer(&self.realtime, event).await?);
        }
        if context["http"].is_object() {
            let event = serde_json::from_value(event).context("this is no event of an HTTP request")?;
            return Ok(http_event::answer(self.router.clone(), &self.announcer, event).await);
        }
        if event["detail-type"] == SCHEDULED {
            return self.see_to_duties().await.map(|()| Value::Null);
        }
        if event["Records"].is_array() {
            let event: SqsEvent =
                serde_json::from_value(event).context("these are no messages of a queue")?;
            return Ok(serde_json::to_value(self.batch(event.records).await)?);
        }
        anyhow::bail!("nobody here answers such an event")
    }

    /// What nodes would do in the background. What it changed is announced, whether or not all of it could be done.
    async fn see_to_duties(&self) -> anyhow::Result<()> {
        let done = self.realtime.nodeless.see_to_duties().await;
        self.announcer.flush().await?;
        done
    }

    /// Does what the messages of a queue say; those that are to be brought again are named.
    async fn batch(&self, messages: Vec<SqsMessage>) -> SqsBatchResponse {
        let mut failed: Vec<String> = vec![];
        let mut read: Vec<(String, Announcement)> = vec![];
        for message in messages {
            let id = message.message_id.unwrap_or_default();
            // Whoever may write to the one queue must not be able to speak as if by the other.
            if message.event_source_arn.as_deref().map(queue_name) != Some(&self.announcements) {
                let taken = self.ingest.take(&id, message.body.as_deref().unwrap_or_default()).await;
                if let Err(error) = taken {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "what another back end says is not taken in"
                    );
                    failed.push(id);
                }
                continue;
            }
            match serde_json::from_str(message.body.as_deref().unwrap_or_default()) {
                Ok(announcement) => read.push((id, announcement)),
                Err(error) => {
                    tracing::warn!(%error, "a message of the queue is no announcement");
                    failed.push(id);
                }
            }
        }
        let told = announce::merged(read).into_iter().map(|(ids, announcement)| async move {
            match self.fan_out.run(announcement).await {
                Ok(()) => vec![],
                Err(error) => {
                    tracing::warn!(%error, "an announcement is to be brought again");
                    ids
                }
            }
        });
        let told: Vec<Vec<String>> = stream::iter(told).buffer_unordered(CONCURRENT).collect().await;
        failed.extend(told.into_iter().flatten());
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = failed.into_iter().map(failure).collect();
        response
    }
}

/// The queue that a URL or an ARN names.
fn queue_name(address: &str) -> &str {
    address.rsplit(['/', ':']).next().unwrap_or_default()
}

fn failure(id: String) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id;
    failure
}
