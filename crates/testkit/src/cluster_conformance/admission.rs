//! How many connections a user may have.

use chinwag_chat::cluster::{
    Admission, Counted, LiveConnection, MoreThanAllowed, NodeReport, PlacedConnection, Policy, Recorded,
    RegistryChange,
};
use futures_util::future::join_all;

use super::world::{ClusterWorld, LONG, SHORT, connection};

const fn at_most(max_per_user: u32, counted: Counted, more: MoreThanAllowed) -> Policy {
    Policy { counted, max_per_user, more }
}

/// The ids of those that had to make room; nothing where it was refused.
async fn admit(
    world: &ClusterWorld,
    node: &NodeReport,
    connection: &LiveConnection,
    policy: Policy,
) -> Option<Vec<String>> {
    match world.cluster.admit(node.incarnation, connection, policy).await.unwrap() {
        Admission::Admitted { replaced } => {
            Some(replaced.into_iter().map(|placed| placed.connection.id).collect())
        }
        Admission::Refused => None,
    }
}

/// The node's connections that have to go, once those are gone.
async fn told_to_close(world: &ClusterWorld, node: &NodeReport, gone: &[&LiveConnection]) -> Vec<String> {
    let gone = gone.iter().map(|connection| connection.id.clone()).collect();
    let change = RegistryChange { gone, ..RegistryChange::default() };
    match world.cluster.record(node.incarnation, &change).await.unwrap() {
        Recorded::Taken { replaced, .. } => replaced,
        Recorded::NotThere => panic!("{} is not there", node.name),
    }
}

/// Twenty at once on two nodes.
pub async fn no_more_get_in_than_may_wherever_they_knock(world: &ClusterWorld) {
    let nodes = [world.node("north", LONG).await, world.node("south", LONG).await];
    let three = at_most(3, Counted::Connections, MoreThanAllowed::Reject);
    let knocking = (0..20).map(|n| {
        let node = &nodes[n % 2];
        async move { admit(world, node, &connection(&format!("{n}"), "ada", None), three).await }
    });
    let admitted = join_all(knocking).await.into_iter().flatten().count();
    assert_eq!(admitted, 3);
    assert_eq!(world.found("ada").await.len(), 3);
    let other = admit(world, &nodes[0], &connection("b", "bob", None), three).await;
    assert_eq!(other, Some(vec![]), "everybody has their own");
    let leaving = connection(&world.found("ada").await[0].1, "ada", None);
    world.record(&nodes[0], &[], &[&leaving]).await;
    assert_eq!(admit(world, &nodes[1], &connection("x", "ada", None), three).await, Some(vec![]));
}

/// It is named, and its node is told so until it is gone.
pub async fn the_oldest_makes_room(world: &ClusterWorld) {
    let (north, south) = (world.node("north", LONG).await, world.node("south", LONG).await);
    let two = at_most(2, Counted::Connections, MoreThanAllowed::Replace);
    let first = connection("z", "ada", Some(1));
    assert_eq!(admit(world, &north, &first, two).await, Some(vec![]));
    assert_eq!(admit(world, &south, &connection("y", "ada", Some(2)), two).await, Some(vec![]));
    let third = world.cluster.admit(south.incarnation, &connection("x", "ada", Some(3)), two).await.unwrap();
    let gone = PlacedConnection { node: north.name.clone(), connection: first.clone() };
    assert_eq!(third, Admission::Admitted { replaced: vec![gone] });
    for _ in 0..2 {
        assert_eq!(told_to_close(world, &north, &[]).await, ["z"]);
        assert!(told_to_close(world, &south, &[]).await.is_empty());
    }
    assert!(told_to_close(world, &north, &[&first]).await.is_empty());
    let one = at_most(1, Counted::Connections, MoreThanAllowed::Replace);
    let gone = admit(world, &north, &connection("w", "ada", Some(4)), one).await;
    assert_eq!(gone, Some(vec!["y".to_owned(), "x".to_owned()]));
    assert_eq!(told_to_close(world, &south, &[]).await, ["y", "x"]);
}

/// A browser with many tabs is one device.
pub async fn a_session_counts_once_and_goes_as_a_whole(world: &ClusterWorld) {
    let (north, south) = (world.node("north", LONG).await, world.node("south", LONG).await);
    let one = at_most(1, Counted::Sessions, MoreThanAllowed::Reject);
    for (node, id) in [(&north, "1"), (&south, "2"), (&north, "3")] {
        assert_eq!(admit(world, node, &connection(id, "ada", Some(1)), one).await, Some(vec![]));
    }
    assert_eq!(admit(world, &north, &connection("4", "ada", Some(2)), one).await, None);
    assert_eq!(admit(world, &north, &connection("5", "ada", None), one).await, None);
    let replace = at_most(1, Counted::Sessions, MoreThanAllowed::Replace);
    let gone = admit(world, &south, &connection("6", "ada", Some(2)), replace).await;
    assert_eq!(gone, Some(vec!["1".to_owned(), "2".to_owned(), "3".to_owned()]));
}

/// Whoever was on it has to get in elsewhere.
pub async fn the_connections_of_a_dead_node_do_not_count(world: &ClusterWorld) {
    let (north, south) = (world.node("north", SHORT).await, world.node("south", LONG).await);
    let one = at_most(1, Counted::Connections, MoreThanAllowed::Reject);
    assert_eq!(admit(world, &north, &connection("1", "ada", None), one).await, Some(vec![]));
    world.dies(&north).await;
    assert_eq!(admit(world, &south, &connection("2", "ada", None), one).await, Some(vec![]));
}

/// The answer may have been lost.
pub async fn asking_again_for_the_same_connection_needs_no_more_room(world: &ClusterWorld) {
    let north = world.node("north", LONG).await;
    let one = at_most(1, Counted::Connections, MoreThanAllowed::Reject);
    for _ in 0..2 {
        assert_eq!(admit(world, &north, &connection("1", "ada", None), one).await, Some(vec![]));
    }
}
