//! Presence that the bus has lost.

use chinwag_chat::HintSink as _;

use super::*;

/// Others had the time to come back, and those who were lost are told again.
const AFTER_LOSS: Duration = Duration::from_secs(12);

#[tokio::test(start_paused = true)]
async fn what_was_told_while_the_bus_was_away_is_told_again_once_it_is_back() {
    let world = World::new().await;
    let north = world.node("north").await;
    let ada = north.connect("ada");
    north.connect("bob");
    sleep(SOON).await;
    assert_eq!(world.told(), came(&["ada", "bob"]));
    north.hub.unregister(&ada);
    sleep(GRACE + SOON).await;
    assert_eq!(world.told(), went(&["ada"]), "which nobody heard");
    north.hub.on_loss();
    sleep(AFTER_LOSS).await;
    let both = |of: &[&str]| of.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(world.told(), [(both(&["bob"]), both(&["ada"]))], "the latest of each, once");
    sleep(GRACE + SOON).await;
    assert_eq!(world.told(), nothing());
}

#[tokio::test(start_paused = true)]
async fn what_holds_no_more_is_not_told_again() {
    let world = World::new().await;
    let (mut north, south) = (world.node("north").await, world.node("south").await);
    let ada = north.connect("ada");
    sleep(SOON).await;
    assert_eq!(world.told(), came(&["ada"]));
    // Whoever finds out that she went, it is not north.
    north.hub.unregister(&ada);
    sleep(SOON).await;
    north.stop();
    sleep(GRACE + SOON).await;
    assert_eq!(world.told(), went(&["ada"]));
    north.run();
    sleep(SOON).await;
    north.hub.on_loss();
    sleep(AFTER_LOSS).await;
    assert_eq!(world.told(), nothing());
    south.hub.on_loss();
    sleep(AFTER_LOSS).await;
    assert_eq!(world.told(), went(&["ada"]));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_asked_yet_is_told_again_later() {
    let world = World::new().await;
    let north = world.node("north").await;
    north.connect("ada");
    sleep(SOON).await;
    assert_eq!(world.told(), came(&["ada"]));
    world.cluster.away.store(true, Ordering::Relaxed);
    north.hub.on_loss();
    sleep(AFTER_LOSS).await;
    assert_eq!(world.told(), nothing());
    world.cluster.away.store(false, Ordering::Relaxed);
    sleep(AFTER_LOSS).await;
    assert_eq!(world.told(), came(&["ada"]));
}
