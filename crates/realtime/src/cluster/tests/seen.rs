//! As what people are seen, and who hears of it.

use chinwag_chat::{Presence, PresenceWish, Status, Timestamp};

use super::*;

impl World {
    /// As what the room was told that people are seen since it was last looked.
    fn told_changes(&self) -> Vec<(String, Presence, Option<String>)> {
        let hints = std::mem::take(&mut *self.bus.0.lock());
        let entries = hints.into_iter().filter_map(|hint| match hint {
            Hint::State(_, event) => match &*event {
                StateEvent::PresenceChanged { changed, .. } => Some(changed.clone()),
                _ => None,
            },
            _ => None,
        });
        let text = |entry: &chinwag_chat::PresenceEntry| entry.text.as_ref().map(ToString::to_string);
        entries.flatten().map(|entry| (entry.id.to_string(), entry.presence, text(&entry))).collect()
    }

    async fn wish(&self, node: &Node, user: &str, status: Status) {
        let user = user.parse().unwrap();
        self.store.set_status(&user, &status).await.unwrap();
        node.cluster.note_change(&user);
    }
}

async fn seen(node: &Node, user: &str) -> Presence {
    node.cluster.seen(&users(&[user])).await.remove(0).presence
}

#[tokio::test(start_paused = true)]
async fn a_user_is_away_when_all_devices_are_idle_on_whatever_node() {
    let world = World::new().await;
    let (north, south) = (world.node("north").await, world.node("south").await);
    let (here, there) = (north.connect("ada"), south.connect("ada"));
    sleep(SOON).await;
    world.told_changes();
    assert_eq!(seen(&south, "ada").await, Presence::Online);
    north.cluster.note_activity(&here, false);
    south.cluster.note_activity(&there, false);
    sleep(SOON).await;
    assert_eq!(seen(&north, "ada").await, Presence::Away);
    assert_eq!(world.told_changes().last(), Some(&("ada".to_owned(), Presence::Away, None)));
    south.cluster.note_activity(&there, true);
    sleep(SOON).await;
    assert_eq!(world.told_changes(), [("ada".to_owned(), Presence::Online, None)]);
    south.hub.unregister(&there);
    sleep(GRACE + SOON).await;
    assert_eq!(seen(&south, "ada").await, Presence::Away, "the one that is left is idle");
}

#[tokio::test(start_paused = true)]
async fn what_people_say_of_themselves_is_told_and_counts_until_its_end() {
    let world = World::new().await;
    let north = world.node("north").await;
    north.connect("ada");
    sleep(SOON).await;
    world.told_changes();
    let now = Fixed.now();
    let busy = |until| Status {
        presence: PresenceWish::Dnd,
        text: Some("in the lab".parse().unwrap()),
        until: Some(until),
    };
    world.wish(&north, "ada", busy(now.plus(GRACE))).await;
    sleep(SOON).await;
    let text = Some("in the lab".to_owned());
    assert_eq!(world.told_changes(), [("ada".to_owned(), Presence::Dnd, text.clone())]);
    world.wish(&north, "ada", busy(Timestamp::from_unix_ms(0))).await;
    sleep(SOON).await;
    assert_eq!(world.told_changes(), [("ada".to_owned(), Presence::Online, None)]);
    world.wish(&north, "bob", busy(now.plus(GRACE))).await;
    sleep(SOON).await;
    assert_eq!(world.told_changes(), [("bob".to_owned(), Presence::Offline, text.clone())]);
    north.connect("bob");
    sleep(SOON).await;
    assert_eq!(world.told_changes(), [("bob".to_owned(), Presence::Dnd, text)], "with their coming");
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_it_is_known_who_is_there() {
    let world = World::new().await;
    let north = world.node("north").await;
    north.connect("ada");
    sleep(SOON).await;
    world.cluster.away.store(true, Ordering::Relaxed);
    assert_eq!(seen(&north, "ada").await, Presence::Online);
}
