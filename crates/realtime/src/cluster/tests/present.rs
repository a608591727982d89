//! Who is in a channel on all nodes.

use tokio::time::timeout;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_question_about_one_channel_that_is_not_answered_does_not_hold_up_those_about_others() {
    let world = World::new().await;
    let (north, south) = (world.node("north").await, world.node("south").await);
    south.connect("bob");
    sleep(SOON).await;
    let channel = |user: &str| Channel::User(user.parse().unwrap());
    *world.cluster.silent_about.lock() = Some("ada".parse().unwrap());
    let unanswered = tokio::spawn({
        let (node, channel) = (north.cluster.clone(), channel("ada"));
        async move { node.present(&channel).await }
    });
    sleep(SOON).await;
    let present = timeout(SOON, north.cluster.present(&channel("bob"))).await.expect("it is another channel");
    assert_eq!(present.iter().map(|info| info.user.as_str()).collect::<Vec<_>>(), ["bob"]);
    assert!(!unanswered.is_finished());
    unanswered.abort();
}

#[tokio::test(start_paused = true)]
async fn however_many_ask_at_once_it_is_one_question() {
    let world = World::new().await;
    let north = world.node("north").await;
    sleep(SOON).await;
    let before = *world.cluster.reads.lock();
    let channel = Channel::Room(world.room);
    let asked = futures_util::future::join_all((0..50).map(|_| north.cluster.present(&channel))).await;
    assert!(asked.iter().all(Vec::is_empty));
    assert_eq!(*world.cluster.reads.lock() - before, 1);
}
