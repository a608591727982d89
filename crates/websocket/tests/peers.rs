//! Two other implementations as clients, over an in-memory pipe: they understand what is encoded here, and
//! what they send is understood. The pipe is narrow, so that frames arrive in pieces.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use bytes::Bytes;
use chinwag_websocket::{CloseCode, Decoder, Event, MessageKind, accept_key, close, message, ping, pong};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

const PIPE_BYTES: usize = 1_000;
const LIMIT: usize = 200_000;

/// Lengths around every boundary of the length forms, and some longer than the pipe.
const LENGTHS: [usize; 10] = [0, 1, 125, 126, 127, 1_000, 65_535, 65_536, 65_537, 150_000];

/// A server that pings once, echoes messages, answers pings, and closes with the client's code or the
/// error's.
async fn echo(mut pipe: DuplexStream) {
    pipe.write_all(&ping(b"hello")).await.unwrap();
    let mut decoder = Decoder::new(LIMIT);
    let mut scratch = vec![0; 16_384];
    loop {
        let read = pipe.read(&mut scratch).await.unwrap();
        if read == 0 {
            return;
        }
        let mut input = &mut scratch[..read];
        loop {
            let answer = match decoder.decode(&mut input) {
                Ok(None) => break,
                Ok(Some(event)) => answer(event),
                Err(error) => close(error.close_code(), &error.to_string()),
            };
            pipe.write_all(&answer).await.unwrap();
        }
        if decoder.has_ended() {
            return;
        }
        assert!(decoder.retained_bytes() <= LIMIT);
    }
}

fn answer(event: Event<'_>) -> Bytes {
    match event {
        Event::Text(text) => message(MessageKind::Text, text.as_bytes()),
        Event::Binary(bytes) => message(MessageKind::Binary, &bytes),
        Event::Ping(bytes) => pong(&bytes),
        Event::Pong(bytes) => message(MessageKind::Text, &[b"pong:", &bytes[..]].concat()),
        Event::Close { code, reason } => close(code.unwrap_or(CloseCode::NORMAL), &reason),
    }
}

mod tungstenite_as_client {
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
    use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
    use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

    use super::*;

    async fn connect() -> WebSocketStream<DuplexStream> {
        let (here, there) = tokio::io::duplex(PIPE_BYTES);
        tokio::spawn(echo(there));
        let mut socket = WebSocketStream::from_raw_socket(here, Role::Client, None).await;
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::Ping("hello".into()));
        // Its answer to the ping comes back as text.
        socket.flush().await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("pong:hello"));
        socket
    }

    #[tokio::test]
    async fn messages_of_every_length_come_back() {
        let mut socket = connect().await;
        for length in LENGTHS {
            for sent in [Message::text("é".repeat(length / 2)), Message::binary(vec![0xfe; length])] {
                // The pipe is narrow both ways: write and read at once.
                let (mut writer, mut reader) = (&mut socket).split();
                let (written, received) = tokio::join!(writer.send(sent.clone()), reader.next());
                written.unwrap();
                assert!(received.unwrap().unwrap() == sent, "length {length}");
            }
        }
    }

    #[tokio::test]
    async fn fragments_come_back_whole() {
        let mut socket = connect().await;
        for (opcode, part, fin) in
            [(Data::Text, "a\u{e9}", false), (Data::Continue, "b", false), (Data::Continue, "c", true)]
        {
            let frame = Frame::message(part.as_bytes().to_vec(), OpCode::Data(opcode), fin);
            socket.send(Message::Frame(frame)).await.unwrap();
        }
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("a\u{e9}bc"));
    }

    #[tokio::test]
    async fn a_ping_is_answered_and_a_close_is_echoed() {
        let mut socket = connect().await;
        socket.send(Message::Ping("p".into())).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::Pong("p".into()));
        let frame = CloseFrame { code: CloseCode::Library(4001), reason: "bye".into() };
        socket.close(Some(frame.clone())).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::Close(Some(frame)));
        assert!(socket.next().await.is_none());
    }

    #[tokio::test]
    async fn a_message_over_the_limit_is_told_so() {
        let (here, there) = tokio::io::duplex(LIMIT * 2);
        tokio::spawn(echo(there));
        let config = WebSocketConfig::default();
        let mut socket = WebSocketStream::from_raw_socket(here, Role::Client, Some(config)).await;
        socket.next().await.unwrap().unwrap();
        socket.send(Message::binary(vec![0; LIMIT + 1])).await.unwrap();
        let Some(Ok(Message::Close(Some(frame)))) = socket.next().await else { panic!("no close frame") };
        assert_eq!(frame.code, CloseCode::Size);
    }

    #[tokio::test]
    async fn its_handshake_accepts_our_accept_key() {
        let (here, mut there) = tokio::io::duplex(PIPE_BYTES);
        let server = tokio::spawn(async move {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(there.read_u8().await.unwrap());
            }
            let request = String::from_utf8(request).unwrap();
            let (_, key) = request
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))
                .unwrap();
            let response = format!(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {}\r\n\r\n",
                accept_key(key)
            );
            there.write_all(response.as_bytes()).await.unwrap();
            there
        });
        tokio_tungstenite::client_async("ws://localhost/connection/websocket", here).await.unwrap();
        server.await.unwrap();
    }
}

mod tokio_websockets_as_client {
    use tokio_websockets::{ClientBuilder, CloseCode, Message, WebSocketStream};

    use super::*;

    async fn connect() -> WebSocketStream<DuplexStream> {
        let (here, there) = tokio::io::duplex(PIPE_BYTES);
        tokio::spawn(echo(there));
        let mut socket = ClientBuilder::new().take_over(here);
        let first = socket.next().await.unwrap().unwrap();
        assert!(first.is_ping() && first.as_payload()[..] == b"hello"[..]);
        socket.flush().await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap().as_text(), Some("pong:hello"));
        socket
    }

    #[tokio::test]
    async fn messages_of_every_length_come_back() {
        let mut socket = connect().await;
        for length in LENGTHS {
            for sent in [Message::text("é".repeat(length / 2)), Message::binary(vec![0xfe; length])] {
                let (mut writer, mut reader) = (&mut socket).split();
                let (written, received) = tokio::join!(writer.send(sent.clone()), reader.next());
                written.unwrap();
                let received = received.unwrap().unwrap();
                assert_eq!(received.is_text(), sent.is_text());
                assert!(received.as_payload()[..] == sent.as_payload()[..], "length {length}");
            }
        }
    }

    #[tokio::test]
    async fn a_ping_is_answered_and_a_close_is_echoed() {
        let mut socket = connect().await;
        socket.send(Message::ping("p")).await.unwrap();
        let answer = socket.next().await.unwrap().unwrap();
        assert!(answer.is_pong() && answer.as_payload()[..] == b"p"[..]);
        let code = CloseCode::try_from(4001).unwrap();
        socket.send(Message::close(Some(code), "bye")).await.unwrap();
        let answer = socket.next().await.unwrap().unwrap();
        assert_eq!(answer.as_close(), Some((code, "bye")));
    }
}
