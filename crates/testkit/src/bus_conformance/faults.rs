//! What becomes of a bus whose wire fails.

use std::sync::{Arc, Weak};
use std::time::Duration;

use chinwag_chat::{Change, Hint};
use tokio::time::{Instant, sleep, timeout};

use super::hints::{revs, room, said};
use super::node::{BusServer, Node, PATIENCE};
use crate::fault_proxy::{Direction, Way};

/// How soon a link must be given up that brings nothing any more.
const NOTICED_WITHIN: Duration = Duration::from_secs(8);

/// Publishes until the other node hears it: until both have a link again, what is said may be lost.
async fn until_heard(from: &Node, to: &Node, n: u128) {
    let heard = to.until(|told| !revs(told, n).is_empty());
    tokio::pin!(heard);
    for rev in 1.. {
        from.publish(said(n, rev, "do you hear me?"));
        let again = sleep(Duration::from_millis(50));
        tokio::select! {
            () = &mut heard => return,
            () = again => {}
        }
    }
}

/// A moment without a link is over by itself, and the sink is told to look for what it missed.
pub async fn a_cut_connection_is_made_again<S: BusServer>() {
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    b.follow::<S>(&room(1)).await;
    for n in 1..=3 {
        b.forget();
        b.network.cut();
        b.until_loss().await;
        a.publish(said(1, n, "are you back?"));
        b.until(|told| revs(told, 1) == [n]).await;
    }
}

/// A bus that is away costs nobody's send any time, and a node of one's own goes on as if there were no others.
pub async fn without_the_server_nothing_waits_and_ones_own_hints_come<S: BusServer>() {
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    a.follow::<S>(&room(1)).await;
    b.follow::<S>(&room(1)).await;
    a.network.go_down().await;
    b.network.go_down().await;
    let began = Instant::now();
    for rev in 1..=1_000 {
        a.publish(said(1, rev, "is there anybody?"));
    }
    assert!(began.elapsed() < Duration::from_secs(2), "publishing took {:?}", began.elapsed());
    a.until(|told| revs(told, 1).len() == 1_000).await;
    assert_eq!(revs(&a.told(), 1), (1..=1_000).collect::<Vec<_>>());
    assert_eq!(revs(&b.told(), 1), [0; 0]);
    a.network.pass().await;
    b.network.pass().await;
    a.until_loss().await;
    b.until_loss().await;
    b.forget();
    b.begin_to_follow(&room(2));
    until_heard(&a, &b, 2).await;
}

/// The others need not read the store for what a node kept for them.
pub async fn what_was_published_while_a_node_was_cut_off_arrives_later<S: BusServer>() {
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    b.follow::<S>(&room(1)).await;
    a.network.go_down().await;
    // What is given to a link in the moment in which it breaks may be lost; this goes on for long enough after.
    for rev in 1..=100 {
        a.publish(said(1, rev, "later, then"));
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(revs(&b.told(), 1), [0; 0]);
    a.network.pass().await;
    b.until(|told| revs(told, 1).last() == Some(&100)).await;
    let came = revs(&b.told(), 1);
    let last: Vec<_> = (101 - came.len() as u64..=100).collect();
    assert!(came.len() >= 50 && came == last, "{came:?}");
}

/// A client that comes to a node without a link is served as soon as there is one.
pub async fn what_was_followed_while_a_node_was_cut_off_comes_later<S: BusServer>() {
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    b.follow::<S>(&room(1)).await;
    b.network.go_down().await;
    b.begin_to_follow(&room(2));
    b.begin_to_follow(&room(3));
    b.unfollow(&room(3));
    b.unfollow(&room(1));
    b.begin_to_follow(&room(1));
    b.network.pass().await;
    b.until_loss().await;
    a.publish(said(1, 1, "one"));
    a.publish(said(2, 1, "two"));
    b.until(|told| revs(told, 1) == [1] && revs(told, 2) == [1]).await;
}

/// As after a crash, or when it is brought up to date.
pub async fn a_server_that_was_restarted_is_found_again<S: BusServer>() {
    let mut server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    b.follow::<S>(&room(1)).await;
    a.follow::<S>(&room(1)).await;
    server.crash().await;
    a.publish(said(1, 1, "into the void"));
    a.until(|told| revs(told, 1) == [1]).await;
    server.resume().await;
    a.until_loss().await;
    b.until_loss().await;
    b.forget();
    a.publish(said(1, 2, "welcome back"));
    b.until(|told| revs(told, 1).last() == Some(&2)).await;
}

/// No packet says that a cable was pulled.
pub async fn a_connection_that_only_seems_to_be_there_is_noticed<S: BusServer>() {
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    b.follow::<S>(&room(1)).await;
    for way in [Way::Both, Way::One(Direction::ToClient), Way::One(Direction::ToServer)] {
        b.forget();
        let connections = b.network.accepted();
        let began = Instant::now();
        b.network.black_hole(way);
        while b.network.accepted() == connections {
            assert!(began.elapsed() < NOTICED_WITHIN, "nothing noticed: {way:?}");
            sleep(Duration::from_millis(10)).await;
        }
        b.network.pass().await;
        b.until_loss().await;
        b.forget();
        until_heard(&a, &b, 1).await;
    }
}

/// Those who talk must not fill the memory of a node that cannot pass it on.
pub async fn a_wire_that_is_stuck_takes_bounded_memory<S: BusServer>() {
    const HINTS: u64 = 200_000;
    /// As many as two full queues hold, and what is under way.
    const MAX_KEPT: usize = 40_000;
    let server = S::start().await;
    let (a, b) = (Node::join(&server).await, Node::join(&server).await);
    b.follow::<S>(&room(1)).await;
    a.network.black_hole(Way::Both);
    let mut published: Vec<Weak<Change>> = vec![];
    let began = Instant::now();
    for rev in 1..=HINTS {
        let hint = said(1, rev, "on and on");
        if let Hint::Changed(change) = &hint {
            published.push(Arc::downgrade(change));
        }
        a.publish(hint);
    }
    assert!(began.elapsed() < PATIENCE, "publishing took {:?}", began.elapsed());
    // The diary keeps what it was told, unlike a sink that works.
    let kept = || published.iter().filter(|change| change.strong_count() > 0).count();
    let in_diary = || {
        a.forget();
        kept()
    };
    let settled = async {
        while in_diary() > MAX_KEPT {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, settled).await.unwrap_or_else(|_| panic!("{} hints are kept", kept()));
    a.network.pass().await;
    b.forget();
    b.begin_to_follow(&room(2));
    until_heard(&a, &b, 2).await;
}
