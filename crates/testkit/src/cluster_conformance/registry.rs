//! Who is connected where.

use chinwag_chat::cluster::{LiveConnection, PlacedConnection, Recorded, RegistryChange, Whose};

use super::world::{ClusterWorld, LONG, connection, users};

/// With all that was said of them.
pub async fn connections_are_found_by_user_and_by_session_the_oldest_first(world: &ClusterWorld) {
    let (north, south) = (world.node("north", LONG).await, world.node("south", LONG).await);
    let old = connection("9", "ada", Some(1));
    let (new, other) = (connection("1", "ada", Some(2)), connection("5", "bob", None));
    world.record(&south, &[&old], &[]).await;
    world.record(&north, &[&other], &[]).await;
    world.record(&north, &[&new], &[]).await;
    let placed = |node: &str, connection: &LiveConnection| PlacedConnection {
        node: node.parse().unwrap(),
        connection: connection.clone(),
    };
    let of = async |whose, limit| world.cluster.connections(whose, limit).await.unwrap();
    let (ada, both) = (users(&["ada"]), users(&["bob", "ada", "nobody"]));
    assert_eq!(of(Whose::Users(&ada), 10).await, [placed("south", &old), placed("north", &new)]);
    assert_eq!(of(Whose::Users(&ada), 1).await, [placed("south", &old)]);
    assert_eq!(of(Whose::Users(&both), 10).await.len(), 3);
    let sessions = [new.session.unwrap()];
    assert_eq!(of(Whose::Sessions(&sessions), 10).await, [placed("north", &new)]);
    assert!(of(Whose::Sessions(&[]), 10).await.is_empty());
}

/// An answer may have been lost.
pub async fn what_is_said_twice_counts_once(world: &ClusterWorld) {
    let north = world.node("north", LONG).await;
    let (first, second) = (connection("1", "ada", None), connection("2", "ada", None));
    for _ in 0..2 {
        world.record(&north, &[&first, &second], &[]).await;
    }
    assert_eq!(world.found("ada").await.len(), 2);
    for _ in 0..2 {
        world.record(&north, &[], &[&first]).await;
    }
    assert_eq!(world.found("ada").await, [("north".to_owned(), "2".to_owned())]);
}

/// Of that node only.
pub async fn saying_everything_afresh_forgets_the_rest(world: &ClusterWorld) {
    let (north, south) = (world.node("north", LONG).await, world.node("south", LONG).await);
    let (kept, lost) = (connection("1", "ada", None), connection("2", "bob", None));
    world.record(&north, &[&kept, &lost], &[]).await;
    world.record(&south, &[&connection("3", "bob", None)], &[]).await;
    let all = RegistryChange { afresh: true, came: vec![kept], gone: vec![] };
    let recorded = world.cluster.record(north.incarnation, &all).await.unwrap();
    assert_eq!(recorded, Recorded::Taken { online: vec![], replaced: vec![] });
    assert_eq!(world.found("ada").await, [("north".to_owned(), "1".to_owned())]);
    assert_eq!(world.found("bob").await, [("south".to_owned(), "3".to_owned())]);
}

/// A node that comes back has all of its own to say.
pub async fn ten_thousand_connections_are_taken_down_in_one_go(world: &ClusterWorld) {
    let north = world.node("north", LONG).await;
    let came: Vec<_> = (0..10_000).map(|n| connection(&n.to_string(), &format!("u{n}"), Some(n))).collect();
    let gone = came.iter().map(|connection| connection.id.clone()).collect();
    let all = RegistryChange { afresh: true, came, gone: vec![] };
    match world.cluster.record(north.incarnation, &all).await.unwrap() {
        Recorded::Taken { online, .. } => assert_eq!(online.len(), 10_000),
        Recorded::NotThere => panic!("not there"),
    }
    let none = RegistryChange { afresh: false, came: vec![], gone };
    world.cluster.record(north.incarnation, &none).await.unwrap();
    assert_eq!(world.settled(std::time::Duration::ZERO).await.len(), 10_000);
}

/// Nothing is taken down for a node that nobody would clean up after.
pub async fn a_node_that_is_not_there_is_told_so(world: &ClusterWorld) {
    let never = world.report("north");
    let change = RegistryChange { came: vec![connection("1", "ada", None)], ..RegistryChange::default() };
    assert_eq!(world.cluster.record(never.incarnation, &change).await.unwrap(), Recorded::NotThere);
    assert!(world.found("ada").await.is_empty() && !world.is_online("ada").await);
}
