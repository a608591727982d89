//! Who is in a channel on all nodes.
//!
//! Of this node it is known which connection follows what. Of the others only who is connected; so the connections of a
//! small room's members count as being there, which they are unless their client has chosen otherwise.

use std::sync::Arc;

use chinwag_chat::cluster::Whose;
use chinwag_chat::{Channel, StoreError, UserId};
use chinwag_protocol::ClientInfo;
use hashbrown::HashMap;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::ClusterNode;
use super::online::BELIEVED;
use crate::flight::Flights;

/// How many connections of other nodes are listed.
const MAX_LISTED: usize = 2_000;
/// How many channels' answers are kept.
const MAX_ANSWERS: usize = 1_000;

type Listed = Arc<[ClientInfo]>;

/// What the store said a moment ago.
#[derive(Default)]
pub(super) struct PresentCache {
    answers: Mutex<HashMap<Channel, (Listed, Instant)>>,
    /// One asks for a channel, and the others who ask for it share the answer; other channels have no part in it.
    asking: Flights<Channel, Listed>,
}

impl PresentCache {
    fn known(&self, channel: &Channel) -> Option<Listed> {
        let answers = self.answers.lock();
        answers.get(channel).filter(|(_, until)| *until > Instant::now()).map(|(listed, _)| listed.clone())
    }

    fn learn(&self, channel: &Channel, listed: &Listed) {
        let mut answers = self.answers.lock();
        if answers.len() >= MAX_ANSWERS {
            answers.clear();
        }
        answers.insert(channel.clone(), (listed.clone(), Instant::now() + BELIEVED));
    }
}

impl ClusterNode {
    /// Who is in a channel, on all nodes. What is said of others is up to a second old and at most two reads of the store,
    /// however many ask; in large rooms, and while the store is away, it is only this node's own.
    pub async fn present(&self, channel: &Channel) -> Vec<ClientInfo> {
        let mut present = self.hub.followers(channel);
        let elsewhere = match self.present.known(channel) {
            Some(listed) => listed,
            None => {
                match self.present.asking.run(channel, self.learn_elsewhere(channel)).await {
                    Ok(landed) => landed.value,
                    Err(error) => {
                        tracing::debug!(%error, "cannot ask who is present elsewhere");
                        // Nor is it asked again at once.
                        self.present.learn(channel, &Listed::default());
                        Listed::default()
                    }
                }
            }
        };
        present.extend(elsewhere.iter().cloned());
        present
    }

    async fn learn_elsewhere(&self, channel: &Channel) -> Result<Listed, StoreError> {
        // Somebody may have asked between the look and the question.
        if let Some(listed) = self.present.known(channel) {
            return Ok(listed);
        }
        let listed = self.ask_elsewhere(channel).await?;
        self.present.learn(channel, &listed);
        Ok(listed)
    }

    async fn ask_elsewhere(&self, channel: &Channel) -> Result<Listed, StoreError> {
        let own = self.report.lock().name.clone();
        let users = match channel {
            Channel::User(user) => vec![user.clone()],
            Channel::Room(room) => {
                let most = usize::try_from(self.hub.config.presence.max_members).unwrap_or(usize::MAX);
                let members = self.hub.store.members(*room, None, most).await?;
                if members.has_more {
                    return Ok(Listed::default());
                }
                members.items.into_iter().map(|member| member.user.id).collect::<Vec<UserId>>()
            }
        };
        let found = self.cluster.connections(Whose::Users(&users), MAX_LISTED).await?;
        let others = found.into_iter().filter(|placed| placed.node != own);
        let info = |placed: chinwag_chat::cluster::PlacedConnection| ClientInfo {
            user: placed.connection.user.to_string(),
            client: placed.connection.id,
            ..ClientInfo::default()
        };
        Ok(others.map(info).collect())
    }
}
