//! However messages are cut into fragments, mixed with control frames, and cut again into reads, the same
//! events come out.

mod client;

use client::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, closing, feed, frame};

use chinwag_websocket::{CloseCode, Decoder, Event};
use proptest::prelude::*;
use proptest::sample::Index;

/// A message, where to cut it, and the pings to put between its fragments.
#[derive(Debug, Clone)]
struct Script {
    event: Event<'static>,
    cuts: Vec<Index>,
    pings: bool,
}

fn script() -> impl Strategy<Value = Script> {
    let control = || prop::collection::vec(any::<u8>(), 0..=125);
    let event = prop_oneof![
        4 => "\\PC{0,200}".prop_map(|text| Event::Text(text.into())),
        4 => prop::collection::vec(any::<u8>(), 0..700).prop_map(|bytes| Event::Binary(bytes.into())),
        1 => (65_500_usize..66_000).prop_map(|length| Event::Text("ü".repeat(length / 2).into())),
        1 => control().prop_map(|bytes| Event::Ping(bytes.into())),
        1 => control().prop_map(|bytes| Event::Pong(bytes.into())),
    ];
    (event, prop::collection::vec(any::<Index>(), 0..4), any::<bool>())
        .prop_map(|(event, cuts, pings)| Script { event, cuts, pings })
}

/// Writes the script's frames and the events that they mean.
fn perform(script: &Script, stream: &mut Vec<u8>, events: &mut Vec<Event<'static>>) {
    let (opcode, payload) = match &script.event {
        Event::Text(text) => (TEXT, text.as_bytes()),
        Event::Binary(bytes) => (BINARY, &bytes[..]),
        Event::Ping(bytes) => return write_control(PING, bytes, script, stream, events),
        Event::Pong(bytes) => return write_control(PONG, bytes, script, stream, events),
        Event::Close { .. } => return,
    };
    let mut cuts: Vec<usize> = script.cuts.iter().map(|cut| cut.index(payload.len() + 1)).collect();
    cuts.sort_unstable();
    let mut first = opcode;
    let mut start = 0;
    for cut in cuts {
        stream.extend(frame(first, &payload[start..cut]));
        if script.pings {
            stream.extend(frame(FIN | PING, b"between"));
            events.push(Event::Ping(b"between".into()));
        }
        first = CONTINUATION;
        start = cut;
    }
    stream.extend(frame(FIN | first, &payload[start..]));
    events.push(script.event.clone());
}

fn write_control(
    opcode: u8,
    payload: &[u8],
    script: &Script,
    stream: &mut Vec<u8>,
    events: &mut Vec<Event<'static>>,
) {
    stream.extend(frame(FIN | opcode, payload));
    events.push(script.event.clone());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_same_events_come_out(
        scripts in prop::collection::vec(script(), 0..6),
        reads in prop::collection::vec(1_usize..3_000, 1..20),
    ) {
        let (mut stream, mut expected) = (Vec::new(), Vec::new());
        for script in &scripts {
            perform(script, &mut stream, &mut expected);
        }
        stream.extend(frame(FIN | CLOSE, &closing(4000, b"done")));
        expected.push(Event::Close { code: CloseCode::new(4000), reason: "done".into() });

        let mut decoder = Decoder::new(100_000);
        let mut rest = &stream[..];
        let mut chunks = Vec::new();
        for read_bytes in reads.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, after) = rest.split_at(rest.len().min(*read_bytes));
            chunks.push(chunk);
            rest = after;
        }
        let (events, error) = feed(&mut decoder, chunks);
        prop_assert_eq!(error, None);
        prop_assert_eq!(events, expected);
        prop_assert_eq!(decoder.retained_bytes(), 0);
    }
}
