//! What a connection costs: nothing while idle, and never more than the limit.

mod client;

use client::{BINARY, CONTINUATION, FIN, PING, TEXT, feed, frame};

use chinwag_websocket::{Decoder, Event};
use proptest::prelude::*;

const LIMIT: usize = 65_536;

#[test]
fn nothing_is_retained_after_a_message_of_60_kb() {
    let message = frame(FIN | TEXT, &vec![b'a'; 60_000]);
    for chunk_bytes in [message.len(), 16_384, 1_460, 7] {
        let mut decoder = Decoder::new(LIMIT);
        let (events, _) = feed(&mut decoder, message.chunks(chunk_bytes));
        assert_eq!((events.len(), decoder.retained_bytes()), (1, 0), "chunks of {chunk_bytes}");
        let (events, _) =
            feed(&mut decoder, [&frame(FIN | PING, &[1; 100])[..50], &frame(FIN | PING, &[1; 100])[50..]]);
        assert_eq!((events.len(), decoder.retained_bytes()), (1, 0), "a control frame in two reads");
    }
}

#[test]
fn a_message_in_one_read_is_borrowed_from_the_scratch_buffer() {
    let mut scratch = frame(FIN | BINARY, &[5; 1000]);
    let mut input = &mut scratch[..];
    let event = Decoder::new(LIMIT).decode(&mut input).unwrap();
    assert!(matches!(event, Some(Event::Binary(std::borrow::Cow::Borrowed(_)))));
}

#[test]
fn a_promise_of_much_reserves_nothing() {
    let mut decoder = Decoder::new(LIMIT);
    feed(&mut decoder, [&frame(FIN | BINARY, &[5; LIMIT])[..14]]);
    assert_eq!(decoder.retained_bytes(), 0);
    feed(&mut decoder, [&[0; 100][..]]);
    assert!(decoder.retained_bytes() < 1_000, "{}", decoder.retained_bytes());
}

#[test]
fn an_unfinished_message_holds_at_most_the_limit() {
    let mut decoder = Decoder::new(LIMIT);
    feed(&mut decoder, frame(BINARY, &[5; LIMIT - 1]).chunks(1_000));
    feed(&mut decoder, [&frame(CONTINUATION, &[5; 1])[..]]);
    assert_eq!(decoder.retained_bytes(), LIMIT);
}

#[test]
fn a_decoder_is_small() {
    assert!(size_of::<Decoder>() <= 128, "{}", size_of::<Decoder>());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_bytes_never_panic_nor_hold_more_than_the_limit(
        stream in prop::collection::vec(prop_oneof![Just(0x80_u8), Just(0x81), Just(0xfe), Just(0), any::<u8>()], 0..400),
        chunk_bytes in 1_usize..50,
    ) {
        let mut decoder = Decoder::new(100);
        for chunk in stream.chunks(chunk_bytes) {
            feed(&mut decoder, [chunk]);
            prop_assert!(decoder.retained_bytes() <= 100 + 125);
        }
    }
}
