//! From answers to replies: the protocol's shape of what came of a command.

use std::time::Duration;

use chinwag_chat::Channel;
use chinwag_protocol::{
    ConnectResult, HistoryResult, PresenceResult, PresenceStatsResult, PublishResult, Push, RefreshResult,
    Reply, RpcResult, Subscribe, SubscribeResult, UnsubscribeResult,
};

use crate::Config;
use crate::effect::{Answer, Connected, Position, Resumption, Subscribed};

pub(crate) fn connected(command: u32, config: &Config, connected: Connected) -> Reply {
    let Connected { client, session, data, subscriptions, refresh_in, ends_in: _ } = connected;
    let subs =
        subscriptions.into_iter().map(|(channel, subscribed)| (channel.to_string(), result(subscribed)));
    let result = ConnectResult {
        client,
        version: config.version.clone(),
        expires: refresh_in.is_some(),
        ttl: seconds(refresh_in),
        data,
        subs: subs.collect(),
        ping: u32::try_from(config.ping_interval.as_secs()).unwrap_or(u32::MAX),
        pong: !config.ping_interval.is_zero(),
        session,
        node: config.node.clone(),
        time: 0,
    };
    Reply::connect(command, result)
}

pub(crate) fn subscribed(command: u32, subscribed: Subscribed) -> Reply {
    Reply::subscribe(command, result(subscribed))
}

pub(crate) fn subscribed_by_server(channel: &Channel, subscribed: Subscribed) -> Reply {
    let Position { offset, epoch } = subscribed.position;
    let subscribe = Subscribe { recoverable: true, positioned: true, epoch, offset, ..Subscribe::default() };
    Reply::push(Push::subscribe(channel.to_string(), subscribe))
}

pub(crate) fn unsubscribed(command: u32) -> Reply {
    Reply::unsubscribe(command, UnsubscribeResult {})
}

pub(crate) fn refreshed(command: u32, config: &Config, lasts: Option<Duration>) -> Reply {
    let result = RefreshResult {
        client: String::new(),
        version: config.version.clone(),
        expires: lasts.is_some(),
        ttl: seconds(lasts),
    };
    Reply::refresh(command, result)
}

/// The answers that say all by themselves.
pub(crate) fn other(command: u32, answer: Answer) -> Reply {
    match answer {
        Answer::Published => Reply::publish(command, PublishResult {}),
        Answer::History { publications, head } => {
            Reply::history(command, HistoryResult { publications, epoch: head.epoch, offset: head.offset })
        }
        Answer::Presence(presence) => Reply::presence(command, PresenceResult { presence }),
        Answer::PresenceStats { clients, users } => {
            Reply::presence_stats(command, PresenceStatsResult { num_clients: clients, num_users: users })
        }
        Answer::Rpc(data) => Reply::rpc(command, RpcResult { data }),
        Answer::Connected(_)
        | Answer::Subscribed(_)
        | Answer::Unsubscribed
        | Answer::Sent
        | Answer::Refreshed(_)
        | Answer::Failed(_) => {
            debug_assert!(false, "the machine handles {answer:?} itself");
            Reply::error(command, chinwag_protocol::ErrorCode::Internal.into())
        }
    }
}

/// A recovered subscription echoes the offset that was asked from, not the head: a client that dies while it works
/// through the publications must come back for the rest.
fn result(subscribed: Subscribed) -> SubscribeResult {
    let Subscribed { position, resumption } = subscribed;
    let was_recovering = resumption != Resumption::NotAsked;
    let (recovered, publications) = match resumption {
        Resumption::Recovered(publications) => (true, publications),
        Resumption::NotAsked | Resumption::Unrecoverable => (false, vec![]),
    };
    SubscribeResult {
        recoverable: true,
        positioned: true,
        epoch: position.epoch,
        offset: position.offset,
        recovered,
        was_recovering,
        publications,
        ..SubscribeResult::default()
    }
}

/// Whole seconds, rounded up: a token that lasts half a second more must not be announced as lasting forever (0).
fn seconds(lasts: Option<Duration>) -> u32 {
    lasts.map_or(0, |lasts| u32::try_from(lasts.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1))
}
