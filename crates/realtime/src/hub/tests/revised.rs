//! Messages that say something else since: what they said before is told to nobody again, however it was kept.

use std::sync::atomic::Ordering;

use chinwag_chat::Rev;

use super::watched_store::WatchedStore;
use super::*;

impl Node {
    async fn write(&self, text: &str) -> Seq {
        let message = plain("written".parse().unwrap(), text);
        self.chat.post(self.room, &self.ada, message).await.unwrap().message.seq
    }

    /// All that a client gets which comes back at a position.
    async fn replayed(&self, hub: &Hub, position: u64) -> String {
        let mailbox = Arc::new(Mailbox::new(hub.next_connection_id(), owner("bob", 9), 1 << 24));
        hub.register(&mailbox);
        let start = Start::After(Rev(position));
        let wish =
            Follow { channel: self.channel(), start, by_server: true, join_leave: false, in_reply: true };
        let followed = hub.follow(&mailbox, vec![wish]).await.unwrap();
        let page = followed[0].page.as_ref().unwrap();
        let text = page.iter().map(|entry| String::from_utf8_lossy(&entry.publication().data).into_owned());
        let text = text.collect();
        hub.unregister(&mailbox);
        text
    }
}

#[tokio::test]
async fn who_comes_back_hears_nothing_of_what_was_deleted_while_the_room_was_followed() {
    let node = Node::new().await;
    let _follower = node.follow("bob", Start::Head, 1 << 20).await;
    let seq = node.write("secret").await;
    node.say(3).await;
    node.let_through();
    assert!(node.replayed(&node.hub, BEFORE).await.contains("secret"));
    node.chat.delete(node.room, &node.ada, seq).await.unwrap();
    node.let_through();
    let replayed = node.replayed(&node.hub, BEFORE).await;
    assert!(!replayed.contains("secret") && replayed.contains("message.deleted"), "{replayed}");
    // Now from memory.
    let again = node.replayed(&node.hub, BEFORE).await;
    assert_eq!(again, replayed);
}

#[tokio::test]
async fn nor_of_what_has_outlived_its_time() {
    let node = Node::new().await;
    let _follower = node.follow("bob", Start::Head, 1 << 20).await;
    let last = node.write("secret").await;
    node.let_through();
    let head = node.hub.with(&node.channel(), |state| state.feed.head()).flatten().unwrap();
    node.say(3).await;
    node.let_through();
    assert!(node.replayed(&node.hub, BEFORE).await.contains("secret"));
    let (store, at) = (node.chat.store(), Timestamp::from_unix_ms(i64::MAX / 2));
    let removed = store.trim(node.room, at, usize::try_from(last.0).unwrap(), at).await.unwrap();
    assert_eq!(removed, last.0);
    node.let_through();
    let replayed = node.replayed(&node.hub, head.0).await;
    assert!(!replayed.contains("secret") && replayed.contains("messages.removed"), "{replayed}");
    // Whoever was there before has nothing to go on from.
    let mailbox = Arc::new(Mailbox::new(node.hub.next_connection_id(), owner("bob", 9), 1 << 20));
    node.hub.register(&mailbox);
    let start = Start::After(Rev(BEFORE));
    let wish = Follow { channel: node.channel(), start, by_server: true, join_leave: false, in_reply: true };
    let followed = node.hub.follow(&mailbox, vec![wish]).await.unwrap();
    assert!(followed[0].page.is_none());
}

#[tokio::test]
async fn nor_of_what_was_edited_while_nobody_followed_the_room() {
    let node = Node::new().await;
    let follower = node.follow("bob", Start::Head, 1 << 20).await;
    let seq = node.write("secret").await;
    node.say(3).await;
    node.let_through();
    node.hub.unregister(&follower);
    node.chat.edit(node.room, &node.ada, seq, "harmless".to_owned()).await.unwrap();
    node.held();
    let replayed = node.replayed(&node.hub, BEFORE).await;
    assert!(!replayed.contains("secret") && replayed.contains("harmless"), "{replayed}");
}

#[tokio::test]
async fn an_edit_leaves_what_has_nothing_to_do_with_it_in_memory() {
    let node = Node::new().await;
    let store = Arc::new(WatchedStore::new(node.chat.store().clone()));
    let hub = Hub::new(store.clone(), node.bus.clone(), HubConfig::default());
    let follower = Arc::new(Mailbox::new(hub.next_connection_id(), owner("bob", 1), 1 << 24));
    hub.register(&follower);
    hub.follow(&follower, vec![from_head(node.channel())]).await.unwrap();
    assert!(hub.activate(follower.id(), &node.channel()));
    let seq = node.write("before").await;
    node.say(20).await;
    node.chat.edit(node.room, &node.ada, seq, "after".to_owned()).await.unwrap();
    for hint in node.held() {
        hub.on_hint(hint);
    }
    store.reads();
    let replayed = node.replayed(&hub, BEFORE + 1).await;
    assert!(replayed.contains("message 1\"") && replayed.contains("message.edited"), "{replayed}");
    assert_eq!(store.reads(), (0, 0));
    assert!(!node.replayed(&hub, BEFORE).await.contains("before"));
    assert_eq!(store.reads().0, 1);
    assert!(!store.away.load(Ordering::Relaxed));
}
