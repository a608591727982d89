//! Beginning and ending to follow channels.
//!
//! The order matters: first the connection is put down as a follower, then the head is read. A change that is committed in
//! between is then either at or below the head, or its fan-out finds the row.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chinwag_api::{Caller, CallerSession};
use chinwag_chat::{Channel, Head, Refusal, Rev, StoreError};
use chinwag_connection::{Answer, Position, Resumption, Subscribed};
use chinwag_protocol::Publication;
use chinwag_server::realtime::answers::{Outcome, failed};
use futures_util::StreamExt as _;
use futures_util::stream;

use super::effects::store_failed;
use super::{Begun, Visit};
use crate::pages::Pages;
use crate::table::{Finished, Following, Free, MAX_ENDED, Put};

/// How much of what was missed goes into one answer, all its channels together. The rest follows.
const ANSWER_BYTES: usize = 64 * 1024;
/// So many channels are begun side by side.
const CONCURRENT: usize = 20;
/// How often, and how long, it is waited for somebody who is telling a connection of a channel that it asks for anew.
const TRIES: usize = 15;
const WAIT: Duration = Duration::from_millis(200);

/// A wish to follow a channel.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) channel: Channel,
    /// Where the client was, if it was there before.
    pub(super) resume: Option<Position>,
    /// Only where its head is.
    pub(super) head_only: bool,
    pub(super) by_server: bool,
}

impl Visit<'_> {
    /// Follows a channel, if the user may.
    pub(super) async fn subscribe(
        &mut self,
        channel: Channel,
        resume: Option<&Position>,
        by_server: bool,
    ) -> Outcome {
        let caller = self.caller()?.clone();
        let wish = Wish { channel: channel.clone(), resume: resume.cloned(), head_only: false, by_server };
        let begun = self.begin(&caller, &[wish]).await.map_err(store_failed)?;
        // Asked after the connection is put down: a membership that ends from here on ends the following too.
        let allowed = self.realtime.nodeless.api.chat().may_follow(&channel, &caller.user.id).await;
        let begun = begun.map(|mut begun| begun.remove(&channel));
        match (allowed, begun) {
            (Ok(true), Some(Some(subscribed))) => Ok(Answer::Subscribed(Box::new(subscribed))),
            // It has followed the channel until a later command, which is done already.
            (Ok(true), None) => {
                let head = self.realtime.delivery.head(&channel).await.map_err(store_failed)?;
                let subscribed =
                    Subscribed { position: self.position(head.rev), resumption: Resumption::NotAsked };
                Ok(Answer::Subscribed(Box::new(subscribed)))
            }
            (allowed, _) => {
                self.begun.remove(&channel);
                let table = &self.realtime.delivery.table;
                table.undo(self.connection, &channel, self.command).await.map_err(store_failed)?;
                Err(failed(allowed.map_or_else(Into::into, |_| Refusal::UnknownRoom.into())))
            }
        }
    }

    fn position(&self, rev: Rev) -> Position {
        let epoch = self.realtime.delivery.store.epoch();
        Position { offset: rev.0, epoch: epoch.as_str().to_owned() }
    }

    /// Follows a channel no more. A member's room still announces its heads on the user's own channel.
    pub(super) async fn unsubscribe(&mut self, channel: Channel) -> Outcome {
        let caller = self.caller()?.clone();
        let table = &self.realtime.delivery.table;
        table.tidy(self.connection, &mut self.ended).await.map_err(store_failed)?;
        self.end(&channel).await.map_err(store_failed)?;
        if let Channel::Room(room) = channel {
            let view =
                self.realtime.delivery.store.room(room, &caller.user.id).await.map_err(store_failed)?;
            if view.is_some_and(|view| view.role.is_some()) {
                let wish = Wish { channel, resume: None, head_only: true, by_server: true };
                self.begin(&caller, &[wish]).await.map_err(store_failed)?;
            }
        }
        Ok(Answer::Unsubscribed)
    }

    pub(super) async fn end(&mut self, channel: &Channel) -> Result<(), StoreError> {
        self.begun.remove(channel);
        let table = &self.realtime.delivery.table;
        if self.just_ended >= MAX_ENDED {
            return table.undo(self.connection, channel, self.command).await;
        }
        self.just_ended += 1;
        table.end(self.connection, channel, self.command).await
    }

    /// Puts the connection down for channels, and reads what it has missed of them. What its client does not know yet is told
    /// once it has been answered. Nothing where a later command has decided about the only channel already.
    pub(super) async fn begin(
        &mut self,
        caller: &Caller,
        wishes: &[Wish],
    ) -> Result<Option<BTreeMap<Channel, Subscribed>>, StoreError> {
        let delivery = &self.realtime.delivery;
        let following = wishes.iter().map(|wish| Following {
            channel: wish.channel.clone(),
            rev: Rev::ZERO,
            head_only: wish.head_only,
            by_server: wish.by_server,
            command: Some(self.command),
        });
        let following: Vec<Following> = following.collect();
        match following.as_slice() {
            [one] if !self.follow_one(caller, one).await? => return Ok(None),
            [_] => {}
            several => delivery.table.follow(self.whose(caller), several, &self.lease).await?,
        }
        if matches!(caller.session, CallerSession::Token { .. }) {
            delivery.table.agree_on_end(self.connection, self.kept.lasts_until_s).await?;
        }
        let channels: Vec<Channel> = wishes.iter().map(|wish| wish.channel.clone()).collect();
        let heads = delivery.store.heads(&channels).await?;
        let epoch = delivery.store.epoch();
        let is_of = |position: &Position| position.epoch.is_empty() || position.epoch == epoch.as_str();

        let mut subscribed = BTreeMap::new();
        let (mut only_heads, mut budget) = (vec![], ANSWER_BYTES);
        for (wish, head) in wishes.iter().zip(heads) {
            let channel = &wish.channel;
            if wish.head_only {
                only_heads.push((channel.clone(), head.rev));
                continue;
            }
            let page = match &wish.resume {
                Some(position) if is_of(position) => {
                    self.missed(channel, Rev(position.offset), head, &mut budget).await?
                }
                _ => None,
            };
            let (told, result) = match (&wish.resume, page) {
                (Some(position), Some((publications, told))) => {
                    let resumption = Resumption::Recovered(publications);
                    (told, Subscribed { position: self.position(Rev(position.offset)), resumption })
                }
                (Some(_), None) => (
                    head.rev,
                    Subscribed { position: self.position(head.rev), resumption: Resumption::Unrecoverable },
                ),
                (None, _) => (
                    head.rev,
                    Subscribed { position: self.position(head.rev), resumption: Resumption::NotAsked },
                ),
            };
            self.begun.insert(channel.clone(), Begun { told, head, by_server: wish.by_server });
            subscribed.insert(channel.clone(), result);
        }
        let finished = only_heads.iter().map(|(channel, rev)| self.finish(channel, *rev));
        let finished: Vec<Result<(), StoreError>> =
            stream::iter(finished).buffer_unordered(CONCURRENT).collect().await;
        finished.into_iter().collect::<Result<(), StoreError>>()?;
        Ok(Some(subscribed))
    }

    /// Puts the connection down for one channel more, once nobody tells it what it follows there so far; false where a later
    /// command has decided about it already, or where more than the head that is wanted is told.
    async fn follow_one(&self, caller: &Caller, wish: &Following) -> Result<bool, StoreError> {
        let table = &self.realtime.delivery.table;
        let free = if wish.head_only { Free::WhereNobodyFollows } else { Free::WhereNobodyTells };
        for _ in 0..TRIES {
            match table.follow_one(self.whose(caller), wish, &self.lease, free).await? {
                Put::Down => return Ok(true),
                Put::Overtaken => return Ok(false),
                Put::Taken if wish.head_only => return Ok(false),
                Put::Taken => {}
            }
            tokio::time::sleep(WAIT).await;
        }
        Err(StoreError::Unavailable("the connection is still being told of that channel".to_owned()))
    }

    /// Leaves it to others to tell where a channel's head is.
    async fn finish(&self, channel: &Channel, at: Rev) -> Result<(), StoreError> {
        let delivery = &self.realtime.delivery;
        match delivery.table.finish(channel, self.connection, at, &self.lease).await? {
            Finished::Done | Finished::Lost => Ok(()),
            Finished::MoreUpTo(goal) => {
                let now = Duration::ZERO;
                delivery.leave_off(channel, self.connection, at, &self.lease, goal, now).await
            }
        }
    }

    /// What came after a position, as far as it fits into the answer, and up to where that is; nothing where the position is
    /// of no use.
    async fn missed(
        &self,
        channel: &Channel,
        after: Rev,
        head: Head,
        budget: &mut usize,
    ) -> Result<Option<(Vec<Publication>, Rev)>, StoreError> {
        if after > head.rev {
            return Ok(None);
        }
        let pages = Pages::new(Arc::clone(&self.realtime.delivery.store), channel.clone());
        let Some(page) = pages.after(after).await? else { return Ok(None) };
        let (mut publications, mut told) = (vec![], after);
        for change in page.iter() {
            let bytes = change.publication.data.len();
            if bytes > *budget {
                *budget = 0;
                break;
            }
            *budget -= bytes;
            told = change.rev;
            publications.push(change.publication.clone());
        }
        Ok(Some((publications, told)))
    }
}
