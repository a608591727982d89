//! Frames as the SDKs and the reference server put them on the wire, byte by byte.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::BTreeMap;

use bytes::Bytes;
use chinwag_protocol::{
    ClientInfo, Command, ConnectRequest, ConnectResult, DecodeError, DisconnectCode, Encoding, Error,
    ErrorCode, Limits, Publication, PublishRequest, PublishResult, Push, Reply, Request, RpcResult,
    SubscribeRequest, SubscribeResult, UnsubscribeCode, decode_commands, decode_replies, encode_command,
    encode_publication, encode_reply, join, ping,
};

fn json_requests(frame: &str) -> Vec<(u32, Request)> {
    let commands = decode_commands(Encoding::Json, frame.as_bytes(), Limits::default()).unwrap();
    commands.into_iter().map(Command::into_request).collect()
}

fn json(reply: &Reply) -> Bytes {
    encode_reply(Encoding::Json, reply)
}

fn room_subscription() -> SubscribeRequest {
    SubscribeRequest { channel: "room:1".into(), ..SubscribeRequest::default() }
}

#[test]
fn connect_and_pipelined_subscribes_come_in_one_frame() {
    let frame = concat!(
        r#"{"connect":{"token":"cws_1","name":"js","data":{"rooms":3}},"id":1}"#,
        "\n",
        r#"{"subscribe":{"channel":"room:1","flag":1},"id":2}"#,
        "\n\n",
        r#"{"id":3,"subscribe":{"channel":"room:2","recover":true,"epoch":"e","offset":7,"flag":2}}"#,
        "\r\n",
    );
    let requests = json_requests(frame);
    assert_eq!(requests.len(), 3);
    let connect = ConnectRequest {
        token: "cws_1".into(),
        name: "js".into(),
        data: Bytes::from(r#"{"rooms":3}"#),
        ..ConnectRequest::default()
    };
    assert_eq!(requests[0], (1, Request::Connect(connect)));
    let (2, Request::Subscribe(first)) = &requests[1] else { panic!("{requests:?}") };
    assert!(!first.rejects_unrecovered());
    let (3, Request::Subscribe(second)) = &requests[2] else { panic!("{requests:?}") };
    assert!(second.recover && second.offset == 7 && second.epoch == "e" && second.rejects_unrecovered());
}

#[test]
fn the_empty_command_is_a_pong_and_the_empty_reply_a_ping() {
    assert_eq!(json_requests("{}\n"), [(0, Request::Pong)]);
    let commands = decode_commands(Encoding::Protobuf, b"\0", Limits::default()).unwrap();
    assert_eq!(commands[0].clone().into_request(), (0, Request::Pong));
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        assert_eq!(ping(encoding), encode_reply(encoding, &Reply::default()));
        assert!(decode_replies(encoding, &ping(encoding)).unwrap()[0].is_ping());
    }
    assert_eq!(ping(Encoding::Json), "{}");
    assert_eq!(ping(Encoding::Protobuf), &b"\0"[..]);
}

#[test]
fn the_first_request_in_field_order_counts() {
    let requests =
        json_requests(r#"{"id":1,"rpc":{"method":"m"},"connect":null,"subscribe":{"channel":"room:1"}}"#);
    assert_eq!(requests, [(1, Request::Subscribe(room_subscription()))]);
}

#[test]
fn what_is_not_known_is_ignored_and_a_command_of_nothing_else_is_unknown() {
    assert_eq!(json_requests(r#"{"id":9,"teleport":{"to":[1]}}"#), [(9, Request::Unknown)]);
    let frame = r#"{"id":9,"subscribe":{"channel":"room:1","asap":true,"phase":{"a":[]}},"x":null}"#;
    assert_eq!(json_requests(frame), [(9, Request::Subscribe(room_subscription()))]);
    // Field 100, a string, next to the id.
    let commands =
        decode_commands(Encoding::Protobuf, b"\x06\x08\x09\xa2\x06\x01x", Limits::default()).unwrap();
    assert_eq!(commands[0].clone().into_request(), (9, Request::Unknown));
}

#[test]
fn null_is_as_good_as_absent_in_every_field() {
    let frame =
        r#"{"id":1,"subscribe":{"channel":"room:1","token":null,"offset":null,"data":null,"tf":null}}"#;
    assert_eq!(json_requests(frame), [(1, Request::Subscribe(room_subscription()))]);
    let frame = r#"{"id":1,"connect":{"subs":{"room:1":null},"headers":null}}"#;
    let (_, Request::Connect(connect)) = &json_requests(frame)[0] else { panic!() };
    assert_eq!(connect.subs, BTreeMap::from([("room:1".to_owned(), SubscribeRequest::default())]));
}

#[test]
fn features_that_are_refused_are_visible() {
    let frame =
        r#"{"id":1,"subscribe":{"channel":"c","type":1,"delta":"fossil","tf":{"op":"and","nodes":[{}]}}}"#;
    let (_, Request::Subscribe(subscribe)) = &json_requests(frame)[0] else { panic!() };
    assert_eq!((subscribe.kind, subscribe.delta.as_str(), subscribe.tf.is_some()), (1, "fossil", true));
    let frame = r#"{"id":1,"publish":{"channel":"c","type":1,"key":"k","removed":true}}"#;
    let (_, Request::Publish(publish)) = &json_requests(frame)[0] else { panic!() };
    assert_eq!((publish.kind, publish.key.as_str(), publish.removed), (1, "k", true));
}

#[test]
fn a_payload_is_carried_as_it_was_written() {
    let data = r#"{ "b":1.00, "a":"\u00e9\n", "big":123456789012345678901234567890 }"#;
    let frame = format!(r#"{{"id":1,"publish":{{"channel":"room:1","data":{data}}}}}"#);
    let (_, Request::Publish(publish)) = &json_requests(&frame)[0] else { panic!() };
    assert_eq!(publish.data, data);
    assert_eq!(
        encode_publication(Encoding::Json, "c", Publication { data: data.into(), ..Publication::default() }),
        format!(r#"{{"push":{{"channel":"c","pub":{{"data":{data}}}}}}}"#)
    );
}

#[test]
fn an_encoded_json_message_never_holds_a_line_break() {
    let publication = Publication { data: "{\n\"a\":\r\n1}".into(), ..Publication::default() };
    let push = encode_publication(Encoding::Json, "a\nb", publication);
    assert_eq!(push, r#"{"push":{"channel":"a\nb","pub":{"data":{"a":1}}}}"#);
}

#[test]
fn a_payload_that_is_not_json_spoils_nothing_but_itself() {
    let publication = Publication { data: Bytes::from_static(b"\xff}"), offset: 3, ..Publication::default() };
    let push = encode_publication(Encoding::Json, "c", publication);
    assert_eq!(push, r#"{"push":{"channel":"c","pub":{"data":null,"offset":3}}}"#);
}

#[test]
fn a_subscribe_reply_with_publications_reads_like_the_reference_servers() {
    let publication = Publication {
        data: "{\"n\":1}".into(),
        offset: 8,
        time: 1_700_000_000_123,
        ..Publication::default()
    };
    let result = SubscribeResult {
        recoverable: true,
        epoch: "e1".into(),
        publications: vec![publication],
        recovered: true,
        offset: 7,
        positioned: true,
        was_recovering: true,
        ..SubscribeResult::default()
    };
    let reply = Reply::subscribe(2, result);
    let expected = concat!(
        r#"{"id":2,"subscribe":{"recoverable":true,"epoch":"e1","publications":[{"data":{"n":1},"offset":8,"#,
        r#""time":1700000000123}],"recovered":true,"offset":7,"positioned":true,"was_recovering":true}}"#,
    );
    assert_eq!(json(&reply), expected);
    assert_eq!(decode_replies(Encoding::Json, expected.as_bytes()).unwrap(), [reply]);
}

#[test]
fn replies_leave_out_what_is_empty_but_keep_an_empty_result() {
    assert_eq!(json(&Reply::publish(3, PublishResult {})), r#"{"id":3,"publish":{}}"#);
    assert_eq!(json(&Reply::rpc(4, RpcResult { data: "[1]".into() })), r#"{"id":4,"rpc":{"data":[1]}}"#);
    let connect = ConnectResult { client: "c".into(), ping: 25, pong: true, ..ConnectResult::default() };
    assert_eq!(
        json(&Reply::connect(1, connect)),
        r#"{"id":1,"connect":{"client":"c","ping":25,"pong":true}}"#
    );
    assert_eq!(
        json(&Reply::error(5, ErrorCode::TooManyRequests.into())),
        r#"{"id":5,"error":{"code":111,"message":"too many requests","temporary":true}}"#
    );
    assert_eq!(
        json(&Reply::error(5, Error::custom(1001, "client_id_conflict: x", false))),
        r#"{"id":5,"error":{"code":1001,"message":"client_id_conflict: x"}}"#
    );
}

#[test]
fn pushes_read_like_the_reference_servers() {
    let info = ClientInfo { user: "u".into(), client: "c".into(), ..ClientInfo::default() };
    for (push, expected) in [
        (Push::join("r", info.clone()), r#"{"channel":"r","join":{"info":{"user":"u","client":"c"}}}"#),
        (Push::leave("r", info), r#"{"channel":"r","leave":{"info":{"user":"u","client":"c"}}}"#),
        (
            Push::unsubscribe("r", UnsubscribeCode::InsufficientState),
            r#"{"channel":"r","unsubscribe":{"code":2500,"reason":"insufficient state"}}"#,
        ),
        (
            Push::disconnect(DisconnectCode::Shutdown),
            r#"{"disconnect":{"code":3001,"reason":"shutdown","reconnect":true}}"#,
        ),
        (Push::message("1".into()), r#"{"message":{"data":1}}"#),
    ] {
        assert_eq!(json(&Reply::push(push)), format!(r#"{{"push":{expected}}}"#));
    }
}

#[test]
fn protobuf_uses_the_protocols_field_numbers() {
    // {id: 1, connect: {token: "t", data: "1"}}
    let frame = b"\x0a\x08\x01\x22\x06\x0a\x01t\x12\x011";
    let commands = decode_commands(Encoding::Protobuf, frame, Limits::default()).unwrap();
    let connect = ConnectRequest { token: "t".into(), data: "1".into(), ..ConnectRequest::default() };
    assert_eq!(commands, [Command { id: 1, connect: Some(connect), ..Command::default() }]);

    // {id: 2, publish: {channel: "r", data: "{}"}}
    let publish = PublishRequest { channel: "r".into(), data: "{}".into(), ..PublishRequest::default() };
    let command = Command::from((2, Request::Publish(publish)));
    assert_eq!(encode_command(Encoding::Protobuf, &command), &b"\x0b\x08\x02\x3a\x07\x0a\x01r\x12\x02{}"[..]);

    // {push: {channel: "r", pub: {data: "1", offset: 2, time: 3}}}
    let publication = Publication { data: "1".into(), offset: 2, time: 3, ..Publication::default() };
    assert_eq!(
        encode_publication(Encoding::Protobuf, "r", publication),
        &b"\x0e\x22\x0c\x12\x01r\x22\x07\x22\x011\x30\x02\x48\x03"[..]
    );

    // {id: 3, error: {code: 102, message: "m"}}, then a ping, in one frame.
    let error = encode_reply(Encoding::Protobuf, &Reply::error(3, Error::custom(102, "m", false)));
    let frame = join(Encoding::Protobuf, &[error, ping(Encoding::Protobuf)]);
    assert_eq!(frame, &b"\x09\x08\x03\x12\x05\x08\x66\x12\x01m\0"[..]);
}

#[test]
fn several_json_messages_are_joined_by_line_breaks() {
    let frame = join(Encoding::Json, &["{}".into(), "{\"id\":1}".into()]);
    assert_eq!(frame, "{}\n{\"id\":1}");
    assert_eq!(decode_replies(Encoding::Json, &frame).map(|replies| replies.len()), Ok(2));
    assert_eq!(decode_replies(Encoding::Json, b"{"), Err(DecodeError::Syntax(1)));
}
