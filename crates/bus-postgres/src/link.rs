//! The halves of a link.

use async_trait::async_trait;
use bytes::Bytes;
use chinwag_bus_remote::{Event, Message, Publisher, WireError};
use futures_util::StreamExt as _;
use futures_util::stream::{BoxStream, unfold};
use sqlx::PgConnection;
use sqlx::postgres::PgListener;

/// Sends, on a connection of its own.
pub(crate) struct PostgresPublisher {
    connection: PgConnection,
    channel: String,
}

impl PostgresPublisher {
    pub(crate) fn new(connection: PgConnection, channel: String) -> Self {
        Self { connection, channel }
    }
}

#[async_trait]
impl Publisher for PostgresPublisher {
    /// One statement, one commit, for as many as waited.
    async fn publish(&mut self, messages: &[Message]) -> Result<(), WireError> {
        let payloads = messages.iter().map(|message| std::str::from_utf8(&message.payload));
        let payloads: Vec<&str> = payloads.collect::<Result<_, _>>().map_err(WireError::broken)?;
        let notify = sqlx::query("SELECT count(pg_notify($1, payload)) FROM unnest($2::text[]) AS payload");
        let notified = notify.bind(&self.channel).bind(payloads).execute(&mut self.connection).await;
        notified.map(|_| ()).map_err(WireError::broken)
    }
}

/// What the listener hears, until its connection breaks. It would make a new one; but then nobody would know of the gap.
pub(crate) fn events(listener: PgListener) -> BoxStream<'static, Result<Event, WireError>> {
    unfold(listener, |mut listener| async move {
        let event = match listener.try_recv().await {
            Ok(Some(notification)) => {
                Ok(Event::Message(Bytes::copy_from_slice(notification.payload().as_bytes())))
            }
            Ok(None) => Err(WireError::broken("the server is gone")),
            Err(error) => Err(WireError::broken(error)),
        };
        Some((event, listener))
    })
    .boxed()
}
