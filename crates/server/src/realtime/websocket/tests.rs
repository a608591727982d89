//! The pump over real sockets that take little, with a client that reads little and at times nothing.

use std::sync::Arc;

use chinwag_chat::{Channel, ClientId, NewMessage, RoomId, RoomKind, UserId};
use chinwag_protocol::Encoding;
use serde_json::{Value, json};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;

use super::*;
use crate::realtime::context::Handshake;
use crate::realtime::tests::{ADA, Shared};
use crate::realtime::{Driver, Realtime};

/// How many messages the room gets.
const MESSAGES: u64 = 400;

/// A node whose hub gets its hints and writes to sockets.
struct Running {
    node: Arc<Realtime>,
    tasks: Vec<JoinHandle<()>>,
    _directory: tempfile::TempDir,
}

impl Running {
    fn start(max_queued_bytes: usize) -> Self {
        let shared = Shared::new();
        let mut node = shared.node("a");
        node.settings.max_queued_bytes = max_queued_bytes;
        let node = Arc::new(node);
        let Shared { hints, directory, .. } = shared;
        let tasks = vec![
            tokio::spawn(hints.deliver(node.hub.clone())),
            tokio::spawn(node.hub.clone().write_due()),
            tokio::spawn(node.hub.clone().repair_holes()),
        ];
        Self { node, tasks, _directory: directory }
    }

    /// A client whose socket has the smallest buffers that the system knows, at both ends.
    async fn connect(&mut self) -> Client {
        let (task, client) = self.accept().await;
        self.tasks.push(tokio::spawn(task));
        let mut client = Client { socket: client, unread: vec![], lines: vec![] };
        client.send(&json!({ "id": 1, "connect": {} })).await;
        client
    }

    /// Such a client before it says anything, and the task of its connection.
    async fn accept(&self) -> (impl Future<Output = ()> + Send + use<>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(1).unwrap();
        let client = socket.connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        SockRef::from(&server).set_send_buffer_size(1).unwrap();
        let handshake = Handshake {
            encoding: Encoding::Json,
            transport: "websocket",
            shown_token: Some(ADA.trim().to_owned()),
            address: None,
            user_agent: None,
        };
        let driver = Driver::new(self.node.clone(), handshake);
        let settings = PumpSettings { max_frame_bytes: 1 << 16, write_timeout: Duration::from_secs(10) };
        (run(server, &[], driver, settings, None), client)
    }

    /// Ada's room, with her alone in it.
    async fn room(&self, ada: &UserId) -> RoomId {
        let name = Some("tea".parse().unwrap());
        self.node.api.chat().create_room(ada, RoomKind::Private, name, vec![]).await.unwrap().room.id
    }

    async fn say(&self, room: RoomId, ada: &UserId, numbers: std::ops::Range<u64>) {
        for n in numbers {
            let client_id: ClientId = n.to_string().parse().unwrap();
            let text = format!("{n} {}", "la ".repeat(99));
            let message = NewMessage::plain(client_id, text);
            self.node.api.chat().post(room, ada, message).await.unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

struct Client {
    socket: TcpStream,
    /// What has come of a frame that is not whole.
    unread: Vec<u8>,
    lines: Vec<Value>,
}

impl Client {
    async fn send(&mut self, command: &Value) {
        let text = command.to_string().into_bytes();
        // Masked with zeros, which is masked all the same.
        let mut frame = vec![0x81, 0x80 | 126];
        frame.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(text);
        if frame[3] < 126 && frame[2] == 0 {
            frame.splice(1..4, [0x80 | frame[3]]);
        }
        self.socket.write_all(&frame).await.unwrap();
    }

    /// Reads at most so many bytes at once until a line has come for which `is_wanted`; returns that.
    async fn read_until(&mut self, bytes_at_once: usize, is_wanted: impl Fn(&Value) -> bool) -> Value {
        let mut seen = 0;
        loop {
            if let Some(line) = self.lines[seen..].iter().find(|line| is_wanted(line)) {
                return line.clone();
            }
            seen = self.lines.len();
            let mut buffer = vec![0; bytes_at_once];
            let read = self.socket.read(&mut buffer).await.unwrap();
            assert!(read > 0, "the connection was closed");
            self.unread.extend_from_slice(&buffer[..read]);
            self.take_frames();
        }
    }

    fn take_frames(&mut self) {
        while let [first, length, rest @ ..] = &self.unread[..] {
            let (header, length) = match (length, rest) {
                (126, [high, low, ..]) => (4, usize::from(u16::from_be_bytes([*high, *low]))),
                (127, length) if length.len() >= 8 => {
                    (10, usize::try_from(u64::from_be_bytes(length[..8].try_into().unwrap())).unwrap())
                }
                (126 | 127, _) => return,
                (short, _) => (2, usize::from(*short)),
            };
            let Some(payload) = self.unread.get(header..header + length) else { return };
            assert!(matches!(first, 0x81 | 0x8a), "a whole frame of text, or a pong");
            if *first == 0x81 {
                let lines = payload.split(|byte| *byte == b'\n');
                self.lines.extend(lines.map(|line| serde_json::from_slice::<Value>(line).unwrap()));
            }
            self.unread.drain(..header + length);
        }
    }

    /// The offsets of the publications of a channel.
    fn offsets(&self, channel: &str) -> Vec<u64> {
        let pushes = self.lines.iter().map(|line| &line["push"]).filter(|push| push["channel"] == channel);
        pushes.filter_map(|push| push["pub"]["offset"].as_u64()).collect()
    }
}

/// The client's room, followed, and its user.
async fn follow(running: &Running, client: &mut Client) -> (UserId, RoomId) {
    let connected = client.read_until(1, |line| line["id"] == 1).await;
    let subs = connected["connect"]["subs"].as_object().unwrap();
    let own: Channel = subs.keys().next().unwrap().parse().unwrap();
    let Channel::User(ada) = own else { panic!("{connected}") };
    let room = running.room(&ada).await;
    let channel = format!("room:{room}");
    client
        .read_until(1, |line| line["push"]["channel"] == channel && line["push"]["subscribe"].is_object())
        .await;
    (ada, room)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_reads_a_byte_at_a_time_gets_every_change_and_every_reply_in_order() {
    let mut running = Running::start(1 << 20);
    let mut client = running.connect().await;
    let (ada, room) = follow(&running, &mut client).await;
    // Replies of the driver between publications of the hub, into one socket.
    for n in 0..MESSAGES / 4 {
        client.send(&json!({ "id": 10 + n, "rpc": { "method": "room.list", "data": {} } })).await;
        running.say(room, &ada, 4 * n..4 * n + 4).await;
        client.read_until(1, |line| line["id"] == 10 + n).await;
    }
    let channel = format!("room:{room}");
    let first = client.offsets(&channel).first().copied().unwrap();
    let last = first + MESSAGES - 1;
    client
        .read_until(1, |line| line["push"]["pub"]["offset"] == last && line["push"]["channel"] == channel)
        .await;
    assert_eq!(client.offsets(&channel), (first..=last).collect::<Vec<_>>());
    let replies: Vec<u64> = client.lines.iter().filter_map(|line| line["id"].as_u64()).collect();
    assert_eq!(replies[1..], (10..10 + MESSAGES / 4).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_reads_nothing_for_a_while_falls_behind_and_gets_every_change_in_order() {
    let mut running = Running::start(16 * 1024);
    let mut client = running.connect().await;
    let (ada, room) = follow(&running, &mut client).await;
    running.say(room, &ada, 0..MESSAGES).await;
    let connection = running.node.hub.connections(None, Some(&ada)).remove(0);
    while !connection.is_behind() {
        tokio::task::yield_now().await;
    }
    assert!(connection.queued_bytes() < 2 * 16 * 1024 + 32 * 1024);
    let channel = format!("room:{room}");
    let is_change =
        |line: &Value| line["push"]["channel"] == channel && line["push"]["pub"]["offset"].is_u64();
    let first = client.read_until(7, is_change).await["push"]["pub"]["offset"].as_u64().unwrap();
    let last = first + MESSAGES - 1;
    client.read_until(1_000, |line| is_change(line) && line["push"]["pub"]["offset"] == last).await;
    assert_eq!(client.offsets(&channel), (first..=last).collect::<Vec<_>>());
    running.say(room, &ada, MESSAGES..MESSAGES + 1).await;
    client.read_until(1_000, |line| is_change(line) && line["push"]["pub"]["offset"] == last + 1).await;
}

#[tokio::test]
async fn an_idle_connection_is_a_small_task() {
    let running = Running::start(1 << 20);
    let (task, _client) = running.accept().await;
    // Ten thousand who only listen are ten thousand of these. With what the runtime adds it is one piece of 768 bytes;
    // the next larger one has 896.
    assert!(size_of_val(&task) <= 664, "{} bytes", size_of_val(&task));
}
