//! RFC 6455, section by section: what is accepted, what is refused and with which close code. Every stream is
//! fed in one piece and byte by byte.

mod client;

use client::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, closing, feed, frame};

use chinwag_websocket::{CloseCode, DecodeError, Decoder, Event};

const LIMIT: usize = 70_000;

/// What a stream of frames comes to, however it is cut.
fn decode(frames: &[Vec<u8>]) -> (Vec<Event<'static>>, Option<DecodeError>) {
    let stream = frames.concat();
    let whole = feed(&mut Decoder::new(LIMIT), [&stream[..]]);
    let bytewise = feed(&mut Decoder::new(LIMIT), stream.chunks(1));
    assert_eq!(whole, bytewise, "the same in one piece and byte by byte");
    whole
}

#[track_caller]
fn accepts(frames: &[Vec<u8>], events: &[Event<'static>]) {
    assert_eq!(decode(frames), (events.to_vec(), None));
}

#[track_caller]
fn refuses(frames: &[Vec<u8>], close_code: u16, error: DecodeError) {
    let (_, refused) = decode(frames);
    assert_eq!(refused, Some(error));
    assert_eq!(error.close_code().get(), close_code);
}

fn text(text: impl Into<String>) -> Event<'static> {
    Event::Text(text.into().into())
}

fn binary(bytes: impl Into<Vec<u8>>) -> Event<'static> {
    Event::Binary(bytes.into().into())
}

#[test]
fn messages_of_every_length_form_are_read() {
    for length in [0, 1, 125, 126, 127, 128, 65_535, 65_536, LIMIT] {
        accepts(&[frame(FIN | TEXT, &vec![b'*'; length])], &[text("*".repeat(length))]);
        accepts(&[frame(FIN | BINARY, &vec![0xfe; length])], &[binary(vec![0xfe; length])]);
    }
}

#[test]
fn several_messages_in_one_read_come_in_order() {
    accepts(
        &[frame(FIN | TEXT, b"a"), frame(FIN | PING, b""), frame(FIN | BINARY, b"b"), frame(FIN | TEXT, b"")],
        &[text("a"), Event::Ping(b"".into()), binary(*b"b"), text("")],
    );
}

#[test]
fn every_reserved_bit_is_refused_on_every_kind_of_frame() {
    for bit in [0x40, 0x20, 0x10, 0x70] {
        for opcode in [TEXT, BINARY, PING, CLOSE] {
            refuses(&[frame(FIN | bit | opcode, b"")], 1002, DecodeError::ReservedBit);
        }
    }
}

#[test]
fn every_reserved_opcode_is_refused() {
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        refuses(&[frame(FIN | opcode, b"")], 1002, DecodeError::ReservedOpcode(opcode));
    }
}

#[test]
fn a_frame_without_a_mask_is_refused() {
    refuses(&[vec![FIN | TEXT, 2, b'h', b'i']], 1002, DecodeError::NotMasked);
}

#[test]
fn plain_http_is_refused_after_two_bytes() {
    refuses(&[b"GE".to_vec()], 1002, DecodeError::ReservedBit);
}

#[test]
fn lengths_must_take_their_shortest_form() {
    for header in [
        &[FIN | TEXT, 0xfe, 0, 0][..],
        &[FIN | TEXT, 0xfe, 0, 125],
        &[FIN | TEXT, 0xff, 0, 0, 0, 0, 0, 0, 0, 5],
        &[FIN | TEXT, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
    ] {
        refuses(&[header.to_vec(), vec![0; 4]], 1002, DecodeError::MalformedLength);
    }
}

#[test]
fn a_length_with_its_top_bit_set_is_refused() {
    refuses(
        &[vec![FIN | TEXT, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
        1002,
        DecodeError::MalformedLength,
    );
}

#[test]
fn a_message_over_the_limit_is_refused_by_its_header() {
    let too_large = DecodeError::TooLarge { limit_bytes: LIMIT };
    let huge = vec![FIN | BINARY, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
    refuses(&[huge], 1009, too_large);
    let one_too_many = frame(FIN | TEXT, &vec![b'a'; LIMIT + 1]);
    refuses(&[one_too_many[..14].to_vec()], 1009, too_large);
}

#[test]
fn a_frame_may_have_a_lower_limit_than_its_message() {
    let decoder = || Decoder::new(LIMIT).with_max_frame_bytes(1_000);
    let whole = [frame(TEXT, &[b'a'; 1_000]), frame(FIN, &[b'a'; 1_000])].concat();
    assert_eq!(feed(&mut decoder(), whole.chunks(1)), (vec![text("a".repeat(2_000))], None));
    let refusal = DecodeError::TooLarge { limit_bytes: 1_000 };
    for first in [FIN | TEXT, TEXT] {
        assert_eq!(feed(&mut decoder(), [&frame(first, &[b'a'; 1_001])[..]]), (vec![], Some(refusal)));
    }
    assert_eq!(refusal.close_code(), CloseCode::TOO_LARGE);
}

#[test]
fn fragments_count_together_against_the_limit() {
    let half = vec![b'a'; LIMIT / 2];
    accepts(&[frame(TEXT, &half), frame(FIN, &half)], &[text("a".repeat(LIMIT))]);
    refuses(
        &[frame(TEXT, &half), frame(CONTINUATION, &half), frame(FIN, b"a")],
        1009,
        DecodeError::TooLarge { limit_bytes: LIMIT },
    );
}

#[test]
fn a_control_frame_holds_up_to_125_bytes() {
    accepts(&[frame(FIN | PING, &[7; 125])], &[Event::Ping(vec![7; 125].into())]);
    accepts(&[frame(FIN | PONG, b"pong")], &[Event::Pong(b"pong".into())]);
    for opcode in [PING, PONG, CLOSE] {
        refuses(&[frame(FIN | opcode, &[7; 126])], 1002, DecodeError::LongControl);
    }
}

#[test]
fn a_control_frame_may_not_come_in_fragments() {
    for opcode in [PING, PONG, CLOSE] {
        refuses(&[frame(opcode, b"")], 1002, DecodeError::FragmentedControl);
    }
}

#[test]
fn fragments_are_put_together() {
    accepts(&[frame(TEXT, b"Hel"), frame(CONTINUATION, b"l"), frame(FIN, b"o")], &[text("Hello")]);
    accepts(&[frame(BINARY, b""), frame(CONTINUATION, b""), frame(FIN, b"")], &[binary(*b"")]);
    accepts(&[frame(BINARY, b""), frame(FIN, b"\xff")], &[binary(*b"\xff")]);
    accepts(&[frame(TEXT, b"a"), frame(FIN, b""), frame(FIN | TEXT, b"b")], &[text("a"), text("b")]);
}

#[test]
fn control_frames_may_come_between_fragments() {
    accepts(
        &[
            frame(TEXT, b"a"),
            frame(FIN | PING, b"1"),
            frame(CONTINUATION, b"b"),
            frame(FIN | PONG, b"2"),
            frame(FIN, b"c"),
        ],
        &[Event::Ping(b"1".into()), Event::Pong(b"2".into()), text("abc")],
    );
}

#[test]
fn a_continuation_of_nothing_is_refused() {
    for first in [FIN, CONTINUATION] {
        refuses(&[frame(first, b"a")], 1002, DecodeError::StrayContinuation);
        refuses(
            &[frame(TEXT, b"a"), frame(FIN, b"b"), frame(first, b"c")],
            1002,
            DecodeError::StrayContinuation,
        );
    }
}

#[test]
fn a_new_message_inside_a_fragmented_one_is_refused() {
    for first in [FIN | TEXT, FIN | BINARY, TEXT, BINARY] {
        refuses(&[frame(TEXT, b"a"), frame(first, b"b")], 1002, DecodeError::Interleaved);
    }
}

#[test]
fn text_must_be_utf8() {
    let valid = "κόσμε\u{0}\u{7ff}\u{ffff}\u{10ffff}";
    accepts(&[frame(FIN | TEXT, valid.as_bytes())], &[text(valid)]);
    for invalid in [
        &b"\xff"[..],
        b"\xc0\x80",
        b"\xe0\x80\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"abc\xce",
        b"\x80",
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
    ] {
        refuses(&[frame(FIN | TEXT, invalid)], 1007, DecodeError::NotUtf8);
        accepts(&[frame(FIN | BINARY, invalid)], &[binary(invalid)]);
    }
}

#[test]
fn a_character_may_be_cut_by_fragments_but_must_be_whole_in_the_end() {
    let smile = "a😀b".as_bytes();
    for cut in 0..=smile.len() {
        accepts(&[frame(TEXT, &smile[..cut]), frame(FIN, &smile[cut..])], &[text("a😀b")]);
    }
    refuses(&[frame(TEXT, &smile[..3]), frame(FIN, b"")], 1007, DecodeError::NotUtf8);
    refuses(&[frame(TEXT, &smile[..3]), frame(FIN, &smile[4..])], 1007, DecodeError::NotUtf8);
}

#[test]
fn a_close_frame_says_why_or_nothing() {
    accepts(&[frame(FIN | CLOSE, b"")], &[Event::Close { code: None, reason: "".into() }]);
    for code in
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
    {
        accepts(
            &[frame(FIN | CLOSE, &closing(code, "früh".as_bytes()))],
            &[Event::Close { code: CloseCode::new(code), reason: "früh".into() }],
        );
    }
    let longest = "a".repeat(123);
    accepts(
        &[frame(FIN | CLOSE, &closing(1000, longest.as_bytes()))],
        &[Event::Close { code: Some(CloseCode::NORMAL), reason: longest.into() }],
    );
}

#[test]
fn a_malformed_close_frame_is_refused() {
    refuses(&[frame(FIN | CLOSE, b"\x03")], 1002, DecodeError::MalformedClose);
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        refuses(&[frame(FIN | CLOSE, &closing(code, b""))], 1002, DecodeError::MalformedClose);
    }
    refuses(&[frame(FIN | CLOSE, &closing(1000, b"\xff"))], 1007, DecodeError::NotUtf8);
}

#[test]
fn nothing_counts_after_a_close_frame() {
    let frames = [frame(FIN | CLOSE, &closing(1000, b"")), frame(FIN | TEXT, b"late"), frame(0x70, b"")];
    accepts(&frames, &[Event::Close { code: Some(CloseCode::NORMAL), reason: "".into() }]);
}

#[test]
fn nothing_counts_after_an_error() {
    let mut decoder = Decoder::new(LIMIT);
    let (_, error) = feed(&mut decoder, [&frame(TEXT, b"kept")[..], &frame(FIN | 3, b"")[..]]);
    assert_eq!(error, Some(DecodeError::ReservedOpcode(3)));
    assert_eq!((decoder.has_ended(), decoder.retained_bytes()), (true, 0));
    assert_eq!(feed(&mut decoder, [&frame(FIN | TEXT, b"late")[..]]), (Vec::new(), None));
}
