//! What readers notice of a store that is away, or has not what it should have: nothing but the delay.

use std::sync::atomic::Ordering;

use chinwag_chat::Rev;

use super::watched_store::WatchedStore;
use super::*;

/// Somebody who follows the node's room by a hub over a store that is watched.
struct Reader {
    hub: Arc<Hub>,
    store: Arc<WatchedStore>,
    mailbox: Arc<Mailbox>,
    /// The revs of the first page.
    got: Vec<u64>,
}

impl Reader {
    async fn follow(node: &Node, start: Start) -> Self {
        let store = Arc::new(WatchedStore::new(node.chat.store().clone()));
        let hub = Arc::new(Hub::new(store.clone(), node.bus.clone(), HubConfig::default()));
        let mailbox = Arc::new(Mailbox::new(hub.next_connection_id(), owner("bob", 1), 1 << 24));
        hub.register(&mailbox);
        let wish = Follow { start, ..from_head(node.channel()) };
        let first_page = hub.follow(&mailbox, vec![wish]).await.unwrap().remove(0).page.unwrap();
        assert!(hub.activate(mailbox.id(), &node.channel()));
        Self { hub, store, mailbox, got: first_page.iter().map(|entry| entry.rev().0).collect() }
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_behind_stays_so_while_the_store_is_away_and_gets_everything_after() {
    let node = Node::new().await;
    node.say(600).await;
    let Reader { hub, store, mailbox, mut got } = Reader::follow(&node, Start::After(Rev(BEFORE))).await;
    assert!(mailbox.is_behind());

    store.away.store(true, Ordering::Relaxed);
    let feeding = tokio::spawn({
        let (hub, mailbox) = (hub.clone(), mailbox.clone());
        async move { hub.catch_up(&mailbox).await }
    });
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(!feeding.is_finished(), "it waits for the store, however long that takes");
    let tried = store.failures.load(Ordering::Relaxed);
    assert!((30..=70).contains(&tried), "asked {tried} times in a minute");
    store.away.store(false, Ordering::Relaxed);
    feeding.await.unwrap().unwrap();
    got.extend(offsets(&mailbox));
    assert_eq!(got, (BEFORE + 1..=BEFORE + 600).collect::<Vec<_>>());
    assert!(!mailbox.is_behind());
}

/// After a failover to a standby that was behind, or where rows are gone.
#[tokio::test(start_paused = true)]
async fn a_hole_that_the_store_has_nothing_for_is_seldom_read_again_and_filled_when_it_has() {
    for (claims, most_reads) in [(BEFORE, 1), (BEFORE + 5, 8)] {
        let node = Node::new().await;
        let Reader { hub, store, mailbox, .. } = Reader::follow(&node, Start::Head).await;
        *store.claims.lock() = Some(Rev(claims));
        hub.on_hint(Hint::Moved(node.channel(), Head { rev: Rev(BEFORE + 5), ..Head::default() }));
        let checks = tokio::spawn(hub.clone().check_heads(Duration::from_secs(1))).abort_handle();
        let repairs = tokio::spawn(hub.clone().repair_holes()).abort_handle();
        tokio::time::sleep(Duration::from_secs(60)).await;
        let (reads, comparisons) = store.reads();
        assert!((1..=most_reads).contains(&reads), "read {reads} times, at {claims}");
        assert!(comparisons > 50, "compared only {comparisons} times");
        // The next change closes it, though its hint is lost.
        *store.claims.lock() = None;
        node.say(1).await;
        drop(node.held());
        mailbox.wait().await;
        assert_eq!(offsets(&mailbox), [BEFORE + 1]);
        checks.abort();
        repairs.abort();
    }
}
