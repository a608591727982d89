//! The fan-out: from an announcement on the queue to the clients.
//!
//! Queues bring things twice and out of order. That is harmless: what a connection has been told is down in its row, and
//! a page of followers that is told again has been told already.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chinwag_chat::{Channel, Clock, Head, Rev, StateEvent, StoreError};
use chinwag_protocol::{DisconnectCode, Encoding};
use chinwag_realtime::state_push;
use futures_util::StreamExt as _;
use futures_util::stream;

use crate::announce::{Announcement, Announcer};
use crate::delivery::{Delivery, Outcome};
use crate::pages::Pages;
use crate::push::NotSent;
use crate::table::{Follower, LeaseId};

/// One function tells so many; the rest is another's.
const FOLLOWERS_AT_ONCE: i32 = 500;
/// So many are told side by side.
const CONCURRENT: usize = 50;
/// State that is older than this is of no use, unless it has an id: then somebody counts on it.
const STATE_LASTS: Duration = Duration::from_secs(10);
/// How long after one was left to another it is looked at again: by then the other's lease has ended, one way or another.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Tells whoever follows a channel.
#[derive(Clone)]
pub(crate) struct FanOut {
    pub(crate) delivery: Delivery,
    pub(crate) announcer: Arc<Announcer>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl FanOut {
    /// Does what an announcement says.
    ///
    /// # Errors
    /// Where some were not told: it is to be brought again.
    pub(crate) async fn run(&self, announcement: Announcement) -> Result<(), StoreError> {
        match announcement {
            Announcement::Moved { channel, rev, after, only } => {
                let Ok(channel) = channel.parse() else { return Ok(()) };
                self.moved(channel, Rev(rev), after.as_deref(), only).await
            }
            Announcement::State { channel, event, at_ms, id, after } => {
                let Ok(channel) = channel.parse() else { return Ok(()) };
                self.state(&channel, event, at_ms, id, after.as_deref()).await
            }
            Announcement::SessionRevoked { session } => {
                self.send_away(self.delivery.table.of_session(session).await?).await
            }
            Announcement::UserDisabled { user } => {
                self.send_away(self.delivery.table.of_user(&user).await?).await
            }
        }
    }

    async fn moved(
        &self,
        channel: Channel,
        rev: Rev,
        after: Option<&str>,
        only: Vec<String>,
    ) -> Result<(), StoreError> {
        let (table, is_rest) = (&self.delivery.table, !only.is_empty());
        let due: Vec<(String, Rev)> = if only.is_empty() {
            let (followers, next) = table.followers(&channel, after, FOLLOWERS_AT_ONCE).await?;
            if next.is_some() {
                let rest = Announcement::Moved {
                    channel: channel.to_string(),
                    rev: rev.0,
                    after: next,
                    only: vec![],
                };
                self.announcer.send(&[rest], Duration::ZERO).await?;
            }
            followers.into_iter().map(|follower| (follower.connection, follower.rev)).collect()
        } else {
            only.into_iter().map(|connection| (connection, Rev::ZERO)).collect()
        };
        if due.is_empty() {
            return Ok(());
        }
        // Up to the head, which may be further on than this announcement: the next ones then find everything done. But what
        // is left of an earlier one ends where that did, else it never would in a room that does not rest.
        let head = self.delivery.head(&channel).await?;
        let head = Head { rev: if is_rest { rev } else { head.rev.max(rev) }, ..head };
        let pages = Pages::new(self.delivery.store.clone(), channel.clone());
        let due = due.into_iter().filter(|(_, told)| *told < head.rev);
        let told = stream::iter(due).map(|(connection, _)| {
            let pages = &pages;
            async move {
                let outcome = self.delivery.tell(pages, &connection, head).await;
                (connection, outcome)
            }
        });
        let mut left = vec![];
        let mut failure = None;
        let mut told = std::pin::pin!(told.buffer_unordered(CONCURRENT));
        while let Some((connection, outcome)) = told.next().await {
            match outcome {
                Ok(Outcome::Done) => {}
                Ok(Outcome::LeftToAnother) => left.push(connection),
                Err(error) => failure = Some(error),
            }
        }
        if !left.is_empty() {
            let again = Announcement::Moved {
                channel: channel.to_string(),
                rev: head.rev.0,
                after: None,
                only: left,
            };
            self.announcer.send(&[again], LOOK_AGAIN).await?;
        }
        failure.map_or(Ok(()), Err)
    }

    async fn state(
        &self,
        channel: &Channel,
        event: Box<StateEvent>,
        at_ms: i64,
        id: Option<String>,
        after: Option<&str>,
    ) -> Result<(), StoreError> {
        let age_ms = self.clock.now().unix_ms().saturating_sub(at_ms);
        if id.is_none() && age_ms > i64::try_from(STATE_LASTS.as_millis()).unwrap_or(i64::MAX) {
            return Ok(());
        }
        let once = id.as_ref().map(|id| format!("{channel}#{id}#{}", after.unwrap_or_default()));
        // Before the rest is put on the queue anew: its pages may begin elsewhere by now.
        if let Some(once) = &once
            && self.delivery.table.was_asked(once).await?
        {
            return Ok(());
        }
        let (followers, next) = self.delivery.table.followers(channel, after, FOLLOWERS_AT_ONCE).await?;
        let push = state_push(Encoding::Json, channel, &event);
        if next.is_some() {
            let rest = Announcement::State {
                channel: channel.to_string(),
                event: event.clone(),
                at_ms,
                id: id.clone(),
                after: next,
            };
            self.announcer.send(&[rest], Duration::ZERO).await?;
        }
        // Noted as late as can be: what is noted and then not told is told to nobody.
        if let Some(once) = &once
            && !self.delivery.table.is_first(once, &LeaseId::new(&*self.delivery.entropy)).await?
        {
            return Ok(());
        }
        let listens = |follower: &Follower| {
            let own = matches!(&*event, StateEvent::Typing { user, .. } if user.id == follower.user);
            !follower.head_only && !own
        };
        let due = followers
            .into_iter()
            .filter(listens)
            .map(|follower| self.offer(follower.connection, push.clone()));
        let gone: Vec<Option<String>> = stream::iter(due).buffer_unordered(CONCURRENT).collect().await;
        for connection in gone.into_iter().flatten() {
            self.delivery.table.forget(&connection).await?;
        }
        Ok(())
    }

    /// Sends what may be lost; the connection, if it is gone.
    async fn offer(&self, connection: String, push: Bytes) -> Option<String> {
        let sent = self.delivery.pusher.send(&connection, &[push]).await;
        matches!(sent, Err((_, NotSent::Gone))).then_some(connection)
    }

    /// Closes connections whose users have to sign in anew, if they can.
    async fn send_away(&self, connections: Vec<String>) -> Result<(), StoreError> {
        for connection in connections {
            self.delivery.send_away(&connection, DisconnectCode::InvalidToken).await?;
        }
        Ok(())
    }
}
