//! Telling one connection what it has not been told of a channel: in order, and by one teller at a time.

mod following;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chinwag_chat::{Channel, Entropy, Head, Rev, StateEvent, Store, StoreError};
use chinwag_protocol::{DisconnectCode, Encoding, Push, Reply, UnsubscribeCode, encode_reply};
use chinwag_realtime::state_push;

use crate::announce::{Announcement, Announcer};
use crate::pages::{Pages, Told};
use crate::push::{NotSent, Pusher};
use crate::table::{Claim, Finished, Follower, LeaseId, Table};

/// How often the channel may have gone on while a connection is being told: then it is another's turn, so that no function
/// tells a busy room until its time is up.
const ROUNDS: usize = 8;
/// When what the gateway had no time for is tried again.
const AFTER_THROTTLE: Duration = Duration::from_secs(3);

/// Tells connections.
#[derive(Clone)]
pub(crate) struct Delivery {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) table: Table,
    pub(crate) pusher: Pusher,
    pub(crate) announcer: Arc<Announcer>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// How it came out where nothing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It has been told, or is not there, or the rest of it is on the queue.
    Done,
    /// Another is at it, who has word of how far to go.
    LeftToAnother,
}

/// How far a teller came.
enum Came {
    /// There is nothing left to tell, or nobody to tell it to, and no lease.
    ToTheEnd,
    /// The lease is still the teller's; the rest is up to here, to be told after a while.
    Short(Rev, Duration),
}

impl Delivery {
    /// Tells a connection everything that it has not been told up to `wanted`.
    pub(crate) async fn tell(
        &self,
        pages: &Pages,
        connection: &str,
        wanted: Head,
    ) -> Result<Outcome, StoreError> {
        let lease = LeaseId::new(&*self.entropy);
        match self.table.claim(pages.channel(), connection, wanted.rev, &lease).await? {
            Claim::Gone | Claim::Told => Ok(Outcome::Done),
            Claim::LeftWord => Ok(Outcome::LeftToAnother),
            Claim::Taken { was_abandoned: true, .. } => {
                // Whoever began has died in the midst of it. The client knows what it has got, and resumes from there.
                self.send_away(connection, DisconnectCode::InsufficientState).await?;
                Ok(Outcome::Done)
            }
            Claim::Taken { follower, .. } => {
                self.go_on(pages, &follower, wanted, &lease).await?;
                Ok(Outcome::Done)
            }
        }
    }

    /// Tells a connection what comes after its position, under a lease that is its teller's, and ends the lease. What cannot
    /// be told now is put on the queue again, for this connection alone.
    ///
    /// # Errors
    /// The store's or the queue's; the lease has ended then, as far as the table could be reached.
    pub(crate) async fn go_on(
        &self,
        pages: &Pages,
        follower: &Follower,
        wanted: Head,
        lease: &LeaseId,
    ) -> Result<(), StoreError> {
        let (channel, connection) = (pages.channel(), &follower.connection);
        // What the connection is certain to have been told.
        let mut at = follower.rev;
        match self.go_on_from(pages, follower, wanted, lease, &mut at).await {
            Ok(Came::ToTheEnd) => Ok(()),
            Ok(Came::Short(goal, delay)) => self.leave_off(channel, connection, at, lease, goal, delay).await,
            Err(error) => {
                // Else whoever comes next takes it for one that may have been told more.
                self.table.give_up(channel, connection, at, lease).await?;
                Err(error)
            }
        }
    }

    async fn go_on_from(
        &self,
        pages: &Pages,
        follower: &Follower,
        mut wanted: Head,
        lease: &LeaseId,
        at: &mut Rev,
    ) -> Result<Came, StoreError> {
        let (channel, connection) = (pages.channel(), &follower.connection);
        let mut goal = wanted.rev;
        for _ in 0..ROUNDS {
            while *at < goal {
                let Some(page) = pages.after(*at).await?.filter(|page| !page.is_empty()) else {
                    // The log does not go back so far any more.
                    self.send_away(connection, DisconnectCode::InsufficientState).await?;
                    return Ok(Came::ToTheEnd);
                };
                let ends = page.iter().position(|told| told.left.as_ref() == Some(&follower.user));
                let due = &page[..ends.map_or(page.len(), |index| index + 1)];
                let head = Head { rev: goal, ..wanted };
                let handed_over = self.hand_over(follower, channel, due, head).await;
                let sent = handed_over.as_ref().map_or_else(|(sent, _)| *sent, |()| due.len());
                let (sent, unsent) = due.split_at_checked(sent).unwrap_or((due, &[]));
                for (room, rev) in sent.iter().filter_map(|told| told.joined) {
                    if let Err(error) = Box::pin(self.subscribe_by_server(connection, room, rev)).await {
                        tracing::warn!(%error, "a client cannot follow the room that it was told of; it is told to resume");
                        self.send_away(connection, DisconnectCode::InsufficientState).await?;
                        return Ok(Came::ToTheEnd);
                    }
                }
                let before = *at;
                *at = sent.last().map_or(*at, |last| last.rev);
                match handed_over {
                    Ok(()) => {}
                    Err((_, NotSent::Gone)) => {
                        self.table.forget(connection).await?;
                        return Ok(Came::ToTheEnd);
                    }
                    Err((_, NotSent::Throttled)) => return Ok(Came::Short(goal, AFTER_THROTTLE)),
                    Err((_, NotSent::TooLarge)) => {
                        let rev = unsent.first().map(|told| told.rev.0);
                        tracing::error!(%channel, rev, "a change is too large for the gateway: nobody can be told of it");
                        self.unsubscribe(follower, channel, lease, UnsubscribeCode::Server).await?;
                        return Ok(Came::ToTheEnd);
                    }
                    Err((_, NotSent::Unknown(cause))) => {
                        tracing::warn!(cause, "a client may have missed something; it is told to resume");
                        self.send_away(connection, DisconnectCode::InsufficientState).await?;
                        return Ok(Came::ToTheEnd);
                    }
                }
                if ends.is_some() {
                    let ended = self.end(follower, channel, lease).await;
                    if ended.is_err() {
                        // Were the leave noted as told, whoever comes next would go on behind it.
                        *at = before;
                    }
                    return ended.map(|()| Came::ToTheEnd);
                }
            }
            match self.table.finish(channel, connection, *at, lease).await? {
                Finished::Done | Finished::Lost => return Ok(Came::ToTheEnd),
                Finished::MoreUpTo(rev) => {
                    wanted = self.head(channel).await?;
                    goal = rev.max(wanted.rev);
                }
            }
        }
        Ok(Came::Short(goal, Duration::ZERO))
    }

    /// Ends a lease where a connection was told everything up to `at` and nothing more, and has the rest told later.
    pub(crate) async fn leave_off(
        &self,
        channel: &Channel,
        connection: &str,
        at: Rev,
        lease: &LeaseId,
        goal: Rev,
        delay: Duration,
    ) -> Result<(), StoreError> {
        self.table.give_up(channel, connection, at, lease).await?;
        let rest = Announcement::Moved {
            channel: channel.to_string(),
            rev: goal.0,
            after: None,
            only: vec![connection.to_owned()],
        };
        self.announcer.send(&[rest], delay).await
    }

    async fn hand_over(
        &self,
        follower: &Follower,
        channel: &Channel,
        due: &[Told],
        head: Head,
    ) -> Result<(), (usize, NotSent)> {
        if !follower.head_only {
            let pushes: Vec<Bytes> = due.iter().map(|told| told.push.clone()).collect();
            return self.pusher.send(&follower.connection, &pushes).await;
        }
        let Channel::Room(room) = channel else { return Ok(()) };
        let event = StateEvent::RoomHead { room: *room, head_seq: head.seq, head_rev: head.rev };
        let own = Channel::User(follower.user.clone());
        let sent = self.pusher.send(&follower.connection, &[state_push(Encoding::Json, &own, &event)]).await;
        // It tells of the head and not of each change, so it has no position to lose.
        sent.map_err(|(_, error)| (0, error))
    }

    /// Where a channel is.
    pub(crate) async fn head(&self, channel: &Channel) -> Result<Head, StoreError> {
        let heads = self.store.heads(std::slice::from_ref(channel)).await?;
        Ok(heads.first().copied().unwrap_or_default())
    }

    /// Ends a connection and forgets it; the client is told why, and whether to come back.
    ///
    /// # Errors
    /// Where the gateway has no time to close it, or the table to forget it: it is to be sent away again.
    pub(crate) async fn send_away(&self, connection: &str, code: DisconnectCode) -> Result<(), StoreError> {
        let goodbye = encode_reply(Encoding::Json, &Reply::push(Push::disconnect(code)));
        // Whether it hears it or not, it is closed.
        let _ = self.pusher.send(connection, &[goodbye]).await;
        let closed = self.pusher.close(connection).await;
        closed.map_err(|error| StoreError::Unavailable(format!("a connection is not closed: {error}")))?;
        self.table.forget(connection).await
    }

    /// Says something that a client must not miss.
    async fn say(&self, connection: &str, push: Push) -> Result<(), StoreError> {
        match self.pusher.send(connection, &[encode_reply(Encoding::Json, &Reply::push(push))]).await {
            Ok(()) => Ok(()),
            Err((_, NotSent::Gone)) => self.table.forget(connection).await,
            Err(_) => self.send_away(connection, DisconnectCode::InsufficientState).await,
        }
    }
}
