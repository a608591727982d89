//! Who is online, and who hears of it.

use std::time::Duration;

use chinwag_chat::cluster::{LiveConnection, Recorded, RegistryChange, Standing};

use super::world::{ClusterWorld, LONG, SHORT, connection, users};

fn nobody_new() -> Recorded {
    Recorded::Taken { online: vec![], replaced: vec![] }
}

const GRACE: Duration = Duration::from_millis(200);

/// However many connections a user opens, and wherever.
pub async fn coming_is_news_once(world: &ClusterWorld) {
    let (north, south) = (world.node("north", LONG).await, world.node("south", LONG).await);
    let (first, second) = (connection("1", "ada", None), connection("2", "ada", None));
    assert!(!world.is_online("ada").await);
    assert_eq!(world.record(&north, &[&first, &second], &[]).await, users(&["ada"]));
    assert!(world.is_online("ada").await && !world.is_online("bob").await);
    assert!(world.record(&south, &[&connection("3", "ada", None)], &[]).await.is_empty());
    assert!(world.record(&north, &[&first], &[]).await.is_empty());
}

/// Until then the user is online: a page that is reloaded is no news.
pub async fn going_is_news_once_and_after_the_grace_time(world: &ClusterWorld) {
    let north = world.node("north", LONG).await;
    let only = connection("1", "ada", None);
    world.record(&north, &[&only], &[]).await;
    world.record(&north, &[], &[&only]).await;
    assert!(world.cluster.settle(LONG).await.unwrap().is_empty());
    assert!(world.is_online("ada").await);
    assert_eq!(world.settled(GRACE).await, users(&["ada"]));
    assert!(!world.is_online("ada").await);
    assert!(world.cluster.settle(Duration::ZERO).await.unwrap().is_empty());
    assert_eq!(world.record(&north, &[&only], &[]).await, users(&["ada"]), "back again is news");
}

/// Whichever comes last.
pub async fn a_user_on_two_nodes_is_online_until_both_are_left(world: &ClusterWorld) {
    let (north, south) = (world.node("north", LONG).await, world.node("south", LONG).await);
    let (here, there) = (connection("1", "ada", None), connection("2", "ada", None));
    world.record(&north, &[&here], &[]).await;
    world.record(&south, &[&there], &[]).await;
    world.record(&north, &[], &[&here]).await;
    assert!(world.cluster.settle(Duration::ZERO).await.unwrap().is_empty());
    world.record(&south, &[], &[&there]).await;
    assert_eq!(world.settled(GRACE).await, users(&["ada"]));
}

/// Neither that they went nor that they came.
pub async fn a_user_who_moves_to_another_node_in_time_is_no_news(world: &ClusterWorld) {
    let (north, south) = (world.node("north", LONG).await, world.node("south", LONG).await);
    let (here, there) = (connection("1", "ada", None), connection("2", "ada", None));
    world.record(&north, &[&here], &[]).await;
    world.record(&north, &[], &[&here]).await;
    assert!(world.cluster.settle(LONG).await.unwrap().is_empty());
    assert!(world.record(&south, &[&there], &[]).await.is_empty());
    assert!(world.cluster.settle(Duration::ZERO).await.unwrap().is_empty());
}

/// However many nodes notice it at once; and not those who have come to another node by then.
pub async fn the_users_of_a_dead_node_go_offline_once(world: &ClusterWorld) {
    let (north, south) = (world.node("north", SHORT).await, world.node("south", LONG).await);
    world.record(&north, &[&connection("1", "ada", None), &connection("2", "bob", None)], &[]).await;
    world.record(&south, &[&connection("3", "bob", None)], &[]).await;
    world.dies(&north).await;
    assert!(world.cluster.settle(LONG).await.unwrap().is_empty());
    assert!(world.is_online("ada").await, "the grace time begins with the death");
    assert!(world.found("ada").await.is_empty());
    let settling = (0..8).map(|_| world.cluster.settle(Duration::ZERO));
    let news: Vec<_> = futures_util::future::try_join_all(settling).await.unwrap().concat();
    assert_eq!(news, users(&["ada"]));
    assert_eq!(world.found("bob").await, [("south".to_owned(), "3".to_owned())]);
}

/// So that a restart in good order does not flap anybody.
pub async fn the_users_of_a_node_that_left_are_online_for_the_grace_time(world: &ClusterWorld) {
    let (north, south) = (world.node("north", LONG).await, world.node("south", LONG).await);
    world.record(&north, &[&connection("1", "ada", None), &connection("2", "bob", None)], &[]).await;
    world.cluster.leave(north.incarnation).await.unwrap();
    assert!(world.found("ada").await.is_empty());
    assert!(world.cluster.settle(LONG).await.unwrap().is_empty());
    assert!(world.record(&south, &[&connection("3", "ada", None)], &[]).await.is_empty());
    assert_eq!(world.settled(GRACE).await, users(&["bob"]));
    assert!(world.is_online("ada").await);
}

/// A process that was stopped for longer than its lease.
pub async fn a_dead_node_that_comes_back_says_everything_again(world: &ClusterWorld) {
    let north = world.node("north", SHORT).await;
    world.node("south", LONG).await;
    let ada = connection("1", "ada", None);
    world.record(&north, &[&ada], &[]).await;
    world.dies(&north).await;
    world.cluster.settle(LONG).await.unwrap();
    let all = RegistryChange { afresh: true, came: vec![ada.clone()], gone: vec![] };
    assert_eq!(world.cluster.record(north.incarnation, &all).await.unwrap(), Recorded::NotThere);
    assert_eq!(world.cluster.renew(&north, LONG).await.unwrap(), Standing::Joined);
    assert_eq!(world.cluster.record(north.incarnation, &all).await.unwrap(), nobody_new());
    assert!(world.cluster.settle(Duration::ZERO).await.unwrap().is_empty());
    assert_eq!(world.found("ada").await, [("north".to_owned(), "1".to_owned())]);
}

/// One device that is used is enough, on whatever node; and whoever is not connected is not idle.
pub async fn a_user_is_idle_while_all_of_their_connections_are(world: &ClusterWorld) {
    let (north, south) = (world.node("north", LONG).await, world.node("south", LONG).await);
    let active = |id: &str, user: &str| connection(id, user, None);
    let idle = |id: &str, user: &str| LiveConnection { idle: true, ..active(id, user) };
    let idle_users = async || world.cluster.idle(&users(&["ada", "bob"])).await.unwrap();
    world.record(&north, &[&active("1", "ada"), &active("2", "bob")], &[]).await;
    world.record(&south, &[&active("3", "ada")], &[]).await;
    assert!(idle_users().await.is_empty());
    assert!(world.record(&north, &[&idle("1", "ada"), &idle("2", "bob")], &[]).await.is_empty());
    assert_eq!(idle_users().await, users(&["bob"]));
    world.record(&south, &[&idle("3", "ada")], &[]).await;
    assert_eq!(idle_users().await.len(), 2);
    world.record(&north, &[&active("1", "ada")], &[&idle("2", "bob")]).await;
    assert!(idle_users().await.is_empty());
}
