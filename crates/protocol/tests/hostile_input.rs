//! What malformed and malicious frames get: an error that says what is wrong, never a panic, never much
//! memory.

use bytes::Bytes;
use chinwag_protocol::{
    Command, DecodeError, EmulationRequest, Encoding, Limits, commands, decode_commands, decode_replies,
    encode_reply, payload,
};
use proptest::prelude::*;

fn decode_json(frame: impl AsRef<[u8]>) -> Result<Vec<Command>, DecodeError> {
    decode_commands(Encoding::Json, frame.as_ref(), Limits::default())
}

fn decode_protobuf(frame: impl AsRef<[u8]>) -> Result<Vec<Command>, DecodeError> {
    decode_commands(Encoding::Protobuf, frame.as_ref(), Limits::default())
}

#[test]
fn what_is_not_json_is_a_syntax_error() {
    for frame in
        ["{", "nope", r#"{"id":1}}"#, r#"{"id":1}{"id":2}"#, "\"", r#"{"id":1,}"#, "{\"a\":\"\u{1}\"}"]
    {
        assert!(
            matches!(decode_json(frame), Err(DecodeError::Syntax(_))),
            "{frame}: {:?}",
            decode_json(frame)
        );
    }
}

#[test]
fn json_that_is_no_command_is_a_value_error() {
    for frame in [
        "null",
        "1",
        "[]",
        "[1]",
        "\"{}\"",
        r#"{"id":-1}"#,
        r#"{"id":1.5}"#,
        r#"{"id":"1"}"#,
        r#"{"id":4294967296}"#,
        r#"{"id":1,"subscribe":["room:1"]}"#,
        r#"{"id":1,"subscribe":{"channel":1}}"#,
        r#"{"id":1,"subscribe":{"offset":18446744073709551616}}"#,
        r#"{"id":1,"id":2}"#,
        r#"{"id":1,"connect":{"subs":{"a":[]}}}"#,
        r#"{"id":1,"connect":{"headers":{"a":1}}}"#,
    ] {
        assert!(
            matches!(decode_json(frame), Err(DecodeError::Value(_))),
            "{frame}: {:?}",
            decode_json(frame)
        );
    }
}

#[test]
fn invalid_utf8_is_refused_even_in_fields_that_are_ignored() {
    assert_eq!(decode_json(b"{\"x\":\"\xff\"}"), Err(DecodeError::NotUtf8));
    assert_eq!(decode_json(b"{\"id\":1,\"send\":{\"data\":\"\xc0\x80\"}}"), Err(DecodeError::NotUtf8));
    // A Protobuf string: {connect: {token: "\xff"}}
    assert!(matches!(decode_protobuf(b"\x05\x22\x03\x0a\x01\xff"), Err(DecodeError::Protobuf(_))));
}

#[test]
fn deep_json_is_refused_wherever_it_is() {
    let deep = "[".repeat(60_000) + &"]".repeat(60_000);
    assert_eq!(decode_json(format!(r#"{{"id":1,"rpc":{{"data":{deep}}}}}"#)), Err(DecodeError::TooDeep));
    assert_eq!(decode_json(format!(r#"{{"id":1,"unknown":{deep}}}"#)), Err(DecodeError::TooDeep));
    assert_eq!(decode_json("[".repeat(60_000)), Err(DecodeError::TooDeep));
    let nested = "[".repeat(payload::MAX_DEPTH - 2) + &"]".repeat(payload::MAX_DEPTH - 2);
    assert!(decode_json(format!(r#"{{"id":1,"rpc":{{"data":{nested}}}}}"#)).is_ok());
}

#[test]
fn lengths_that_lie_are_refused_without_allocating_for_them() {
    for frame in [
        &b"\x05\x08"[..],
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x80",
        b"\xff\xff\xff\xff\x0f{}",
    ] {
        assert_eq!(decode_protobuf(frame), Err(DecodeError::Length), "{frame:?}");
    }
    // Inside a message: a string that claims 2 GiB, a varint of 11 bytes, a group that never ends.
    for message in [
        &b"\x22\x06\x0a\xff\xff\xff\xff\x07"[..],
        b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\xa3\x06",
    ] {
        let frame = [&[message.len() as u8], message].concat();
        assert!(matches!(decode_protobuf(&frame), Err(DecodeError::Protobuf(_))), "{frame:?}");
    }
}

#[test]
fn a_frame_of_too_many_commands_is_refused() {
    let limits = Limits { max_commands_per_frame: 3 };
    for (encoding, one) in [(Encoding::Json, "{}\n"), (Encoding::Protobuf, "\0")] {
        assert_eq!(decode_commands(encoding, one.repeat(3).as_bytes(), limits).map(|all| all.len()), Ok(3));
        let four = one.repeat(4);
        assert_eq!(decode_commands(encoding, four.as_bytes(), limits), Err(DecodeError::TooManyMessages(3)));
        let one_at_a_time: Vec<_> = commands(encoding, four.as_bytes(), limits).collect();
        assert_eq!(one_at_a_time.len(), 4, "three commands, then the error, then the end");
    }
}

#[test]
fn empty_frames_and_lines_hold_no_commands() {
    for frame in ["", "\n", " \r\n\n\t\n"] {
        assert_eq!(decode_json(frame), Ok(Vec::new()));
    }
    assert_eq!(decode_protobuf(""), Ok(Vec::new()));
}

#[test]
fn errors_never_quote_the_input() {
    let long = "secret".repeat(1000);
    let error = decode_json(format!(r#"{{"id":"{long}"}}"#)).unwrap_err().to_string();
    assert!(error.len() < 60 && !error.contains("secret"), "{error}");
}

/// Text that is nearly a command, to get further than random bytes do.
fn nearly_json() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\n",
        "\"",
        "\\",
        "null",
        "1",
        "1e999",
        "-0",
        "true",
        "\"id\"",
        "\"connect\"",
        "\"subscribe\"",
        "\"data\"",
        "\"channel\"",
        "\"subs\"",
        "\"tf\"",
        "{\"id\":1,",
        "\"publish\":{\"data\":",
        "\"\\ud800\"",
        "é",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for encoding in [Encoding::Json, Encoding::Protobuf] {
            let _ = decode_commands(encoding, &bytes, Limits::default());
            let _ = EmulationRequest::decode_body(encoding, &bytes);
            for reply in decode_replies(encoding, &bytes).unwrap_or_default() {
                // Payloads out of Protobuf may be anything; the JSON must come out whole even so.
                let json = encode_reply(Encoding::Json, &reply);
                prop_assert!(!json.contains(&b'\n'));
                prop_assert!(decode_replies(Encoding::Json, &json).is_ok());
            }
        }
        let _ = payload::check(Bytes::from(bytes));
    }

    #[test]
    fn nearly_valid_json_never_panics(text in nearly_json()) {
        let _ = decode_json(&text);
        if let Ok(payload) = payload::check(Bytes::from(text)) {
            prop_assert!(!payload.contains(&b'\n'));
            prop_assert!(serde_json::from_slice::<&serde_json::value::RawValue>(&payload).is_ok());
        }
    }
}
