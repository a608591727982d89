//! The hub over a real store, with the bus in the test's hand: every hint can be lost, doubled or held back.

mod allocations;
mod crowd;
mod revised;
mod sockets;
mod store_away;
mod watched_store;

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::{
    Change, Channel, Chat, ClientId, Clock, DisplayName, Head, Hint, HintSink, IdSource, Limits, NewMessage,
    NewUser, RoomId, RoomKind, Seq, SessionId, StateEvent, Store, Timestamp, User, UserId,
};
use chinwag_protocol::{Encoding, Reply, decode_replies};
use chinwag_store_sqlite::{Options, SqliteStore};
use parking_lot::Mutex;
use tempfile::TempDir;

use crate::mailbox::{MailboxOwner, Notice};
use crate::test_ports::{Counting, Fixed, HeldBus};
use crate::{Follow, Hub, HubConfig, Mailbox, PresenceConfig, Start, test_ports};

/// The wish of a connection that the server has follow a channel from its present on.
fn from_head(channel: Channel) -> Follow {
    Follow { channel, start: Start::Head, by_server: true, join_leave: false, in_reply: true }
}

fn plain(client_id: ClientId, text: &str) -> NewMessage {
    NewMessage { client_id, text: text.to_owned(), reply_to: None, thread: None, attachments: vec![] }
}

struct Node {
    hub: Arc<Hub>,
    bus: Arc<HeldBus>,
    chat: Chat,
    room: RoomId,
    ada: UserId,
    sent: Mutex<u32>,
    _directory: TempDir,
}

impl Node {
    async fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let bus = Arc::new(HeldBus::default());
        let entropy = Arc::new(Counting::default());
        let store: Arc<dyn Store> = Arc::new(
            SqliteStore::open(&directory.path().join("db"), bus.clone(), &*entropy, Options::default())
                .unwrap(),
        );
        for name in ["ada", "bob"] {
            let user =
                User::new(name.parse().unwrap(), name.parse().unwrap(), name.parse::<DisplayName>().unwrap());
            store.create_user(NewUser { user, password: None, created_at: Fixed.now() }).await.unwrap();
        }
        let ids = IdSource::new(Arc::new(Fixed), entropy);
        let chat = Chat::new(store.clone(), bus.clone(), Arc::new(Fixed), ids, Limits::default());
        let ada: UserId = "ada".parse().unwrap();
        let members = vec!["bob".parse().unwrap()];
        let name = Some("tea".parse().unwrap());
        let room = chat.create_room(&ada, RoomKind::Private, name, members).await.unwrap().room.id;
        bus.0.lock().clear();
        let hub = Arc::new(Hub::new(store, bus.clone(), HubConfig::default()));
        Self { hub, bus, chat, room, ada, sent: Mutex::new(0), _directory: directory }
    }

    fn channel(&self) -> Channel {
        self.room.into()
    }

    async fn say(&self, times: u32) {
        for _ in 0..times {
            let n = {
                let mut sent = self.sent.lock();
                *sent += 1;
                *sent
            };
            let client_id: ClientId = format!("c{n}").parse().unwrap();
            self.chat.post(self.room, &self.ada, plain(client_id, &format!("message {n}"))).await.unwrap();
        }
    }

    /// What the bus holds, taken off it.
    fn held(&self) -> Vec<Hint> {
        std::mem::take(&mut *self.bus.0.lock())
    }

    fn let_through(&self) {
        for hint in self.held() {
            self.hub.on_hint(hint);
        }
    }

    async fn follow(&self, user: &str, start: Start, max_queued_bytes: usize) -> Arc<Mailbox> {
        let id = self.hub.next_connection_id();
        let mailbox = Arc::new(Mailbox::new(id, owner(user, id.0), max_queued_bytes));
        self.hub.register(&mailbox);
        let wish =
            Follow { channel: self.channel(), start, by_server: true, join_leave: false, in_reply: true };
        let followed = self.hub.follow(&mailbox, vec![wish]).await.unwrap();
        for entry in followed[0].page.iter().flatten() {
            assert!(mailbox.offer(|| entry.push(Encoding::Json)));
        }
        assert!(self.hub.activate(id, &self.channel()) || start == Start::HeadOnly);
        mailbox
    }
}

/// The owner of a connection with a session of its own.
fn owner(user: &str, number: u64) -> MailboxOwner {
    let session = Some(SessionId::from_parts(0, u128::from(number)));
    MailboxOwner { session, ..test_ports::owner(user, &format!("{user}-{number}")) }
}

/// The offsets of the publications that a mailbox held, and its notices.
fn open(mailbox: &Mailbox) -> (Vec<u64>, Vec<Notice>) {
    let (mail, notices) = (mailbox.take(), mailbox.take_notices());
    let replies = mail.messages.iter().flat_map(|message| decode_replies(Encoding::Json, message).unwrap());
    let publication = |reply: Reply| reply.push.and_then(|push| push.publication);
    (replies.filter_map(publication).map(|publication| publication.offset).collect(), notices)
}

fn offsets(mailbox: &Mailbox) -> Vec<u64> {
    open(mailbox).0
}

/// Creating the room and its two members are its first changes.
const BEFORE: u64 = 3;

#[tokio::test]
async fn every_follower_gets_every_change_once_and_in_order() {
    let node = Node::new().await;
    let (one, two) =
        (node.follow("ada", Start::Head, 1 << 20).await, node.follow("bob", Start::Head, 1 << 20).await);
    node.say(3).await;
    let hints = node.held();
    // Doubled and backwards.
    for hint in hints.iter().rev().chain(&hints) {
        node.hub.on_hint(hint.clone());
    }
    assert_eq!(offsets(&one), [BEFORE + 1, BEFORE + 2, BEFORE + 3]);
    assert_eq!(offsets(&two), [BEFORE + 1, BEFORE + 2, BEFORE + 3]);
}

#[tokio::test]
async fn a_lost_hint_is_repaired_from_the_store() {
    let node = Node::new().await;
    let mailbox = node.follow("ada", Start::Head, 1 << 20).await;
    node.say(4).await;
    let hints = node.held();
    node.hub.on_hint(hints[0].clone());
    node.hub.on_hint(hints[3].clone());
    assert_eq!(offsets(&mailbox), [BEFORE + 1], "what follows a hole waits");
    node.hub.repair(&node.channel()).await.unwrap();
    assert_eq!(offsets(&mailbox), [BEFORE + 2, BEFORE + 3, BEFORE + 4]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_last_hint_is_found_by_comparing_heads() {
    let node = Node::new().await;
    let mailbox = node.follow("ada", Start::Head, 1 << 20).await;
    node.say(2).await;
    drop(node.held());
    let checks = tokio::spawn(node.hub.clone().check_heads(Duration::from_secs(2)));
    let repairs = tokio::spawn(node.hub.clone().repair_holes());
    mailbox.wait().await;
    let mut got = offsets(&mailbox);
    while got.len() < 2 {
        mailbox.wait().await;
        got.extend(offsets(&mailbox));
    }
    assert_eq!(got, [BEFORE + 1, BEFORE + 2]);
    checks.abort();
    repairs.abort();
}

#[tokio::test]
async fn a_client_that_returns_gets_all_it_missed_in_pages() {
    let node = Node::new().await;
    node.say(450).await;
    drop(node.held());
    let mailbox = node.follow("ada", Start::After(chinwag_chat::Rev(BEFORE)), 1 << 20).await;
    let mut got = offsets(&mailbox);
    assert!(got.len() > 100, "the first page comes with the reply");
    while mailbox.is_behind() {
        node.hub.catch_up(&mailbox).await.unwrap();
        got.extend(offsets(&mailbox));
    }
    assert_eq!(got, (BEFORE + 1..=BEFORE + 450).collect::<Vec<_>>());
    node.say(1).await;
    node.let_through();
    assert_eq!(offsets(&mailbox), [BEFORE + 451], "live from here on");
}

#[tokio::test]
async fn a_reader_that_falls_behind_costs_no_more_than_its_mailbox_and_gets_everything() {
    let node = Node::new().await;
    let (slow, quick) =
        (node.follow("ada", Start::Head, 2_000).await, node.follow("bob", Start::Head, 1 << 20).await);
    node.say(300).await;
    node.let_through();
    assert!(slow.queued_bytes() < 3_000 && slow.is_behind());
    assert_eq!(offsets(&quick).len(), 300, "nobody waits for it");
    let mut got = offsets(&slow);
    while slow.is_behind() {
        node.hub.catch_up(&slow).await.unwrap();
        assert!(slow.queued_bytes() < 3_000);
        got.extend(offsets(&slow));
    }
    assert_eq!(got, (BEFORE + 1..=BEFORE + 300).collect::<Vec<_>>());
}

#[tokio::test]
async fn whoever_leaves_gets_their_leave_and_nothing_after_it() {
    let node = Node::new().await;
    let bob = node.follow("bob", Start::Head, 1 << 20).await;
    node.chat.remove_member(node.room, &node.ada, "bob".parse().unwrap()).await.unwrap();
    node.say(1).await;
    node.let_through();
    let (got, notices) = open(&bob);
    assert_eq!(got, [BEFORE + 1]);
    assert!(matches!(notices[..], [Notice::Dropped(..)]));
}

#[tokio::test]
async fn whoever_leaves_while_behind_gets_what_came_before_and_nothing_after() {
    let node = Node::new().await;
    let bob = node.follow("bob", Start::Head, 1).await;
    node.say(5).await;
    node.chat.remove_member(node.room, &node.ada, "bob".parse().unwrap()).await.unwrap();
    node.say(5).await;
    node.let_through();
    let (mut got, mut notices) = open(&bob);
    while bob.is_behind() {
        node.hub.catch_up(&bob).await.unwrap();
        let more = open(&bob);
        got.extend(more.0);
        notices.extend(more.1);
    }
    assert_eq!(got, (BEFORE + 1..=BEFORE + 6).collect::<Vec<_>>());
    assert!(matches!(notices[..], [Notice::Dropped(..)]));
}

#[tokio::test]
async fn a_position_of_another_log_is_said_to_be_gone() {
    let node = Node::new().await;
    let mailbox = node.follow("ada", Start::Head, 1 << 20).await;
    let start = Start::After(chinwag_chat::Rev(900));
    let wish = Follow { channel: node.channel(), start, by_server: false, join_leave: false, in_reply: true };
    let followed = node.hub.follow(&mailbox, vec![wish]).await.unwrap();
    assert!(followed[0].page.is_none());
    assert_eq!(followed[0].head.0, BEFORE);
}

#[tokio::test]
async fn a_room_that_is_not_followed_tells_only_its_newest_head() {
    let node = Node::new().await;
    let mailbox = node.follow("ada", Start::HeadOnly, 1 << 20).await;
    node.say(3).await;
    node.let_through();
    let mail = mailbox.take();
    assert!(mail.messages.is_empty());
    assert_eq!(mail.heads.len(), 1);
    assert_eq!((mail.heads[0].1.seq.0, mail.heads[0].1.rev.0), (3, BEFORE + 3));
}

/// The first here to be interested in a room may be one who wants only its head, and nobody else waits for that.
#[tokio::test]
async fn a_room_whose_head_nobody_here_knew_tells_it_too() {
    let node = Node::new().await;
    let id = node.hub.next_connection_id();
    let mailbox = Arc::new(Mailbox::new(id, owner("ada", id.0), 1 << 20));
    node.hub.register(&mailbox);
    assert!(node.hub.follow_head(&mailbox, &node.channel()));
    node.hub.check_uncertain().await.unwrap();
    node.say(1).await;
    node.let_through();
    let heads = mailbox.take().heads;
    assert_eq!(heads.iter().map(|(_, head)| head.rev.0).collect::<Vec<_>>(), [BEFORE + 1]);
}

#[tokio::test]
async fn state_reaches_the_others_and_leaves_no_trace() {
    let node = Node::new().await;
    let (ada, bob) =
        (node.follow("ada", Start::Head, 1 << 20).await, node.follow("bob", Start::Head, 1 << 20).await);
    let user = node.chat.store().user(&node.ada).await.unwrap().unwrap();
    node.chat.typing(node.room, &user).await.unwrap();
    node.let_through();
    assert!(ada.take().is_empty(), "one's own typing is no news");
    assert_eq!(offsets(&bob), [0]);
    let event = Arc::new(StateEvent::PresenceChanged {
        online: vec![node.ada.clone()],
        offline: vec![],
        changed: vec![],
    });
    node.hub.on_hint(Hint::State(node.channel(), event));
    assert_eq!(offsets(&bob), [0]);
}

#[tokio::test]
async fn a_crowd_is_told_who_types_but_not_who_comes_and_goes() {
    let node = Node::new().await;
    let presence = PresenceConfig { max_followers: 1, ..PresenceConfig::default() };
    let config = HubConfig { presence, ..HubConfig::default() };
    let hub = Hub::new(node.chat.store().clone(), node.bus.clone(), config);
    let mut mailboxes = vec![];
    for number in 1..=2 {
        let mailbox = Arc::new(Mailbox::new(hub.next_connection_id(), owner("bob", number), 1 << 20));
        hub.register(&mailbox);
        hub.follow(&mailbox, vec![from_head(node.channel())]).await.unwrap();
        assert!(hub.activate(mailbox.id(), &node.channel()));
        mailboxes.push(mailbox);
    }
    let event = Arc::new(StateEvent::PresenceChanged {
        online: vec![node.ada.clone()],
        offline: vec![],
        changed: vec![],
    });
    hub.on_hint(Hint::State(node.channel(), event));
    assert!(mailboxes.iter().all(|mailbox| mailbox.take().is_empty()));
    let user = node.chat.store().user(&node.ada).await.unwrap().unwrap();
    node.chat.typing(node.room, &user).await.unwrap();
    for hint in node.held() {
        hub.on_hint(hint);
    }
    assert!(mailboxes.iter().all(|mailbox| offsets(mailbox) == [0]));
}

#[tokio::test]
async fn a_channel_that_is_only_said_to_have_moved_is_read_from_the_store() {
    let node = Node::new().await;
    let mailbox = node.follow("bob", Start::Head, 1 << 20).await;
    node.say(2).await;
    for hint in node.held() {
        if let Hint::Changed(change) = hint {
            node.hub.on_hint(Hint::Moved(change.channel(), Head { seq: Seq(0), rev: change.rev() }));
        }
    }
    assert!(mailbox.take().is_empty());
    node.hub.repair(&node.channel()).await.unwrap();
    assert_eq!(offsets(&mailbox), [BEFORE + 1, BEFORE + 2]);
}

#[tokio::test]
async fn a_revoked_session_is_told_on_all_its_connections_and_no_other() {
    let node = Node::new().await;
    let (one, two) =
        (node.follow("ada", Start::Head, 1 << 20).await, node.follow("ada", Start::Head, 1 << 20).await);
    node.hub.on_hint(Hint::SessionRevoked(one.owner().session.unwrap()));
    assert!(matches!(open(&one).1[..], [Notice::Close(_)]));
    assert!(open(&two).1.is_empty());
}

#[tokio::test]
async fn somebody_who_may_not_come_in_any_more_is_sent_away_everywhere() {
    let node = Node::new().await;
    let (one, two) =
        (node.follow("ada", Start::Head, 1 << 20).await, node.follow("ada", Start::Head, 1 << 20).await);
    node.hub.on_hint(Hint::UserDisabled("nobody".parse().unwrap()));
    assert!(open(&one).1.is_empty());
    node.hub.on_hint(Hint::UserDisabled(one.owner().user.clone()));
    assert!(matches!(open(&one).1[..], [Notice::Close(_)]) && matches!(open(&two).1[..], [Notice::Close(_)]));
}

#[tokio::test]
async fn what_nobody_follows_takes_no_memory() {
    let node = Node::new().await;
    let mailbox = node.follow("ada", Start::Head, 1 << 20).await;
    assert_eq!((node.hub.room_count(), node.hub.connection_count()), (1, 1));
    node.hub.unregister(&mailbox);
    assert_eq!((node.hub.room_count(), node.hub.connection_count()), (0, 0));
    assert!(!node.hub.registry.is_online(&node.ada));
    node.say(1).await;
    node.let_through();
    assert_eq!(node.hub.room_count(), 0);
}

#[test]
fn a_change_serialises_as_the_protocol_says() {
    let change = Change::User(chinwag_chat::UserChange {
        user: "ada".parse().unwrap(),
        rev: chinwag_chat::Rev(4),
        at: Timestamp::from_unix_ms(0),
        event: chinwag_chat::UserEvent::RoomLeft { room: RoomId::from_parts(0, 1) },
    });
    let entry = crate::Entry::new(&change, "user:ada".into());
    let json = String::from_utf8(entry.push(Encoding::Json).to_vec()).unwrap();
    assert_eq!(
        json,
        r#"{"push":{"channel":"user:ada","pub":{"data":{"rev":4,"at":"1970-01-01T00:00:00.000Z","type":"room.left","room":"00000000000000000000000001"},"offset":4}}}"#
    );
}

/// A store page can run ahead of the hints that are still on their way; those must not be delivered again.
#[tokio::test]
async fn hints_that_come_after_their_changes_were_read_from_the_store_are_no_news() {
    let node = Node::new().await;
    let live = node.follow("bob", Start::Head, 1 << 20).await;
    node.say(5).await;
    let back = node.follow("ada", Start::After(chinwag_chat::Rev(BEFORE - 1)), 1 << 20).await;
    let mut got = offsets(&back);
    node.let_through();
    while back.is_behind() {
        node.hub.catch_up(&back).await.unwrap();
    }
    got.extend(offsets(&back));
    assert_eq!(got, (BEFORE..=BEFORE + 5).collect::<Vec<_>>());
    assert_eq!(offsets(&live), (BEFORE + 1..=BEFORE + 5).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_room_that_is_followed_is_not_demoted_to_its_head() {
    let node = Node::new().await;
    let mailbox = node.follow("ada", Start::Head, 1 << 20).await;
    assert!(!node.hub.follow_head(&mailbox, &node.channel()));
    node.say(1).await;
    node.let_through();
    assert_eq!(offsets(&mailbox), [BEFORE + 1]);
}

#[tokio::test]
async fn a_join_is_told_to_the_user_also_where_its_hint_was_lost() {
    let node = Node::new().await;
    let mailbox = node.follow("bob", Start::Head, 1 << 20).await;
    let own = Channel::User("bob".parse().unwrap());
    node.hub.follow(&mailbox, vec![from_head(own.clone())]).await.unwrap();
    node.hub.activate(mailbox.id(), &own);
    let members = vec!["bob".parse().unwrap()];
    let joined = node.chat.create_room(&node.ada, RoomKind::Group, None, members).await.unwrap().room.id;
    drop(node.held());
    let heads = node.chat.store().heads(std::slice::from_ref(&own)).await.unwrap();
    node.hub.saw_head(&own, heads[0]);
    node.hub.repair(&own).await.unwrap();
    assert!(open(&mailbox).1.contains(&Notice::Joined(joined, chinwag_chat::Rev(3))));
}

#[tokio::test]
async fn whoever_comes_while_the_node_sends_its_clients_away_is_sent_away_too() {
    let node = Node::new().await;
    node.hub.close_all(chinwag_protocol::DisconnectCode::Shutdown);
    let mailbox = node.follow("ada", Start::Head, 1 << 20).await;
    assert!(matches!(open(&mailbox).1[..], [Notice::Close(_)]));
}
