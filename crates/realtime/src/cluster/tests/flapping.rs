//! Ten thousand who cannot make up their minds.

use std::collections::HashMap;

use chinwag_chat::Entropy as _;

use super::*;

const USERS: usize = 10_000;
const MEMBERS: usize = 100;
const ROUNDS: u32 = 5;
/// How often each of them looks away and back in a round.
const FLAPS: usize = 3;

/// Rooms of a hundred; the names of all who are in them.
async fn crowd(world: &World) -> Vec<String> {
    let names: Vec<String> = (0..USERS).map(|n| format!("user{n}")).collect();
    for name in &names {
        let user = User::new(name.parse().unwrap(), name.parse().unwrap(), "x".parse().unwrap());
        world.store.create_user(NewUser { user, password: None, created_at: Fixed.now() }).await.unwrap();
    }
    let entropy = Arc::new(Counting::default());
    // The world has used the first ones for its own room.
    (0..10).for_each(|_| entropy.fill(&mut [0; 16]));
    let ids = IdSource::new(Arc::new(Fixed), entropy);
    let (store, bus) = (world.store.clone(), world.bus.clone());
    let chat = Chat::new(store, bus, Arc::new(Fixed), ids, Limits::default());
    for members in names.chunks(MEMBERS) {
        let members: Vec<UserId> = members.iter().map(|name| name.parse().unwrap()).collect();
        let (first, others) = members.split_first().unwrap();
        chat.create_room(first, RoomKind::Group, None, others.to_vec()).await.unwrap();
    }
    world.bus.0.lock().clear();
    names
}

/// How many events of presence each room was told since it was last looked, and how many people they named.
fn told(world: &World) -> HashMap<String, (u32, usize)> {
    let mut rooms: HashMap<String, (u32, usize)> = HashMap::new();
    for hint in std::mem::take(&mut *world.bus.0.lock()) {
        let Hint::State(channel, event) = hint else { continue };
        if let StateEvent::PresenceChanged { online, offline, changed } = &*event {
            let (events, named) = rooms.entry(channel.to_string()).or_default();
            *events += 1;
            *named += online.len() + offline.len() + changed.len();
        }
    }
    rooms
}

#[tokio::test(start_paused = true)]
async fn however_often_ten_thousand_look_away_a_room_hears_of_it_once_a_second() {
    let world = World::new().await;
    let names = crowd(&world).await;
    let north = world.node("north").await;
    let mailboxes: Vec<Arc<Mailbox>> = names.iter().map(|name| north.connect(name)).collect();
    sleep(SOON).await;
    let came = told(&world);
    assert_eq!(came.len(), USERS / MEMBERS);
    assert!(came.values().all(|(events, named)| *events <= 2 && *named == MEMBERS), "{came:?}");
    *world.cluster.reads.lock() = 0;
    for _ in 0..ROUNDS {
        for flap in 0..FLAPS {
            mailboxes.iter().for_each(|mailbox| north.cluster.note_activity(mailbox, flap % 2 == 1));
        }
        sleep(Duration::from_secs(1)).await;
        mailboxes.iter().for_each(|mailbox| north.cluster.note_activity(mailbox, true));
    }
    sleep(SOON).await;
    let rooms = told(&world);
    assert_eq!(rooms.len(), USERS / MEMBERS);
    // A round of the test may lie over two of the node's.
    let most = ROUNDS + 2;
    assert!(rooms.values().all(|(events, _)| *events <= most), "{rooms:?}");
    let seen = north.cluster.seen(&users(&["user0", "user9999"])).await;
    assert!(seen.iter().all(|entry| entry.presence == chinwag_chat::Presence::Online));
    // Whoever is connected here need not be asked for elsewhere.
    assert!(*world.cluster.reads.lock() <= ROUNDS, "{}", world.cluster.reads.lock());
}
