//! Many clients at once, and many channels: what they cost the store.

use std::sync::atomic::Ordering;

use chinwag_chat::Rev;
use futures_util::future::join_all;

use super::watched_store::WatchedStore;
use super::*;

/// A node that has just started, over the store of another.
fn fresh_hub(node: &Node) -> (Arc<Hub>, Arc<WatchedStore>) {
    let store = Arc::new(WatchedStore::new(node.chat.store().clone()));
    (Arc::new(Hub::new(store.clone(), node.bus.clone(), HubConfig::default())), store)
}

fn mailbox(hub: &Hub) -> Arc<Mailbox> {
    let mailbox = Arc::new(Mailbox::new(hub.next_connection_id(), owner("bob", 1), 1 << 24));
    hub.register(&mailbox);
    mailbox
}

/// A client comes back at a position, and gets all that it missed.
async fn resume(hub: &Hub, channel: Channel, position: u64) -> Vec<u64> {
    let mailbox = mailbox(hub);
    let start = Start::After(Rev(position));
    let wish = Follow { channel: channel.clone(), start, by_server: true, join_leave: false, in_reply: true };
    let followed = hub.follow(&mailbox, vec![wish]).await.unwrap();
    let page = followed[0].page.as_ref().unwrap();
    let mut got: Vec<u64> = page.iter().map(|entry| entry.rev().0).collect();
    assert!(hub.activate(mailbox.id(), &channel));
    while mailbox.is_behind() {
        hub.catch_up(&mailbox).await.unwrap();
        got.extend(offsets(&mailbox));
    }
    got
}

#[tokio::test]
async fn a_thousand_clients_that_come_back_to_a_room_cost_two_reads() {
    let node = Node::new().await;
    node.say(300).await;
    let (hub, store) = fresh_hub(&node);
    let clients = (0..1_000).map(|_| resume(&hub, node.channel(), BEFORE + 290));
    for got in join_all(clients).await {
        assert_eq!(got, (BEFORE + 291..=BEFORE + 300).collect::<Vec<_>>());
    }
    assert_eq!(store.reads(), (1, 1));
    // And as many more that missed a little more or less: still in memory.
    let clients = (0..1_000).map(|n| resume(&hub, node.channel(), BEFORE + 200 + n % 100));
    join_all(clients).await;
    assert_eq!(store.reads(), (0, 0));
}

#[tokio::test]
async fn clients_that_missed_much_share_pages_however_many_they_are() {
    let node = Node::new().await;
    node.say(4_000).await;
    let (hub, store) = fresh_hub(&node);
    let head = BEFORE + 4_000;
    // 50 positions that have nothing to do with pages.
    let clients = (0..100).map(|n| resume(&hub, node.channel(), 1 + n % 50 * 79));
    for (n, got) in (0..).zip(join_all(clients).await) {
        assert_eq!(got, (2 + n % 50 * 79..=head).collect::<Vec<_>>());
    }
    let (pages, heads) = store.reads();
    let most = head.div_ceil(200) + 2;
    assert!(pages <= most && heads == 1, "{pages} pages of at most {most}, {heads} reads of heads");
}

#[tokio::test]
async fn who_comes_back_in_a_moment_finds_the_room_still_in_memory() {
    let node = Node::new().await;
    node.say(50).await;
    let (hub, store) = fresh_hub(&node);
    let first = mailbox(&hub);
    hub.follow(&first, vec![from_head(node.channel())]).await.unwrap();
    assert!(hub.activate(first.id(), &node.channel()));
    node.bus.0.lock().clear();
    node.say(10).await;
    for hint in node.held() {
        hub.on_hint(hint);
    }
    hub.unregister(&first);
    store.reads();
    assert_eq!(resume(&hub, node.channel(), BEFORE + 52).await.len(), 8);
    assert_eq!(store.reads(), (0, 1), "only where the room is now");
}

#[tokio::test(start_paused = true)]
async fn many_channels_with_holes_are_repaired_together_and_a_store_that_is_away_is_waited_for() {
    let node = Node::new().await;
    let (hub, store) = fresh_hub(&node);
    let mut rooms = vec![];
    for _ in 0..60 {
        let name = Some("tea".parse().unwrap());
        rooms.push(node.chat.create_room(&node.ada, RoomKind::Private, name, vec![]).await.unwrap().room.id);
    }
    let mailbox = mailbox(&hub);
    let wishes = rooms.iter().map(|room| from_head((*room).into()));
    hub.follow(&mailbox, wishes.collect()).await.unwrap();
    for room in &rooms {
        assert!(hub.activate(mailbox.id(), &(*room).into()));
        let client_id: ClientId = "lost".parse().unwrap();
        node.chat.post(*room, &node.ada, plain(client_id, "lost")).await.unwrap();
    }
    store.reads();
    store.away.store(true, Ordering::Relaxed);
    let tasks = [
        tokio::spawn(hub.clone().check_heads(Duration::from_secs(1))),
        tokio::spawn(hub.clone().repair_holes()),
    ];
    hub.on_loss();
    let began = tokio::time::Instant::now();
    tokio::time::sleep(Duration::from_secs(30)).await;
    let failures = store.failures.load(Ordering::Relaxed);
    assert!((20..=130).contains(&failures), "{failures} tries in 30 s");
    assert_eq!(offsets(&mailbox).len(), 0);

    // What was uncertain when the store went is still uncertain when it is back.
    store.away.store(false, Ordering::Relaxed);
    let back = tokio::time::Instant::now();
    let mut got = 0;
    while got < 60 {
        mailbox.wait().await;
        got += offsets(&mailbox).len();
    }
    assert!(back.elapsed() < Duration::from_secs(2), "{:?} of {:?}", back.elapsed(), began.elapsed());
    let (pages, heads) = store.reads();
    assert!(pages >= 60 && heads >= 1);
    for task in tasks {
        task.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_goes_while_holes_are_filled_is_not_asked_again_and_again() {
    let node = Node::new().await;
    let (hub, store) = fresh_hub(&node);
    let mailbox = mailbox(&hub);
    hub.follow(&mailbox, vec![from_head(node.channel())]).await.unwrap();
    assert!(hub.activate(mailbox.id(), &node.channel()));
    node.say(3).await;
    store.away.store(true, Ordering::Relaxed);
    let repairs = tokio::spawn(hub.clone().repair_holes());
    let hints = node.held();
    hub.on_hint(hints[2].clone());
    tokio::time::sleep(Duration::from_secs(20)).await;
    let failures = store.failures.load(Ordering::Relaxed);
    assert!((10..=25).contains(&failures), "{failures} tries in 20 s");
    store.away.store(false, Ordering::Relaxed);
    let mut got = vec![];
    while got.len() < 3 {
        mailbox.wait().await;
        got.extend(offsets(&mailbox));
    }
    assert_eq!(got, [BEFORE + 1, BEFORE + 2, BEFORE + 3]);
    repairs.abort();
}
