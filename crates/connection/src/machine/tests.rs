use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use chinwag_chat::{Channel, RoomId};
use chinwag_protocol::{ConnectRequest, PublishRequest, RpcRequest, SubscribeRequest, UnsubscribeRequest};

use super::*;

fn at(seconds: u64) -> Moment {
    Moment::after_origin(Duration::from_secs(seconds))
}

fn room(n: u128) -> Channel {
    Channel::Room(RoomId::from_parts(1, n))
}

fn machine(config: Config) -> Connection {
    Connection::new(Arc::new(config), at(0), 255)
}

fn outputs(machine: &mut Connection) -> Vec<Output> {
    std::iter::from_fn(|| machine.poll_output()).collect()
}

fn connect() -> (u32, Request) {
    (1, Request::Connect(ConnectRequest { token: "t".into(), ..ConnectRequest::default() }))
}

fn subscribe(id: u32, channel: &Channel) -> (u32, Request) {
    (id, Request::Subscribe(SubscribeRequest { channel: channel.to_string(), ..SubscribeRequest::default() }))
}

fn unsubscribe(id: u32, channel: &Channel) -> (u32, Request) {
    (id, Request::Unsubscribe(UnsubscribeRequest { channel: channel.to_string() }))
}

fn rpc(id: u32) -> (u32, Request) {
    (id, Request::Rpc(RpcRequest { data: Bytes::new(), method: "room.list".into() }))
}

fn followed() -> Answer {
    Answer::Subscribed(Box::new(Subscribed {
        position: position(7, "e".into()),
        resumption: Resumption::NotAsked,
    }))
}

/// The ids of what was started.
fn started(outputs: &[Output]) -> Vec<EffectId> {
    outputs
        .iter()
        .filter_map(|output| if let Output::Start(id, _) = output { Some(*id) } else { None })
        .collect()
}

fn closed_with(outputs: &[Output]) -> Option<DisconnectCode> {
    outputs.iter().find_map(|output| if let Output::Close(code) = output { Some(*code) } else { None })
}

/// A connected machine that follows these channels by the server's doing.
fn connected_with(config: Config, channels: &[Channel]) -> Connection {
    let mut machine = machine(config);
    machine.receive([connect()], at(0));
    let effect = started(&outputs(&mut machine))[0];
    let subscription = Subscribed { position: position(7, "e".into()), resumption: Resumption::NotAsked };
    let subscriptions: BTreeMap<_, _> =
        channels.iter().map(|channel| (channel.clone(), subscription.clone())).collect();
    let connected = Connected { client: "c".into(), subscriptions, ..Connected::default() };
    machine.complete(effect, Answer::Connected(Box::new(connected)), at(0));
    outputs(&mut machine);
    machine
}

fn connected() -> Connection {
    connected_with(Config::default(), &[])
}

#[test]
fn a_command_before_connect_breaks_the_protocol() {
    let mut machine = machine(Config::default());
    machine.receive([rpc(1)], at(0));
    assert_eq!(closed_with(&outputs(&mut machine)), Some(DisconnectCode::BadRequest));
}

#[test]
fn a_second_connect_breaks_the_protocol() {
    let mut machine = connected();
    machine.receive([connect()], at(0));
    assert_eq!(closed_with(&outputs(&mut machine)), Some(DisconnectCode::BadRequest));
}

#[test]
fn a_command_without_an_id_breaks_the_protocol() {
    let mut machine = connected();
    machine.receive([rpc(0)], at(0));
    assert_eq!(closed_with(&outputs(&mut machine)), Some(DisconnectCode::BadRequest));
}

#[test]
fn a_client_that_does_not_connect_is_stale() {
    let mut machine = machine(Config::default());
    assert_eq!(machine.deadline(), Some(at(10)));
    machine.tick(at(9));
    assert_eq!(outputs(&mut machine), []);
    machine.tick(at(10));
    assert_eq!(closed_with(&outputs(&mut machine)), Some(DisconnectCode::Stale));
    assert_eq!(machine.deadline(), None);
}

#[test]
fn pipelined_commands_wait_for_the_connect_reply() {
    let mut machine = machine(Config::default());
    machine.receive([connect(), subscribe(2, &room(1)), rpc(3)], at(0));
    let first = outputs(&mut machine);
    let [Output::Start(effect, Effect::Connect { except, .. })] = first.as_slice() else {
        panic!("{first:?}");
    };
    assert_eq!(except, &[room(1)], "what the client subscribes itself is left to it");
    machine.complete(*effect, Answer::Connected(Box::default()), at(0));
    let then = outputs(&mut machine);
    assert!(matches!(&then[0], Output::Send(reply) if reply.connect.is_some()));
    assert!(matches!(&then[1], Output::Start(_, Effect::Subscribe { .. })));
    assert_eq!(then.len(), 2, "the RPC waits for the subscribe");
}

#[test]
fn what_came_with_a_refused_connect_is_refused_with_it() {
    let mut machine = machine(Config::default());
    machine.receive([connect(), subscribe(2, &room(1)), rpc(3)], at(0));
    let effect = started(&outputs(&mut machine))[0];
    let error: Error = ErrorCode::TooManyRequests.into();
    machine.complete(effect, Answer::Failed(Failure::Error(error.clone())), at(1));
    let replies = outputs(&mut machine).into_iter().filter_map(|output| match output {
        Output::Send(reply) => Some((reply.id, reply.error)),
        _ => None,
    });
    let refused = |id| (id, Some(error.clone()));
    assert_eq!(replies.collect::<Vec<_>>(), [refused(1), refused(2), refused(3)]);
}

#[test]
fn a_refused_connect_is_answered_and_then_left_to_the_client() {
    let mut machine = machine(Config::default());
    machine.receive([connect()], at(0));
    let effect = started(&outputs(&mut machine))[0];
    machine.complete(effect, Answer::Failed(Failure::Error(ErrorCode::TokenExpired.into())), at(1));
    let after = outputs(&mut machine);
    assert!(
        matches!(&after[..], [Output::Send(reply)] if reply.error.as_ref().is_some_and(|error| error.code == 109))
    );
    machine.tick(at(11));
    assert_eq!(closed_with(&outputs(&mut machine)), Some(DisconnectCode::Stale));
}

#[test]
fn the_reply_precedes_what_the_subscription_delivers() {
    let mut machine = connected();
    machine.receive([subscribe(2, &room(1))], at(0));
    let effect = started(&outputs(&mut machine))[0];
    machine.complete(effect, followed(), at(0));
    let after = outputs(&mut machine);
    assert!(
        matches!(&after[0], Output::Send(reply) if reply.subscribe.as_ref().is_some_and(|sub| sub.offset == 7))
    );
    assert_eq!(after[1], Output::Activate(room(1)));
}

#[test]
fn an_unsubscribe_never_overtakes_its_subscribe() {
    let mut machine = connected();
    machine.receive([subscribe(2, &room(1)), unsubscribe(3, &room(1)), subscribe(4, &room(1))], at(0));
    let mut order = vec![];
    for answer in [followed(), Answer::Unsubscribed, followed()] {
        let now = outputs(&mut machine);
        let effects = started(&now);
        assert_eq!(effects.len(), 1, "one at a time");
        order.extend(now);
        machine.complete(effects[0], answer, at(0));
    }
    assert!(matches!(
        &order[..],
        [
            Output::Start(_, Effect::Subscribe { .. }),
            Output::Send(_),
            Output::Activate(_),
            Output::Start(_, Effect::Unsubscribe { .. }),
            Output::Send(_),
            Output::Start(_, Effect::Subscribe { .. }),
        ]
    ));
}

#[test]
fn calls_overlap_up_to_the_limit() {
    let mut machine = connected_with(Config { max_in_flight: 2, ..Config::default() }, &[]);
    machine.receive([rpc(2), rpc(3), rpc(4)], at(0));
    let effects = started(&outputs(&mut machine));
    assert_eq!(effects.len(), 2);
    machine.complete(effects[1], Answer::Rpc(Bytes::from_static(b"{}")), at(0));
    assert_eq!(started(&outputs(&mut machine)).len(), 1);
}

#[test]
fn subscribing_twice_is_an_error_but_the_servers_subscription_passes_to_the_client() {
    let mut machine = connected_with(Config::default(), &[room(1)]);
    machine.receive([subscribe(2, &room(1))], at(0));
    let effect = started(&outputs(&mut machine))[0];
    machine.complete(effect, followed(), at(0));
    outputs(&mut machine);
    machine.receive([subscribe(3, &room(1))], at(0));
    let after = outputs(&mut machine);
    assert!(
        matches!(&after[..], [Output::Send(reply)] if reply.error.as_ref().is_some_and(|error| error.code == 105))
    );
}

#[test]
fn what_is_no_stream_of_ours_is_refused() {
    let mut machine = connected();
    let mut map = subscribe(2, &room(1));
    if let Request::Subscribe(wish) = &mut map.1 {
        wish.kind = 1;
    }
    let lobby =
        (3, Request::Subscribe(SubscribeRequest { channel: "lobby".into(), ..SubscribeRequest::default() }));
    let publish =
        (4, Request::Publish(PublishRequest { channel: "room:*".into(), ..PublishRequest::default() }));
    machine.receive([map, lobby, publish, (5, Request::Unknown)], at(0));
    let codes: Vec<u32> = outputs(&mut machine)
        .iter()
        .filter_map(|output| if let Output::Send(reply) = output { reply.error.as_ref() } else { None })
        .map(|error| error.code)
        .collect();
    assert_eq!(codes, [108, 102, 102, 104]);
}

#[test]
fn a_ping_that_is_not_answered_ends_the_connection() {
    let mut machine = connected();
    machine.tick(at(25));
    assert_eq!(outputs(&mut machine), [Output::Ping]);
    machine.receive([(0, Request::Pong)], at(26));
    machine.tick(at(34));
    assert_eq!(outputs(&mut machine), []);
    machine.tick(at(50));
    assert_eq!(outputs(&mut machine), [Output::Ping]);
    machine.tick(at(58));
    assert_eq!(closed_with(&outputs(&mut machine)), Some(DisconnectCode::NoPong));
}

#[test]
fn a_pong_that_nobody_asked_for_breaks_the_protocol() {
    let mut machine = connected();
    machine.receive([(0, Request::Pong)], at(1));
    assert_eq!(closed_with(&outputs(&mut machine)), Some(DisconnectCode::BadRequest));
}

#[test]
fn a_token_must_be_refreshed_in_time() {
    let mut machine = machine(Config::default());
    machine.receive([connect()], at(0));
    let effect = started(&outputs(&mut machine))[0];
    let who = Connected { refresh_in: Some(Duration::from_secs(60)), ..Connected::default() };
    machine.complete(effect, Answer::Connected(Box::new(who)), at(0));
    let reply = outputs(&mut machine);
    assert!(
        matches!(&reply[0], Output::Send(reply) if reply.connect.as_ref().is_some_and(|c| c.expires && c.ttl == 60))
    );
    let refresh = chinwag_protocol::RefreshRequest { token: "t2".into() };
    machine.receive([(2, Request::Refresh(refresh))], at(60));
    let effect = started(&outputs(&mut machine))[0];
    machine.complete(effect, Answer::Refreshed(Some(Duration::from_secs(60))), at(60));
    machine.tick(at(144));
    assert_eq!(outputs(&mut machine)[1..], [Output::Ping], "60 s more and 25 s of grace");
    machine.tick(at(145));
    assert_eq!(closed_with(&outputs(&mut machine)), Some(DisconnectCode::ConnectionExpired));
}

#[test]
fn a_room_joined_elsewhere_is_followed_here_too() {
    let mut machine = connected();
    machine.user_joined(room(1), 3);
    machine.user_joined(room(1), 3);
    let effects = started(&outputs(&mut machine));
    assert_eq!(effects.len(), 1);
    machine.complete(effects[0], followed(), at(0));
    let after = outputs(&mut machine);
    assert!(
        matches!(&after[0], Output::Send(reply) if reply.push.as_ref().is_some_and(|push| push.subscribe.is_some()))
    );
    assert_eq!(after[1], Output::Activate(room(1)));
    machine.dropped(&room(1), UnsubscribeCode::Server);
    let after = outputs(&mut machine);
    assert!(
        matches!(&after[..], [Output::Send(reply)] if reply.push.as_ref().is_some_and(|push| push.unsubscribe.is_some()))
    );
}

#[test]
fn a_flood_is_refused_and_then_ended() {
    let config = Config {
        command_interval: Duration::from_secs(1),
        command_burst: 2,
        max_refused_commands: 3,
        ..Config::default()
    };
    let mut machine = connected_with(config, &[]);
    machine.receive((2..10).map(rpc), at(0));
    let all = outputs(&mut machine);
    let refused = all.iter().filter(|output| {
        matches!(output, Output::Send(reply) if reply.error.as_ref().is_some_and(|error| error.code == 111 && error.temporary))
    });
    assert_eq!(refused.count(), 3);
    assert_eq!(closed_with(&all), Some(DisconnectCode::TooManyErrors));
}

#[test]
fn too_many_channels_are_refused() {
    let mut machine = connected_with(Config { max_channels: 1, ..Config::default() }, &[room(1)]);
    machine.receive([subscribe(2, &room(2))], at(0));
    let after = outputs(&mut machine);
    assert!(
        matches!(&after[..], [Output::Send(reply)] if reply.error.as_ref().is_some_and(|error| error.code == 106))
    );
}

#[test]
fn nothing_is_started_while_what_was_said_is_not_read() {
    let mut machine = connected();
    machine.pause(true);
    machine.receive([rpc(2)], at(0));
    assert_eq!(outputs(&mut machine), []);
    assert!(machine.is_held_back());
    machine.pause(false);
    assert_eq!(started(&outputs(&mut machine)).len(), 1);
}

#[test]
fn a_connection_that_is_sent_away_finishes_what_it_began_and_begins_nothing() {
    let mut machine = connected();
    machine.receive([rpc(2)], at(0));
    let effect = started(&outputs(&mut machine))[0];
    machine.leave(DisconnectCode::Shutdown, at(0));
    machine.receive([rpc(3)], at(0));
    assert_eq!(outputs(&mut machine), []);
    machine.complete(effect, Answer::Rpc(Bytes::from_static(b"{}")), at(1));
    let after = outputs(&mut machine);
    assert!(
        matches!(&after[..], [Output::Send(reply), Output::Close(DisconnectCode::Shutdown)] if reply.id == 2)
    );

    let mut machine = connected();
    machine.receive([rpc(2)], at(0));
    machine.leave(DisconnectCode::Shutdown, at(0));
    machine.tick(at(5));
    assert!(closed_with(&outputs(&mut machine)).is_some(), "but not for ever");
}

#[test]
fn a_client_that_reads_slowly_is_given_the_time_to_answer_a_ping() {
    let mut machine = connected();
    machine.tick(at(25));
    outputs(&mut machine);
    machine.still_writing(at(32));
    machine.tick(at(39));
    assert_eq!(outputs(&mut machine), []);
    machine.tick(at(40));
    assert_eq!(closed_with(&outputs(&mut machine)), Some(DisconnectCode::NoPong));
}

#[test]
fn a_takeover_that_fails_ends_the_servers_subscription_and_says_so() {
    let mut machine = connected_with(Config::default(), &[room(1)]);
    machine.receive([subscribe(2, &room(1))], at(0));
    let effect = started(&outputs(&mut machine))[0];
    machine.complete(effect, Answer::Failed(Failure::Error(ErrorCode::Internal.into())), at(0));
    let after = outputs(&mut machine);
    assert!(matches!(&after[..], [Output::Send(push), Output::Send(error)]
        if push.push.is_some() && error.error.is_some()));
}

#[test]
fn a_room_that_the_server_cannot_subscribe_sends_the_client_back_for_it() {
    let mut machine = connected();
    machine.user_joined(room(1), 3);
    let effect = started(&outputs(&mut machine))[0];
    machine.complete(effect, Answer::Failed(Failure::Error(ErrorCode::Internal.into())), at(0));
    assert_eq!(closed_with(&outputs(&mut machine)), Some(DisconnectCode::InsufficientState));
}

#[test]
fn a_connection_that_is_resumed_knows_what_it_follows_and_connects_no_more() {
    let config = Config { ping_interval: Duration::ZERO, ..Config::default() };
    let resumed = || Connection::resumed(Arc::new(config.clone()), at(0), [(room(1), Side::Client)]);
    let mut machine = resumed();
    machine.receive([rpc(1), subscribe(2, &room(2))], at(0));
    assert_eq!(started(&outputs(&mut machine)).len(), 1, "the subscribe waits");
    let mut machine = resumed();
    machine.receive([subscribe(1, &room(1))], at(0));
    let refused = Reply::error(1, ErrorCode::AlreadySubscribed.into());
    assert_eq!(outputs(&mut machine), [Output::Send(Box::new(refused))]);
    let mut machine = resumed();
    machine.receive([connect()], at(0));
    assert_eq!(closed_with(&outputs(&mut machine)), Some(DisconnectCode::BadRequest));
}
