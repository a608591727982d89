//! A link through one server: everything over one connection.

use async_trait::async_trait;
use chinwag_bus_remote::{Link, Message, Publisher, Subscriber, Topic, WireError};
use redis::aio::MultiplexedConnection;
use redis::{Client, PushInfo, PushKind, RedisError, RedisResult, Value};

use crate::connection;
use crate::failure::in_short;
use crate::inbox::{Inbox, inbox};
use crate::names::Names;

/// Connects to the server. Whoever finds out that the link is no good any more says so by the inbox.
pub(crate) async fn link(client: &Client, names: &Names) -> RedisResult<(Link, Inbox)> {
    let (inbox, events) = inbox();
    let taker = inbox.clone();
    let pushed = move |push: PushInfo| -> Result<(), WireError> {
        take(&taker, push);
        Ok(())
    };
    let connection = connection::open(client, pushed).await?;
    let half = Half { connection, names: names.clone() };
    let (publisher, subscriber) = (Box::new(half.clone()), Box::new(half));
    Ok((Link { publisher, subscriber: Some(subscriber), events }, inbox))
}

fn take(inbox: &Inbox, push: PushInfo) {
    match push.kind {
        PushKind::Message => inbox.pushed(push.data),
        PushKind::Disconnection => inbox.broken(WireError::broken("the Redis server closed the connection")),
        // Confirmations are waited for where the request was made; nothing else was asked for.
        _ => {}
    }
}

#[derive(Clone)]
struct Half {
    connection: MultiplexedConnection,
    names: Names,
}

#[async_trait]
impl Publisher for Half {
    async fn publish(&mut self, messages: &[Message]) -> Result<(), WireError> {
        let mut commands = redis::Pipeline::with_capacity(messages.len());
        for message in messages {
            commands.cmd("PUBLISH").arg(self.names.of(&message.topic)).arg(message.payload.as_ref());
        }
        let answers =
            connection::run(&mut self.connection, &commands).await.map_err(|error| broken(&error))?;
        answers.into_iter().try_for_each(not_refused)
    }
}

#[async_trait]
impl Subscriber for Half {
    async fn subscribe(&mut self, topics: &[Topic]) -> Result<(), WireError> {
        self.connection.subscribe(self.names.of_all(topics)).await.map_err(|error| broken(&error))
    }

    async fn unsubscribe(&mut self, topics: &[Topic]) -> Result<(), WireError> {
        self.connection.unsubscribe(self.names.of_all(topics)).await.map_err(|error| broken(&error))
    }
}

fn broken(error: &RedisError) -> WireError {
    WireError::broken(in_short(error))
}

fn not_refused(answer: Value) -> Result<(), WireError> {
    match answer {
        Value::ServerError(error) => Err(WireError::broken(error)),
        _ => Ok(()),
    }
}
