//! Who gets what.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::hints::{revoked, revs, room, said, was_revoked};
use super::node::{BusServer, Node, PATIENCE, gaps};

/// Long enough for what is on its way, on a machine that has other things to do.
const A_MOMENT: Duration = Duration::from_millis(500);

/// The price of a room is paid where somebody follows it.
pub async fn a_change_reaches_who_follows_and_nobody_else<S: BusServer>() {
    let server = S::start().await;
    let (a, b, c) = (Node::join(&server).await, Node::join(&server).await, Node::join(&server).await);
    b.follow::<S>(&room(1)).await;
    c.follow::<S>(&room(2)).await;
    a.publish(said(1, 1, "for the first"));
    a.publish(said(2, 1, "for the second"));
    b.until(|told| revs(told, 1) == [1]).await;
    c.until(|told| revs(told, 2) == [1]).await;
    // All that was published before this has arrived, where it does.
    a.publish(said(2, 2, "the end"));
    c.until(|told| revs(told, 2) == [1, 2]).await;
    if S::IS_SELECTIVE {
        assert_eq!(revs(&c.told(), 1), [0; 0]);
    }
}

/// What was published before the server knew of the subscription is found in the store: the sink is told to look, once,
/// and from then on nothing is missing.
pub async fn a_confirmed_subscription_is_a_gap<S: BusServer>() {
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    for n in 1..=20 {
        b.follow::<S>(&room(n)).await;
        a.publish(said(n, 1, "at once"));
        b.until(|told| revs(told, n) == [1]).await;
    }
    if S::IS_SELECTIVE {
        assert_eq!(gaps(&b.told()), (1..=20).map(room).collect::<Vec<_>>());
    }
}

/// What nobody follows costs nothing after a while.
pub async fn a_channel_that_nobody_follows_any_more_brings_nothing<S: BusServer>() {
    let server = S::start().await;
    let (a, b, c) = (Node::join(&server).await, Node::join(&server).await, Node::join(&server).await);
    b.follow::<S>(&room(1)).await;
    c.follow::<S>(&room(1)).await;
    a.publish(said(1, 1, "hello"));
    b.until(|told| revs(told, 1) == [1]).await;
    b.unfollow(&room(1));
    if S::IS_SELECTIVE {
        until_nothing_comes(&a, &b, &c).await;
    }
    // Who follows again gets them again; what is said before the server knows is found in the store.
    b.begin_to_follow(&room(1));
    for n in 100_000.. {
        a.publish(said(1, n, "hello again"));
        if timeout(A_MOMENT, b.until(|told| revs(told, 1).contains(&n))).await.is_ok() {
            return;
        }
    }
}

/// Speaks in the room until the other node does not hear it any more, though it hears the rest and a witness hears all.
/// For a while: topics of one bus do not keep each other's order.
async fn until_nothing_comes(from: &Node, to: &Node, witness: &Node) {
    let began = Instant::now();
    let mut last_heard = began;
    for n in 2.. {
        to.forget();
        from.publish(said(1, n, "hello?"));
        witness.until(|told| revs(told, 1).contains(&n)).await;
        from.publish(revoked(u128::from(n)));
        to.until(|told| was_revoked(told, u128::from(n))).await;
        if !revs(&to.told(), 1).is_empty() {
            last_heard = Instant::now();
        }
        if last_heard.elapsed() > A_MOMENT {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "hints still come");
    }
}

/// A page that is loaded again is no reason to ask the server, or the store.
pub async fn who_comes_back_at_once_misses_nothing<S: BusServer>() {
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    b.follow::<S>(&room(1)).await;
    b.forget();
    for rev in 1..=50 {
        b.unfollow(&room(1));
        b.begin_to_follow(&room(1));
        a.publish(said(1, rev, "still there?"));
    }
    b.until(|told| revs(told, 1) == (1..=50).collect::<Vec<_>>()).await;
    assert_eq!(gaps(&b.told()), []);
}

/// A node that clients of another have come to.
pub async fn thousands_of_channels_are_followed_in_one_go<S: BusServer>() {
    const CHANNELS: u128 = 5_000;
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    for n in 0..CHANNELS {
        b.begin_to_follow(&room(n));
    }
    if S::IS_SELECTIVE {
        b.until(|told| gaps(told).len() == usize::try_from(CHANNELS).unwrap()).await;
        let different: HashSet<_> = gaps(&b.told()).into_iter().collect();
        assert_eq!(different, (0..CHANNELS).map(room).collect());
    }
    for n in 0..CHANNELS {
        a.publish(said(n, 1, "to each their own"));
    }
    // Each is looked for among thousands: count first.
    b.until(|told| told.len() >= usize::try_from(CHANNELS).unwrap() * (1 + usize::from(S::IS_SELECTIVE)))
        .await;
    let told = b.told();
    for n in [0, 1, CHANNELS / 2, CHANNELS - 1] {
        assert_eq!(revs(&told, n), [1], "room {n}");
    }
}
