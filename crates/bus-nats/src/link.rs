//! The halves of a link that send and subscribe.

use async_nats::{Client, Subscriber as Subscription};
use async_trait::async_trait;
use chinwag_bus_remote::{Message, Publisher, Subscriber, Topic, WireError};
use futures_util::StreamExt as _;
use hashbrown::HashMap;
use tokio::sync::{mpsc, oneshot};

use crate::events::Subscribed;
use crate::subject::{Partition, Subjects, partition};

/// Sends.
pub(crate) struct NatsPublisher {
    client: Client,
    subjects: Subjects,
}

impl NatsPublisher {
    pub(crate) fn new(client: Client, subjects: Subjects) -> Self {
        Self { client, subjects }
    }
}

#[async_trait]
impl Publisher for NatsPublisher {
    async fn publish(&mut self, messages: &[Message]) -> Result<(), WireError> {
        for message in messages {
            let subject = self.subjects.of(&message.topic);
            self.client.publish(subject, message.payload.clone()).await.map_err(WireError::broken)?;
        }
        self.client.flush().await.map_err(WireError::broken)
    }
}

/// Subscribes.
pub(crate) struct NatsSubscriber {
    client: Client,
    subjects: Subjects,
    /// To whom the subscriptions are handed that were made.
    subscriptions: mpsc::Sender<Subscribed>,
    /// By how many channels each partition is wanted, and what ends its subscription when it is dropped.
    partitions: HashMap<Partition, (usize, oneshot::Sender<()>)>,
    /// Subscriptions for which there is no end but the link's.
    lasting: Vec<oneshot::Sender<()>>,
    /// What this connection says to itself.
    echo: Subscription,
    echo_subject: String,
}

impl NatsSubscriber {
    pub(crate) async fn new(
        client: Client,
        subjects: Subjects,
        subscriptions: mpsc::Sender<Subscribed>,
    ) -> Result<Self, WireError> {
        let server = client.server_info();
        let echo_subject = subjects.of_connection(&server.server_id, server.client_id);
        let echo = client.subscribe(echo_subject.clone()).await.map_err(WireError::broken)?;
        let (partitions, lasting) = (HashMap::new(), vec![]);
        Ok(Self { client, subjects, subscriptions, partitions, lasting, echo, echo_subject })
    }

    /// Waits until the server has done all that it was asked. It does one thing after the other, so that it has when
    /// what is sent after all that comes back.
    pub(crate) async fn confirm(&mut self) -> Result<(), WireError> {
        let sent = self.client.publish(self.echo_subject.clone(), "".into()).await;
        sent.map_err(WireError::broken)?;
        match self.echo.next().await {
            Some(_) => Ok(()),
            None => Err(WireError::broken("the server is gone")),
        }
    }

    /// Makes a subscription that lasts until what this returns is dropped.
    async fn add(&self, topic: &Topic) -> Result<oneshot::Sender<()>, WireError> {
        let made = self.client.subscribe(self.subjects.of(topic)).await.map_err(WireError::broken)?;
        let (keep, ended) = oneshot::channel();
        let handed = self.subscriptions.send(Subscribed { subscription: made, ended }).await;
        handed.map_err(|_| WireError::broken("nobody receives"))?;
        Ok(keep)
    }
}

#[async_trait]
impl Subscriber for NatsSubscriber {
    async fn subscribe(&mut self, topics: &[Topic]) -> Result<(), WireError> {
        let mut is_new = false;
        for topic in topics {
            match partition(topic) {
                None => {
                    let keep = self.add(topic).await?;
                    self.lasting.push(keep);
                    is_new = true;
                }
                Some(partition) => match self.partitions.get_mut(&partition) {
                    Some((wanted, _)) => *wanted += 1,
                    None => {
                        let keep = self.add(topic).await?;
                        self.partitions.insert(partition, (1, keep));
                        is_new = true;
                    }
                },
            }
        }
        if is_new { self.confirm().await } else { Ok(()) }
    }

    async fn unsubscribe(&mut self, topics: &[Topic]) -> Result<(), WireError> {
        for partition in topics.iter().filter_map(partition) {
            if let Some((wanted, _)) = self.partitions.get_mut(&partition) {
                *wanted -= 1;
                if *wanted == 0 {
                    self.partitions.remove(&partition);
                }
            }
        }
        Ok(())
    }
}
