use chinwag_chat::SessionId;

use super::*;
use crate::wire_hint::encode;

const OWN: NodeTag = NodeTag(0xab);
const OTHER: NodeTag = NodeTag(0xcd);

fn revoked(n: u128) -> Hint {
    Hint::SessionRevoked(SessionId::from_parts(0, n))
}

fn text(n: u128) -> String {
    encode(&revoked(n), usize::MAX).unwrap()
}

#[test]
fn the_form_is_as_documented() {
    let mut envelope = Envelope::new(OTHER, &text(1));
    assert!(envelope.add(&text(2), 1_000));
    let expected = r#"c1 00000000000000cd [{"revoked":{"session":"00000000000000000000000001"}},{"revoked":{"session":"00000000000000000000000002"}}]"#;
    let sealed = envelope.seal();
    assert_eq!(sealed, expected);
    assert!(matches!(read(&sealed, OWN), Received::Hints(hints, 0) if hints.len() == 2));
    assert!(matches!(read(&sealed, OTHER), Received::Nothing));
}

#[test]
fn a_message_is_never_longer_than_the_wire_allows() {
    let one = text(1).len();
    for max in FRAME_BYTES + one..FRAME_BYTES + 4 * one {
        assert!(one <= room_for_one(max));
        let mut envelope = Envelope::new(OWN, &text(1));
        let mut count = 1;
        while envelope.add(&text(2), max) {
            count += 1;
        }
        let length = envelope.seal().len();
        assert!(length <= max && length + 1 + one > max, "{count} hints in {length} of {max} bytes");
    }
}

#[test]
fn ones_own_beat_comes_back_and_those_of_others_are_nothing() {
    assert!(matches!(read(&beat(OWN, 7), OWN), Received::OwnBeat(7)));
    assert!(matches!(read(&beat(OTHER, 7), OWN), Received::Nothing));
}

#[test]
fn what_cannot_be_understood_is_dropped_for_a_reason() {
    for (payload, expected) in [
        (&b""[..], "garbage"),
        (b"\xff\xfe c1", "garbage"),
        (b"hello there world", "garbage"),
        (b"c1 00000000000000cd", "garbage"),
        (b"c1 xyz []", "garbage"),
        (b"c1 00000000000000cd {}", "garbage"),
        (b"c1 00000000000000cd !x", "garbage"),
        (b"c2 00000000000000cd []", "version"),
        (b"cx 00000000000000cd []", "garbage"),
    ] {
        assert!(matches!(read(payload, OWN), Received::Dropped(reason) if reason == expected), "{payload:?}");
    }
}

#[test]
fn a_hint_of_an_unknown_kind_takes_only_itself_along() {
    let payload = format!("c1 00000000000000cd [{{\"news\":1}},{},{{\"moved\":{{}}}}]", text(1));
    assert!(matches!(read(payload.as_bytes(), OWN), Received::Hints(hints, 2) if hints.len() == 1));
}
