//! Whatever is encoded decodes to the same, in both encodings, alone and joined.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use bytes::Bytes;
use chinwag_protocol::{
    ClientInfo, Command, ConnectRequest, ConnectResult, Encoding, Error, HistoryRequest, HistoryResult,
    Limits, PresenceResult, Publication, PublishRequest, Push, Reply, Request, RpcRequest, SendRequest,
    StreamPosition, SubscribeRequest, SubscribeResult, decode_commands, decode_replies, encode_command,
    encode_reply, join,
};
use proptest::prelude::*;

const ENCODINGS: [Encoding; 2] = [Encoding::Json, Encoding::Protobuf];

fn payload() -> impl Strategy<Value = Bytes> {
    // Never `null`, which JSON cannot tell from no payload.
    prop_oneof![
        Just(Bytes::new()),
        any::<i64>().prop_map(|number| Bytes::from(number.to_string())),
        ".*".prop_map(|text| Bytes::from(
            serde_json::to_vec(&serde_json::json!({"text": text, "list": [1, null]})).unwrap()
        )),
    ]
}

prop_compose! {
    fn subscribe_request()(
        channel in ".*", token in ".*", recover: bool, epoch in "[a-z]*", offset: u64, data in payload(),
        flag: i64, kind: i32,
    ) -> SubscribeRequest {
        SubscribeRequest { channel, token, recover, epoch, offset, data, flag, kind, ..SubscribeRequest::default() }
    }
}

prop_compose! {
    fn publication()(
        data in payload(), offset: u64, time: i64, info in prop::option::of(client_info()),
        tags in prop::collection::btree_map(".*", ".*", 0..3), delta: bool,
    ) -> Publication {
        Publication { data, info, offset, tags, delta, time }
    }
}

prop_compose! {
    fn client_info()(user in ".*", client in ".*", conn_info in payload(), chan_info in payload()) -> ClientInfo {
        ClientInfo { user, client, conn_info, chan_info }
    }
}

prop_compose! {
    fn subscribe_result()(
        recoverable: bool, recovered: bool, offset: u64, ttl: u32, epoch in ".*",
        publications in prop::collection::vec(publication(), 0..4), data in payload(),
    ) -> SubscribeResult {
        SubscribeResult { recoverable, recovered, offset, ttl, epoch, publications, data, ..SubscribeResult::default() }
    }
}

fn request() -> impl Strategy<Value = Request> {
    let subs = prop::collection::btree_map(".*", subscribe_request(), 0..3);
    let headers = prop::collection::btree_map(".*", ".*", 0..3);
    prop_oneof![
        (".*", payload(), subs, headers).prop_map(|(token, data, subs, headers)| {
            Request::Connect(ConnectRequest { token, data, subs, headers, ..ConnectRequest::default() })
        }),
        subscribe_request().prop_map(Request::Subscribe),
        (".*", payload()).prop_map(|(channel, data)| {
            Request::Publish(PublishRequest { channel, data, ..PublishRequest::default() })
        }),
        (".*", any::<i32>(), any::<u64>(), any::<bool>()).prop_map(|(epoch, limit, offset, reverse)| {
            let since = Some(StreamPosition { offset, epoch });
            Request::History(HistoryRequest { channel: "c".into(), limit, since, reverse })
        }),
        payload().prop_map(|data| Request::Send(SendRequest { data })),
        (".*", payload()).prop_map(|(method, data)| Request::Rpc(RpcRequest { data, method })),
        Just(Request::Ping),
        Just(Request::Unknown),
    ]
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        (any::<u32>(), any::<u32>(), ".*", any::<bool>())
            .prop_map(|(id, code, message, temporary)| Reply::error(id, Error { code, message, temporary })),
        (any::<u32>(), prop::collection::btree_map(".*", subscribe_result(), 0..3), payload()).prop_map(
            |(id, subs, data)| Reply::connect(id, ConnectResult { subs, data, ..ConnectResult::default() })
        ),
        (any::<u32>(), subscribe_result()).prop_map(|(id, result)| Reply::subscribe(id, result)),
        (any::<u32>(), prop::collection::btree_map(".*", client_info(), 0..3))
            .prop_map(|(id, presence)| Reply::presence(id, PresenceResult { presence })),
        (any::<u32>(), prop::collection::vec(publication(), 0..4)).prop_map(|(id, publications)| {
            Reply::history(id, HistoryResult { publications, ..HistoryResult::default() })
        }),
        (".*", publication()).prop_map(|(channel, item)| Reply::push(Push::publication(channel, item))),
        (".*", client_info()).prop_map(|(channel, info)| Reply::push(Push::join(channel, info))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn commands_survive(requests in prop::collection::vec((1..=u32::MAX, request()), 0..5)) {
        for encoding in ENCODINGS {
            let encoded: Vec<Bytes> =
                requests.iter().map(|one| encode_command(encoding, &Command::from(one.clone()))).collect();
            let commands = decode_commands(encoding, &join(encoding, &encoded), Limits::default()).unwrap();
            let decoded: Vec<_> = commands.into_iter().map(Command::into_request).collect();
            prop_assert_eq!(&decoded, &requests);
        }
    }

    #[test]
    fn replies_survive(replies in prop::collection::vec(reply(), 0..5)) {
        for encoding in ENCODINGS {
            let encoded: Vec<Bytes> = replies.iter().map(|reply| encode_reply(encoding, reply)).collect();
            let decoded = decode_replies(encoding, &join(encoding, &encoded)).unwrap();
            prop_assert_eq!(&decoded, &replies);
        }
    }
}
