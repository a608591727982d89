//! Names, leases, wishes, the secret.

use chinwag_chat::cluster::{ClusterSecret, NodePhase, NodeReport, Standing, Wish};

use super::world::{ClusterWorld, LONG, SHORT};

/// The first time it joins; from then on only its lease grows.
pub async fn a_node_joins_once_and_then_keeps_its_lease(world: &ClusterWorld) {
    let north = world.node("north", LONG).await;
    for _ in 0..2 {
        assert_eq!(world.cluster.renew(&north, LONG).await.unwrap(), Standing::Kept { wish: None });
    }
    let nodes = world.cluster.nodes().await.unwrap();
    assert_eq!(nodes.len(), 1);
    assert!(nodes[0].is_live() && nodes[0].lease_left <= LONG && nodes[0].silent < LONG);
}

/// The other is told where the name is in use; once the lease has run out, the name is free.
pub async fn a_name_belongs_to_one_live_node(world: &ClusterWorld) {
    let first = world.node("north", SHORT).await;
    let second = world.report("north");
    match world.cluster.renew(&second, LONG).await.unwrap() {
        Standing::NameTaken { address, lease_left } => {
            assert_eq!(address, first.address);
            assert!(lease_left <= SHORT);
        }
        other => panic!("{other:?}"),
    }
    world.node("south", LONG).await;
    world.dies(&first).await;
    assert_eq!(world.cluster.renew(&second, LONG).await.unwrap(), Standing::Joined);
    // And whoever had it and was only asleep is refused in turn.
    assert!(matches!(world.cluster.renew(&first, LONG).await.unwrap(), Standing::NameTaken { .. }));
}

/// A restart need not wait for the lease.
pub async fn a_node_that_left_gives_its_name_back_at_once(world: &ClusterWorld) {
    let first = world.node("north", LONG).await;
    world.cluster.leave(first.incarnation).await.unwrap();
    assert!(world.cluster.nodes().await.unwrap().is_empty());
    world.node("north", LONG).await;
    world.cluster.leave(first.incarnation).await.unwrap();
    assert_eq!(world.cluster.nodes().await.unwrap().len(), 1, "leaving twice harms nobody else");
}

/// For the operator, and for nodes that look for another.
pub async fn nodes_are_listed_by_name_with_what_they_said_last(world: &ClusterWorld) {
    let south = world.node("south", LONG).await;
    let north = world.node("north", LONG).await;
    let later = NodeReport { phase: NodePhase::Draining, connections: 3, ..south };
    world.cluster.renew(&later, LONG).await.unwrap();
    let nodes = world.cluster.nodes().await.unwrap();
    assert_eq!(nodes.into_iter().map(|node| node.report).collect::<Vec<_>>(), [north, later]);
}

/// The answer that carried it may have been lost on its way.
pub async fn a_wish_is_told_until_it_is_heard(world: &ClusterWorld) {
    let mut north = world.node("north", LONG).await;
    assert!(world.cluster.ask(&north.name, Wish::Shed(5)).await.unwrap());
    let mut numbers = vec![];
    for _ in 0..2 {
        let Standing::Kept { wish: Some((number, wish)) } = world.cluster.renew(&north, LONG).await.unwrap()
        else {
            panic!("the wish is gone before it was heard");
        };
        assert_eq!(wish, Wish::Shed(5));
        numbers.push(number);
    }
    assert_eq!(numbers[0], numbers[1]);
    north.heard_wish = numbers[0];
    assert_eq!(world.cluster.renew(&north, LONG).await.unwrap(), Standing::Kept { wish: None });
    assert!(!world.cluster.ask(&"nobody".parse().unwrap(), Wish::Drain).await.unwrap());
}

/// And is heard although the node has heard one before.
pub async fn a_later_wish_replaces_one_that_was_not_heard(world: &ClusterWorld) {
    let mut north = world.node("north", LONG).await;
    world.cluster.ask(&north.name, Wish::Shed(1)).await.unwrap();
    if let Standing::Kept { wish: Some((number, _)) } = world.cluster.renew(&north, LONG).await.unwrap() {
        north.heard_wish = number;
    }
    world.cluster.ask(&north.name, Wish::Shed(2)).await.unwrap();
    world.cluster.ask(&north.name, Wish::Drain).await.unwrap();
    let standing = world.cluster.renew(&north, LONG).await.unwrap();
    assert!(matches!(standing, Standing::Kept { wish: Some((_, Wish::Drain)) }), "{standing:?}");
}

/// All nodes have to agree, however many start at once.
pub async fn the_secret_is_the_one_that_was_proposed_first(world: &ClusterWorld) {
    let first = world.cluster.secret(ClusterSecret([1; 32])).await.unwrap();
    assert_eq!(first, ClusterSecret([1; 32]));
    assert_eq!(world.cluster.secret(ClusterSecret([2; 32])).await.unwrap(), first);
}
