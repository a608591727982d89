//! What a delivery costs, counted: clocks differ from machine to machine, allocations do not.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Read, Write};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::task::{Context, Waker};

use allocation_counter::measure;

use super::*;
use crate::Outlet;

/// One end of a pair of sockets of the kernel's.
#[derive(Debug)]
struct Paired(UnixStream);

impl Outlet for Paired {
    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        (&self.0).write_vectored(pieces)
    }
}

struct Room {
    node: Node,
    /// The other ends of the followers' sockets.
    clients: Vec<UnixStream>,
    mailboxes: Vec<Arc<Mailbox>>,
}

impl Room {
    async fn of(followers: usize) -> Self {
        let node = Node::new().await;
        let (mut clients, mut mailboxes) = (vec![], vec![]);
        for number in 0..followers {
            let mailbox = node.follow(["ada", "bob"][number % 2], Start::Head, 1 << 20).await;
            let (outlet, client) = UnixStream::pair().unwrap();
            outlet.set_nonblocking(true).unwrap();
            client.set_nonblocking(true).unwrap();
            node.hub.open(&mailbox, Arc::new(Paired(outlet)));
            clients.push(client);
            mailboxes.push(mailbox);
        }
        Self { node, clients, mailboxes }
    }

    /// How often memory is allocated until changes that came together are in every socket.
    async fn allocations(&self, changes: u32) -> u64 {
        self.node.say(changes).await;
        let mut hints: VecDeque<Hint> = self.node.held().into();
        let mut writer = pin!(self.node.hub.clone().write_due());
        let info = measure(|| {
            self.node.hub.on_hints(&mut hints);
            let mut context = Context::from_waker(Waker::noop());
            while self.mailboxes.iter().any(|mailbox| mailbox.queued_bytes() > 0) {
                assert!(writer.as_mut().poll(&mut context).is_pending());
            }
        });
        assert!(hints.is_empty());
        for client in &self.clients {
            assert_eq!(received(client), changes as usize);
        }
        info.count_total
    }
}

/// How many changes have come to a client since it was asked last.
fn received(mut client: &UnixStream) -> usize {
    let mut bytes = vec![0; 1 << 16];
    let read = client.read(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes[..read]).matches(r#""offset":"#).count()
}

/// Beyond what the changes themselves cost, however many follow.
#[tokio::test]
async fn a_delivery_allocates_nothing() {
    let (few, many) = (Room::of(20).await, Room::of(300).await);
    for room in [&few, &many] {
        // Lists of the hub's that grow once and stay so.
        room.allocations(8).await;
    }
    for changes in [1, 8, 64] {
        let (few, many) = (few.allocations(changes).await, many.allocations(changes).await);
        assert_eq!(many, few, "{changes} changes to 300 rather than 20");
        assert!(few <= 13 * u64::from(changes) + 16, "{few} allocations for {changes} changes");
    }
}
