//! The store as one node sees it: behind a network, shared with all others, outliving each of them.

mod administration;
mod duties;
mod exports;
mod files;
mod keys;
mod link;
mod moderation;
mod ports;
mod witness;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::rules::{CommandResult, Outcome};
use chinwag_chat::store::{CommitError, Log as _, Users as _};
use chinwag_chat::{Bus, Channel, Details, Message, RoomAction, RoomCommand, StoreError, Timestamp};
use chinwag_store_memory::MemoryStore;
use tokio::sync::oneshot;
use tokio::time::{sleep, sleep_until, timeout};

use crate::Lie;
use crate::chance::Chance;
use crate::gate::Gate;
pub(crate) use link::{Cut, StoreLink};
pub(crate) use witness::Witness;

/// How long a node waits for the store.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The store itself: it runs on a machine of its own, whatever becomes of the nodes.
pub(crate) struct Remote {
    pub(crate) data: MemoryStore,
    pub(crate) witness: Witness,
    pub(crate) chance: Chance,
    pub(crate) lie: Option<Lie>,
}

/// One node's way to it.
pub(crate) struct NodeStore {
    pub(crate) remote: Arc<Remote>,
    pub(crate) link: Arc<StoreLink>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) gate: Arc<Gate>,
}

/// What becomes of a commit on its way.
pub(crate) enum Fate {
    /// It never gets there, and the node knows.
    Refused,
    /// It never gets there, and the node does not know.
    Lost,
    /// It is done, at that time or when the way is free again, and answered or not.
    Done { late: bool, answered: bool },
}

impl NodeStore {
    /// Reads something: there, and back again.
    async fn read<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        self.link.ask().await?;
        let answer = work.await;
        self.link.answer().await?;
        answer
    }

    async fn decide(&self, command: RoomCommand, at: Timestamp) -> Result<Outcome, CommitError> {
        let (answer, answered) = oneshot::channel();
        let turn = self.link.turn();
        let (remote, link) = (self.remote.clone(), self.link.clone());
        let fate = self.link.fate();
        if matches!(fate, Fate::Refused) {
            return Err(StoreError::Unavailable("the store refuses the connection".to_owned()).into());
        }
        // The store goes on whatever becomes of the node that asked.
        tokio::spawn(async move {
            let Fate::Done { late, answered } = fate else {
                // Keeps the node waiting, as a network does that swallows everything.
                sleep(2 * TIMEOUT).await;
                return drop(answer);
            };
            sleep_until(turn).await;
            if late {
                link.mended().await;
            }
            let outcome = remote.commit(command, at).await;
            link.way_back().await;
            if answered {
                let _ = answer.send(outcome);
            }
        });
        // The node announces what is committed whether or not its caller still waits.
        let (done, result) = oneshot::channel();
        let bus = self.bus.clone();
        self.gate.spawn(async move {
            let unknown = || Err(StoreError::Unknown("no answer from the store".to_owned()).into());
            let outcome = match timeout(TIMEOUT, answered).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) | Err(_) => unknown(),
            };
            if let Ok(outcome) = &outcome {
                outcome.hints().for_each(|hint| bus.publish(hint));
            }
            let _ = done.send(outcome);
        });
        result.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the node is dead".to_owned()).into()))
    }
}

impl Remote {
    /// Commits, and bears witness of who may see what from then on.
    pub(crate) async fn commit(
        &self,
        mut command: RoomCommand,
        at: Timestamp,
    ) -> Result<Outcome, CommitError> {
        if let RoomAction::Post(post) = &mut command.action {
            if self.lie == Some(Lie::StoreForgetsClientIds)
                && let Ok(other) = format!("{}/{}", post.client_id, self.chance.next() % 1000).parse()
            {
                post.client_id = other;
            }
            if self.lie == Some(Lie::StoreForgetsMessages)
                && self.chance.happens(20)
                && let Some(pretended) = self.pretend(&command, at).await
            {
                return Ok(pretended);
            }
        }
        let outcome = self.data.commit(command, at).await?;
        self.witness.saw(&outcome);
        Ok(outcome)
    }

    /// The answer to a post that was not kept.
    async fn pretend(&self, command: &RoomCommand, at: Timestamp) -> Option<Outcome> {
        let RoomAction::Post(post) = &command.action else { return None };
        let sender = self.data.user(&command.actor).await.ok()??;
        let head = *self.data.heads(&[Channel::Room(command.room)]).await.ok()?.first()?;
        let message = Message {
            id: post.id,
            room: command.room,
            seq: head.seq.next(),
            rev: head.rev.next(),
            sender,
            client_id: post.client_id.clone(),
            text: post.text.clone(),
            created_at: at,
            details: Details::default(),
        };
        let result = CommandResult::Posted { message, created: true };
        Some(Outcome { result, changes: vec![], user_changes: vec![] })
    }
}
