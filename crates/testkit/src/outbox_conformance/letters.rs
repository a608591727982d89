//! Dead letters: seen, put back, thrown away.

use std::sync::atomic::{AtomicBool, Ordering};

use chinwag_chat::outbox::{JobId, Letters, Part, Settlement, WorkKind};
use futures_util::future::join_all;
use tokio::join;
use tokio::time::timeout;

use super::Desk;
use super::desk::{LONG, PATIENCE, rev};

/// One poisoned job does not hold up a room for ever.
pub async fn a_dead_letter_lets_the_next_in_its_line_come(desk: &Desk) {
    let room = desk.room().await;
    desk.owe(room).await;
    let second = desk.owe(room).await;
    let dead = desk.take().await;
    desk.bury(dead.lease).await;
    assert_eq!(rev(&desk.take().await), second);
    let letters = desk.outbox.jobs(Part::Dead, None, 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].id, &letters[0].payload), (dead.job.id, &dead.job.payload));
    assert_eq!(letters[0].reason.as_deref(), Some("gone"));
}

/// It is the older one.
pub async fn a_replayed_letter_comes_before_what_was_noted_later(desk: &Desk) {
    let room = desk.room().await;
    let first = desk.owe(room).await;
    let second = desk.owe(room).await;
    let dead = desk.take().await;
    desk.bury(dead.lease).await;
    assert_eq!(desk.outbox.replay(&Letters::Of(vec![dead.job.id])).await.unwrap(), 1);
    for expected in [first, second] {
        let leased = desk.take().await;
        assert_eq!(rev(&leased), expected);
        desk.settle(leased.lease, Settlement::Done).await;
    }
    assert!(desk.outbox.jobs(Part::Dead, None, 10).await.unwrap().is_empty());
}

/// As if it had never been tried; but whoever had it has it no more.
pub async fn a_replayed_letter_begins_anew_and_old_leases_of_it_are_void(desk: &Desk) {
    desk.owe(desk.room().await).await;
    let dead = desk.take().await;
    desk.bury(dead.lease).await;
    desk.outbox.replay(&Letters::Of(vec![dead.job.id])).await.unwrap();
    let again = desk.take().await;
    assert_eq!((again.job.id, again.job.attempts), (dead.job.id, 1));
    assert!(!desk.outbox.settle(dead.lease, Settlement::Done).await.unwrap());
    desk.settle(again.lease, Settlement::Done).await;
}

/// One command after an outage.
pub async fn all_letters_of_a_kind_are_replayed(desk: &Desk) {
    let other = WorkKind::named("another");
    for _ in 0..3 {
        desk.owe(desk.room().await).await;
    }
    desk.owe_kind(desk.room().await, other.clone()).await;
    for leased in desk.outbox.lease(&[WorkKind::WEBHOOK, other], 10, LONG).await.unwrap() {
        desk.bury(leased.lease).await;
    }
    let kind = Letters::OfKind(WorkKind::WEBHOOK);
    assert_eq!(desk.outbox.replay(&kind).await.unwrap(), 3);
    assert_eq!(desk.outbox.replay(&kind).await.unwrap(), 0);
    assert_eq!(desk.lease(10, LONG).await.len(), 3);
    assert_eq!(desk.outbox.backlog().await.unwrap().dead, 1);
}

/// While the receiver is still away, they come back sooner than all of them are put in line.
pub async fn a_replay_ends_although_its_letters_die_again(desk: &Desk) {
    let rooms = join_all((0..40).map(|_| desk.room())).await;
    for _ in 0..desk.letters / rooms.len() {
        join_all(rooms.iter().map(|room| desk.owe(*room))).await;
    }
    desk.bury_until(async || desk.outbox.backlog().await.unwrap().owed == 0).await;
    let is_replayed = AtomicBool::new(false);
    let replay = async {
        let count = desk.outbox.replay(&Letters::OfKind(WorkKind::WEBHOOK)).await.unwrap();
        is_replayed.store(true, Ordering::Relaxed);
        count
    };
    let dying = desk.bury_until(async || is_replayed.load(Ordering::Relaxed));
    let both = async { join!(replay, dying) };
    let (count, ()) = timeout(PATIENCE, both).await.expect("a replay that ends");
    assert_eq!(count, desk.letters as u64);
}

/// The operator has decided.
pub async fn what_is_discarded_is_gone(desk: &Desk) {
    for _ in 0..2 {
        desk.owe(desk.room().await).await;
    }
    let leased = desk.lease(10, LONG).await;
    for leased in &leased {
        desk.bury(leased.lease).await;
    }
    let one = Letters::Of(vec![leased[0].job.id, JobId(999_999)]);
    assert_eq!(desk.outbox.discard(&one).await.unwrap(), 1);
    assert_eq!(desk.outbox.replay(&one).await.unwrap(), 0);
    assert_eq!(desk.outbox.discard(&Letters::OfKind(WorkKind::WEBHOOK)).await.unwrap(), 1);
    assert!(desk.lease(10, LONG).await.is_empty());
    assert_eq!(desk.outbox.backlog().await.unwrap(), chinwag_chat::outbox::Backlog::default());
}

/// Though it is older than what is being done.
pub async fn a_letter_replayed_into_a_busy_line_waits_for_its_turn(desk: &Desk) {
    let room = desk.room().await;
    let first = desk.owe(room).await;
    desk.owe(room).await;
    let third = desk.owe(room).await;
    let dead = desk.take().await;
    desk.bury(dead.lease).await;
    let busy = desk.take().await;
    desk.outbox.replay(&Letters::Of(vec![dead.job.id])).await.unwrap();
    assert!(desk.lease(10, LONG).await.is_empty(), "one of a line at a time");
    desk.settle(busy.lease, Settlement::Done).await;
    for expected in [first, third] {
        let leased = desk.take().await;
        assert_eq!(rev(&leased), expected);
        desk.settle(leased.lease, Settlement::Done).await;
    }
}
