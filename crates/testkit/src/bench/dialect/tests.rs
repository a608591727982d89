#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use chinwag_websocket::{Decoder, Event};

use super::*;

/// What a connection heard, in words.
fn heard(speaker: &mut dyn Speaker, messages: &[&[u8]]) -> (Vec<String>, Vec<String>) {
    let (mut heard, mut out) = (Vec::new(), Vec::new());
    for message in messages {
        let mut each = |what: Heard<'_>| {
            heard.push(match what {
                Heard::Ready => "ready".to_owned(),
                Heard::Accepted => "accepted".to_owned(),
                Heard::Delivery(payload) => String::from_utf8(payload.to_vec())?,
            });
            Ok(())
        };
        speaker.hear(message, &mut out, &mut each).unwrap();
    }
    (heard, unmasked(out))
}

/// The messages in a client's frames.
fn unmasked(mut frames: Vec<u8>) -> Vec<String> {
    let (mut decoder, mut bytes, mut messages) = (Decoder::new(1 << 20), &mut frames[..], Vec::new());
    while let Some(event) = decoder.decode(&mut bytes).unwrap() {
        messages.push(match event {
            Event::Text(text) => text.into_owned(),
            Event::Binary(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            other => format!("{other:?}"),
        });
    }
    messages
}

fn greeting(speaker: &mut dyn Speaker) -> Vec<String> {
    let mut out = Vec::new();
    speaker.greet(&mut out);
    unmasked(out)
}

fn said(speaker: &mut dyn Speaker) -> Vec<String> {
    let mut out = Vec::new();
    speaker.say("room-1", b"hello", &mut out);
    unmasked(out)
}

#[test]
fn nats_signs_in_subscribes_and_understands_messages_however_they_are_cut() {
    let mut nats = nats::Nats::new(&["user-1", "room-1"]);
    let greeting = greeting(&mut nats).concat();
    assert!(greeting.starts_with("CONNECT {") && greeting.contains(token::SECRET), "{greeting}");
    assert!(greeting.ends_with("}\r\nSUB user-1 1\r\nSUB room-1 2\r\nPING\r\n"), "{greeting}");
    assert_eq!(said(&mut nats), ["PUB room-1 5\r\nhello\r\n"]);
    let stream = b"INFO {}\r\nPONG\r\nMSG room-1 2 5\r\na\r\nb!\r\nPING\r\nMSG room-1 2 0\r\n\r\nPONG\r\n";
    let expected = ["ready", "a\r\nb!", "", "accepted"].map(str::to_owned).to_vec();
    assert_eq!(heard(&mut nats, &[stream]), (expected.clone(), vec!["PONG\r\n".to_owned()]));
    for cut in 1..stream.len() {
        let parts: Vec<&[u8]> = stream.chunks(cut).collect();
        assert_eq!(heard(&mut nats::Nats::new(&[]), &parts).0, expected, "cut every {cut} bytes");
    }
    assert!(nats.hear(b"-ERR 'Authorization Violation'\r\n", &mut Vec::new(), &mut |_| Ok(())).is_err());
}

#[test]
fn mqtt_signs_in_subscribes_and_understands_packets_however_they_are_cut() {
    let mut mqtt = mqtt::Mqtt::new(7, &["room-1"]);
    assert_eq!(
        greeting(&mut mqtt),
        [
            // CONNECT, 40 bytes: "MQTT", version 4, flags, keep-alive, "bench-7", "bench", "not-a-secret".
            "10280004\
             4d51545404c20000000762656e63682d3700\
             0562656e6368000c6e6f742d612d736563726574",
            // SUBSCRIBE 1: "room-1", quality 0.
            "820b00010006726f6f6d2d3100",
        ]
    );
    assert_eq!(said(&mut mqtt), ["300d0006726f6f6d2d3168656c6c6f"]);
    let mut stream = vec![0x20, 2, 0, 0, 0x90, 3, 0, 1, 0, 0x30, 8, 0, 3];
    stream.extend_from_slice(b"r-1abc");
    // A length of two bytes: 3 + 2 + 200.
    stream.extend_from_slice(&[0x30, 0xcd, 0x01, 0, 3]);
    stream.extend_from_slice(b"r-1");
    stream.extend_from_slice(&[b'x'; 200]);
    let expected = vec!["ready".to_owned(), "abc".to_owned(), "x".repeat(200)];
    assert_eq!(heard(&mut mqtt, &[&stream]).0, expected);
    for cut in [1, 2, 3, 7, 100] {
        let mut mqtt = mqtt::Mqtt::new(7, &["room-1"]);
        greeting(&mut mqtt);
        let parts: Vec<&[u8]> = stream.chunks(cut).collect();
        assert_eq!(heard(&mut mqtt, &parts).0, expected, "cut every {cut} bytes");
    }
    for refusal in [&[0x20, 2, 0, 5][..], &[0x90, 3, 0, 1, 0x80], &[0x40, 0], &[0x30, 255, 255, 255, 255, 1]]
    {
        assert!(
            mqtt::Mqtt::new(7, &[]).hear(refusal, &mut Vec::new(), &mut |_| Ok(())).is_err(),
            "{refusal:?}"
        );
    }
    // Who follows nothing is ready once it has been let in.
    let mut publisher = mqtt::Mqtt::new(7, &[]);
    assert_eq!(greeting(&mut publisher).len(), 1);
    assert_eq!(heard(&mut publisher, &[&[0x20, 2, 0, 0]]).0, ["ready"]);
}

#[test]
fn socket_io_waits_to_be_spoken_to_signs_in_joins_and_answers_pings() {
    let mut socket_io = socket_io::SocketIo::new("t.o.k".to_owned(), &["user-1", "room-1"]);
    assert_eq!(greeting(&mut socket_io), [""; 0]);
    let messages: [&[u8]; 5] =
        [br#"0{"sid":"a"}"#, br#"40{"sid":"b"}"#, b"431[]", b"2", br#"42["m","hello"]"#];
    let (understood, out) = heard(&mut socket_io, &messages);
    assert_eq!(understood, ["ready", "hello"]);
    assert_eq!(out, [r#"40{"token":"t.o.k"}"#, r#"421["join",["user-1","room-1"]]"#, "3"]);
    assert_eq!(said(&mut socket_io), [r#"42["send","room-1","hello"]"#]);
    assert!(socket_io.hear(br#"44{"message":"no"}"#, &mut Vec::new(), &mut |_| Ok(())).is_err());
}

#[test]
fn centrifuge_connects_subscribes_and_tells_replies_from_publications() {
    let mut centrifuge = centrifuge::Centrifuge::new("t", &["room-1"]);
    let lines = r#"{"id":1,"connect":{"token":"t","data":null}}
{"id":2,"subscribe":{"channel":"room-1"}}"#;
    assert_eq!(greeting(&mut centrifuge), [lines]);
    assert_eq!(said(&mut centrifuge), [r#"{"id":3,"publish":{"channel":"room-1","data":"hello"}}"#]);
    let (understood, out) = heard(
        &mut centrifuge,
        &[
            br#"{"id":1,"connect":{"client":"c"}}"#,
            b"{\"id\":2,\"subscribe\":{}}\n{}",
            b"{\"push\":{\"channel\":\"room-1\",\"pub\":{\"data\":\"hello\"}}}\n{\"id\":3,\"publish\":{}}",
        ],
    );
    assert_eq!(understood, ["ready", "hello", "accepted"]);
    assert_eq!(out, ["{}"]);
    let refusal = br#"{"id":4,"error":{"code":103,"message":"permission denied"}}"#;
    assert!(centrifuge.hear(refusal, &mut Vec::new(), &mut |_| Ok(())).is_err());
}

#[test]
fn chinwag_numbers_its_changes_without_holes() {
    let mut chinwag = Chinwag::new("t", &["r"]);
    let lines = r#"{"id":1,"connect":{"token":"t","data":{"rooms":0}}}
{"id":2,"subscribe":{"channel":"room:r"}}"#;
    assert_eq!(greeting(&mut chinwag), [lines]);
    let change = |offset: u64| {
        format!(r#"{{"push":{{"channel":"room:r","pub":{{"data":{{"text":"hello"}},"offset":{offset}}}}}}}"#)
    };
    let (understood, _) = heard(
        &mut chinwag,
        &[
            br#"{"id":1,"connect":{"client":"c","version":"v"}}"#,
            br#"{"id":2,"subscribe":{"epoch":"e","offset":41}}"#,
            br#"{"push":{"channel":"user:u","pub":{"data":{"text":"not a room"}}}}"#,
            change(42).as_bytes(),
        ],
    );
    assert_eq!(understood, ["ready", "hello"]);
    for offset in [42, 44] {
        assert!(
            chinwag.hear(change(offset).as_bytes(), &mut Vec::new(), &mut |_| Ok(())).is_err(),
            "{offset}"
        );
    }
}

#[test]
fn paths_say_what_one_follows_where_nothing_else_does() {
    let who = |follows| Identity { number: 1, follows, writes: "w" };
    let line = Dialect::Line { bytes: 0 };
    assert_eq!(line.path(who(&[])), "/publish/w");
    assert_eq!(line.path(who(&["a"])), "/room/a");
    assert_eq!(Dialect::Nchan.path(who(&[])), "/publish/w");
    assert_eq!(Dialect::Nchan.path(who(&["a"])), "/room/a");
    assert_eq!(Dialect::Nchan.path(who(&["a", "b"])), "/both/a/b");
}
