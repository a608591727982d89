//! Finding out who a connection is and what it follows.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use chinwag_api::Caller;
use chinwag_chat::Channel;
use chinwag_chat::store::Arrival;
use chinwag_connection::{Failure, Position, Subscribed};
use chinwag_protocol::DisconnectCode;
use chinwag_server::realtime::answers::{ConnectData, Outcome, connected, not_vouched, parse};

use super::Visit;
use super::effects::store_failed;
use super::follow::Wish;
use crate::table::KeptCaller;

/// How often the rooms are read anew where the user comes and goes meanwhile.
const ROUNDS: usize = 3;
/// The most rooms whose heads alone are told.
const MAX_HEADS: usize = 400;

impl Visit<'_> {
    /// Authenticates, keeps who it is, and follows the user's own channel and rooms.
    pub(super) async fn connect(
        &mut self,
        token: &str,
        data: &Bytes,
        resume: &BTreeMap<Channel, Position>,
        except: &[Channel],
    ) -> Outcome {
        let realtime = self.realtime;
        let data: ConnectData = if data.is_empty() { ConnectData::default() } else { parse(data)? };
        let (caller, arrival) = self.arrive(token).await?;

        self.kept.max_rooms = data.rooms.min(realtime.nodeless.max_subscribed_rooms);
        self.kept.shown = None;
        self.kept.caller = Some(KeptCaller::of(&caller));
        self.kept.lasts_until_s = self.ends_at_s(&caller);
        self.keep().await?;
        self.caller = Some(caller.clone());
        // A session that ended before the connection was put down was not told to close.
        if !self.is_welcome().await.map_err(store_failed)? {
            return Err(Failure::Disconnect(DisconnectCode::InvalidToken));
        }
        let subscriptions = self.follow_own(&caller, arrival, resume, except).await?;

        let client = self.kept.client.clone();
        Ok(connected(client, String::new(), &caller, subscriptions, realtime.clock.now()))
    }

    /// Who it is: by the token, else by what the handshake showed.
    async fn arrive(&self, token: &str) -> Result<(Caller, Arrival), Failure> {
        let api = &self.realtime.nodeless.api;
        let invalid = || Failure::Disconnect(DisconnectCode::InvalidToken);
        if !token.is_empty() {
            return api.authenticator().arrive(token).await.map_err(not_vouched);
        }
        let caller = self.kept.shown.as_ref().ok_or_else(invalid)?.caller();
        let arrival = self.realtime.delivery.store.arrival_of(&caller.user.id).await.map_err(store_failed)?;
        let arrival = arrival.filter(|arrival| !arrival.is_disabled).ok_or_else(invalid)?;
        Ok((caller, arrival))
    }

    /// Follows the user's own channel and rooms, and tells which the server subscribes. The rooms were read before the
    /// connection was put down; where the user's own log has moved since, they are read again.
    async fn follow_own(
        &mut self,
        caller: &Caller,
        arrival: Arrival,
        resume: &BTreeMap<Channel, Position>,
        except: &[Channel],
    ) -> Result<BTreeMap<Channel, Subscribed>, Failure> {
        let store = self.realtime.delivery.store.clone();
        let own = Channel::User(caller.user.id.clone());
        let mut subscriptions = BTreeMap::new();
        let mut followed: BTreeSet<Channel> = BTreeSet::new();
        let Arrival { mut head, mut rooms, .. } = arrival;
        for _ in 0..ROUNDS {
            let channels = std::iter::once(own.clone())
                .chain(rooms.iter().copied().map(Channel::Room).filter(|room| !except.contains(room)));
            let wishes = channels.enumerate().filter(|(_, channel)| !followed.contains(channel));
            let most = self.realtime.nodeless.connection.max_channels;
            let wishes = wishes.filter_map(|(index, channel)| {
                let resumes = resume.contains_key(&channel) && index < most;
                let head_only = index > self.kept.max_rooms && !resumes;
                let resume = resume.get(&channel).cloned();
                (index < most || index < MAX_HEADS).then_some(Wish {
                    channel,
                    resume,
                    head_only,
                    by_server: true,
                })
            });
            let wishes: Vec<Wish> = wishes.collect();
            subscriptions
                .extend(self.begin(caller, &wishes).await.map_err(store_failed)?.unwrap_or_default());
            followed.extend(wishes.into_iter().map(|wish| wish.channel));
            let known = self.realtime.delivery.head(&own).await.map_err(store_failed)?.rev;
            if known <= head {
                break;
            }
            let arrival = store.arrival_of(&caller.user.id).await.map_err(store_failed)?;
            (head, rooms) = arrival.map_or((head, vec![]), |arrival| (arrival.head, arrival.rooms));
            let is_left = |channel: &Channel| matches!(channel, Channel::Room(room) if !rooms.contains(room));
            let left: Vec<Channel> = followed.extract_if(.., is_left).collect();
            for channel in left {
                self.end(&channel).await.map_err(store_failed)?;
                subscriptions.remove(&channel);
            }
        }
        Ok(subscriptions)
    }
}
