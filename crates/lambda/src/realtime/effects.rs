//! Doing what a connection asks of the world.

use std::time::Duration;

use bytes::Bytes;
use chinwag_api::{Caller, rpc};
use chinwag_chat::{Channel, StoreError};
use chinwag_connection::{Answer, Effect, Failure, Position};
use chinwag_protocol::{ClientInfo, DisconnectCode};
use chinwag_server::realtime::answers::{self, Outcome, Sent, failed, or_empty, parse, told};

use super::Visit;
use crate::table::KeptCaller;

/// The most connections that `presence` lists.
const MAX_PRESENCE: i32 = 1_000;
/// An answer must fit into a message of the gateway's.
const MAX_ANSWER_BYTES: usize = 110 * 1024;
/// How much one `history` returns, so that the answer fits.
const MAX_HISTORY_BYTES: usize = 64 * 1024;

impl Visit<'_> {
    /// Does what the effect says, and sees to it that what was committed is announced before anybody hears of it.
    pub(super) async fn perform(&mut self, effect: Effect) -> Answer {
        let outcome = self.outcome(effect).await;
        match self.realtime.announcer.flush().await {
            Ok(()) => outcome.unwrap_or_else(Answer::Failed),
            Err(error) => Answer::Failed(failed(error.into())),
        }
    }

    async fn outcome(&mut self, effect: Effect) -> Outcome {
        match effect {
            Effect::Connect { token, data, resume, except } => {
                self.connect(&token, &data, &resume, &except).await
            }
            Effect::Subscribe { channel, resume, join_leave: _, by_server } => {
                self.subscribe(channel, resume.as_ref(), by_server).await
            }
            Effect::Unsubscribe { channel } => self.unsubscribe(channel).await,
            Effect::Publish { channel, data } => self.publish(&channel, &data).await,
            Effect::History { channel, since, limit, reverse } => {
                self.history(&channel, since.as_ref(), limit, reverse).await
            }
            Effect::Presence { channel } => self.present(&channel).await.map(answers::presence),
            Effect::PresenceStats { channel } => {
                self.present(&channel).await.map(|present| answers::presence_stats(&present))
            }
            Effect::Rpc { method, data } => self.call_method(&method, &data).await,
            Effect::Send { data } => self.sent(&data).await,
            Effect::Refresh { token } => self.refresh(&token).await,
        }
    }

    async fn call_method(&self, method: &str, data: &Bytes) -> Outcome {
        let api = &self.realtime.nodeless.api;
        let answer = rpc::dispatch(api, &self.call(), method, or_empty(data)).await;
        let answer = answer.map_err(|error| Failure::Error(told(&error)))?;
        if answer.len() > MAX_ANSWER_BYTES {
            let detail = "limit_exceeded: the answer does not fit into a message; ask for less, or over HTTP";
            return Err(Failure::Error(chinwag_protocol::ErrorCode::LimitExceeded.with_message(detail)));
        }
        Ok(Answer::Rpc(answer.into()))
    }

    async fn publish(&self, channel: &Channel, data: &Bytes) -> Outcome {
        answers::publish(&self.realtime.nodeless.api, self.caller()?, channel, data).await
    }

    async fn history(
        &self,
        channel: &Channel,
        since: Option<&Position>,
        limit: i32,
        reverse: bool,
    ) -> Outcome {
        self.readable(channel).await?;
        let store = &self.realtime.delivery.store;
        answers::history(&**store, channel, since, limit, reverse, MAX_HISTORY_BYTES).await
    }

    /// Who has a connection that follows the channel.
    async fn present(&self, channel: &Channel) -> Result<Vec<ClientInfo>, Failure> {
        self.readable(channel).await?;
        let found = self.realtime.delivery.table.followers(channel, None, MAX_PRESENCE).await;
        let (followers, more) = found.map_err(|error| failed(error.into()))?;
        if more.is_some() {
            let detail = format!("not_available: more than {MAX_PRESENCE} are there");
            return Err(Failure::Error(chinwag_protocol::ErrorCode::NotAvailable.with_message(detail)));
        }
        let there = followers.into_iter().filter(|follower| !follower.head_only);
        let info = |follower: crate::table::Follower| ClientInfo {
            user: follower.user.to_string(),
            client: follower.client,
            ..ClientInfo::default()
        };
        Ok(there.map(info).collect())
    }

    async fn sent(&self, data: &Bytes) -> Outcome {
        match parse(data)? {
            Sent::Typing { room } => answers::typing(&self.realtime.nodeless.api, self.caller()?, room).await,
            // Who comes and goes is not told here.
            Sent::Activity { .. } => Ok(Answer::Sent),
        }
    }

    async fn refresh(&mut self, token: &str) -> Outcome {
        let fresh = answers::refreshed(&self.realtime.nodeless.api, self.caller()?, token).await?;
        let now = self.realtime.clock.now();
        let lasts = fresh.session.expires_at().map(|expires_at| expires_at.since(now));
        self.kept.caller = Some(KeptCaller::of(&fresh));
        self.kept.lasts_until_s = self.ends_at_s(&fresh);
        self.keep().await?;
        let table = &self.realtime.delivery.table;
        let extended = table.extend(self.connection, self.kept.lasts_until_s).await;
        extended.map_err(|error| failed(error.into()))?;
        self.caller = Some(fresh);
        Ok(Answer::Refreshed(lasts))
    }

    /// When the connection is worth nothing any more: when the gateway has closed it, or its token is out of time.
    pub(super) fn ends_at_s(&self, caller: &Caller) -> i64 {
        let closes = self.kept.since_ms.saturating_add(ms(self.realtime.connection_lifetime));
        let grace = ms(self.realtime.nodeless.connection.refresh_grace);
        let ends = caller.session.expires_at().map(|at| at.unix_ms().saturating_add(grace));
        ends.map_or(closes, |ends| closes.min(ends)) / 1000
    }

    /// Keeps what this message has made of the connection.
    pub(super) async fn keep(&mut self) -> Result<(), Failure> {
        let kept = self.realtime.delivery.table.keep(self.connection, &self.kept, self.version).await;
        if !kept.map_err(|error| failed(error.into()))? {
            // It has gone, or another of its messages was faster, or the answer to the first attempt was lost.
            return Err(Failure::Disconnect(DisconnectCode::InsufficientState));
        }
        self.version += 1;
        Ok(())
    }

    async fn readable(&self, channel: &Channel) -> Result<(), Failure> {
        answers::readable(&self.realtime.nodeless.api, self.caller()?, channel).await
    }

    /// The machine starts nothing but a connect before it is connected; without a caller it is broken.
    pub(super) fn caller(&self) -> Result<&Caller, Failure> {
        self.caller.as_ref().ok_or(Failure::Disconnect(DisconnectCode::BadRequest))
    }
}

pub(super) fn store_failed(error: StoreError) -> Failure {
    failed(error.into())
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
