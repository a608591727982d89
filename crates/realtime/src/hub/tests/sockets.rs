//! Mailboxes that write to sockets, of which some take little and some nothing.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;
use crate::Outlet;

/// A socket that takes so many bytes at a time, and nothing every other time or while it is full.
#[derive(Debug)]
struct Narrow {
    bytes_at_once: usize,
    is_full: AtomicBool,
    is_gone: AtomicBool,
    tries: AtomicUsize,
    taken: Mutex<Vec<u8>>,
    /// Where the bytes lay that were offered.
    addresses: Mutex<Vec<usize>>,
}

impl Narrow {
    fn new(bytes_at_once: usize) -> Arc<Self> {
        Arc::new(Self {
            bytes_at_once,
            is_full: AtomicBool::new(false),
            is_gone: AtomicBool::new(false),
            tries: AtomicUsize::new(0),
            taken: Mutex::default(),
            addresses: Mutex::default(),
        })
    }

    /// The offsets of the publications in the frames that came out whole.
    fn offsets(&self) -> Vec<u64> {
        let taken = self.taken.lock();
        let mut rest = &taken[..];
        let mut offsets = vec![];
        while let [0x81, length, ..] = *rest {
            let (header, length) = match length {
                126 => (4, usize::from(u16::from_be_bytes(rest[2..4].try_into().unwrap()))),
                127 => (10, u64::from_be_bytes(rest[2..10].try_into().unwrap()) as usize),
                short => (2, usize::from(short)),
            };
            let Some(payload) = rest.get(header..header + length) else { break };
            for reply in decode_replies(Encoding::Json, payload).unwrap() {
                offsets.extend(reply.push.unwrap().publication.map(|publication| publication.offset));
            }
            rest = &rest[header + length..];
        }
        offsets
    }
}

impl Outlet for Narrow {
    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let try_number = self.tries.fetch_add(1, Ordering::Relaxed);
        if self.is_gone.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let has_room = self.bytes_at_once > 1 || try_number % 2 == 1;
        if self.is_full.load(Ordering::Relaxed) || !has_room {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.addresses.lock().extend(pieces.iter().map(|piece| piece.as_ptr() as usize));
        let bytes = pieces.iter().flat_map(|piece| piece.iter()).take(self.bytes_at_once).copied();
        let mut taken = self.taken.lock();
        let before = taken.len();
        taken.extend(bytes);
        Ok(taken.len() - before)
    }
}

impl Node {
    async fn follow_by(&self, user: &str, socket: &Arc<Narrow>, max_queued_bytes: usize) -> Arc<Mailbox> {
        let mailbox = self.follow(user, Start::Head, max_queued_bytes).await;
        self.hub.open(&mailbox, socket.clone());
        mailbox
    }

    /// Two who write, as on two cores.
    fn writers(&self) -> [tokio::task::JoinHandle<()>; 2] {
        [tokio::spawn(self.hub.clone().write_due()), tokio::spawn(self.hub.clone().write_due())]
    }
}

#[tokio::test]
async fn a_socket_that_takes_a_byte_at_a_time_gets_every_change_whole_and_in_order() {
    let node = Node::new().await;
    let socket = Narrow::new(1);
    let mailbox = node.follow_by("ada", &socket, 1 << 20).await;
    let writers = node.writers();
    for _ in 0..10 {
        node.say(2).await;
        node.let_through();
        // Once the socket was full, it is the driver's turn.
        mailbox.wait().await;
        while mailbox.write().unwrap().is_stuck {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(socket.offsets(), (BEFORE + 1..=BEFORE + 20).collect::<Vec<_>>());
    writers.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_full_socket_is_left_alone_until_its_driver_finds_it_open_and_then_gets_everything() {
    let node = Node::new().await;
    let (socket, other) = (Narrow::new(usize::MAX), Narrow::new(usize::MAX));
    let mailbox = node.follow_by("ada", &socket, 2_000).await;
    node.follow_by("bob", &other, 2_000).await;
    let writers = node.writers();
    socket.is_full.store(true, Ordering::Relaxed);
    for n in 1..=100 {
        node.say(1).await;
        node.let_through();
        while other.offsets().len() < n {
            tokio::task::yield_now().await;
        }
    }
    mailbox.wait().await;
    assert_eq!(socket.tries.load(Ordering::Relaxed), 1, "nobody tried a second time");
    assert!(mailbox.queued_bytes() < 3_000 && mailbox.is_behind());

    socket.is_full.store(false, Ordering::Relaxed);
    while mailbox.is_behind() || socket.offsets().len() < 100 {
        assert!(!mailbox.write().unwrap().is_stuck);
        node.hub.catch_up(&mailbox).await.unwrap();
        assert!(mailbox.queued_bytes() < 3_000);
    }
    assert_eq!(socket.offsets(), (BEFORE + 1..=BEFORE + 100).collect::<Vec<_>>());
    assert_eq!(socket.offsets(), other.offsets());
    writers.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn what_comes_together_leaves_as_one_frame_that_all_share() {
    let node = Node::new().await;
    let sockets = [Narrow::new(usize::MAX), Narrow::new(usize::MAX)];
    for (user, socket) in ["ada", "bob"].into_iter().zip(&sockets) {
        node.follow_by(user, socket, 1 << 20).await;
    }
    node.say(5).await;
    let mut hints: VecDeque<Hint> = node.held().into();
    assert!(!node.hub.on_hints(&mut hints) && hints.is_empty());
    let writers = node.writers();
    for socket in &sockets {
        while socket.offsets().len() < 5 {
            tokio::task::yield_now().await;
        }
        assert_eq!(socket.offsets(), (BEFORE + 1..=BEFORE + 5).collect::<Vec<_>>());
        assert_eq!(socket.tries.load(Ordering::Relaxed), 1);
    }
    assert_eq!(*sockets[0].addresses.lock(), *sockets[1].addresses.lock(), "the same bytes");
    writers.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn whoever_leaves_gets_nothing_that_came_together_with_their_leave_and_after_it() {
    let node = Node::new().await;
    let sockets = [Narrow::new(usize::MAX), Narrow::new(usize::MAX)];
    let ada = node.follow_by("ada", &sockets[0], 1 << 20).await;
    let bob = node.follow_by("bob", &sockets[1], 1 << 20).await;
    node.say(2).await;
    node.chat.remove_member(node.room, &node.ada, "bob".parse().unwrap()).await.unwrap();
    node.say(2).await;
    node.hub.on_hints(&mut node.held().into());
    ada.write().unwrap();
    bob.write().unwrap();
    assert_eq!(sockets[0].offsets(), (BEFORE + 1..=BEFORE + 5).collect::<Vec<_>>());
    assert_eq!(sockets[1].offsets(), (BEFORE + 1..=BEFORE + 3).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_driver_learns_that_its_socket_is_gone_and_what_a_closed_mailbox_left_is_its_own() {
    let node = Node::new().await;
    let (gone, closed) = (Narrow::new(usize::MAX), Narrow::new(1));
    let (ada, bob) =
        (node.follow_by("ada", &gone, 1 << 20).await, node.follow_by("bob", &closed, 1 << 20).await);
    gone.is_gone.store(true, Ordering::Relaxed);
    node.say(1).await;
    node.let_through();
    let writers = node.writers();
    ada.wait().await;
    assert!(ada.write().is_err());

    bob.wait().await;
    while closed.taken.lock().len() < 10 {
        bob.write().unwrap();
    }
    let rest = bob.close();
    closed.taken.lock().extend(rest.iter().flatten());
    assert_eq!(closed.offsets(), [BEFORE + 1]);
    node.say(1).await;
    node.let_through();
    assert_eq!(Arc::strong_count(&closed), 1, "nobody writes to it any more");
    writers.iter().for_each(tokio::task::JoinHandle::abort);
}
