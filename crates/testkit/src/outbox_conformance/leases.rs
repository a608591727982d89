//! A lease is a right for a time.

use chinwag_chat::outbox::Settlement;

use super::Desk;
use super::desk::{LONG, SHORT, rev};

/// A worker that died half-way forgets nothing.
pub async fn a_lease_that_ran_out_is_leased_again(desk: &Desk) {
    let room = desk.room().await;
    let owed = desk.owe(room).await;
    desk.owe(room).await;
    let lost = desk.lease(1, SHORT).await;
    let again = desk.take_once_due().await;
    assert_eq!((rev(&again), again.job.id), (owed, lost[0].job.id));
    assert_eq!(again.job.attempts, 2);
    desk.settle(again.lease, Settlement::Done).await;
    assert!(rev(&desk.take().await) > owed);
}

/// A worker that was only slow does not end what another has begun.
pub async fn a_lease_that_ran_out_can_no_longer_be_settled_once_another_has_it(desk: &Desk) {
    desk.owe(desk.room().await).await;
    let slow = desk.lease(1, SHORT).await[0].lease;
    let again = desk.take_once_due().await;
    let retry = Settlement::Retry { reason: "slow".to_owned(), after: SHORT };
    for how in
        [Settlement::Done, Settlement::GivenBack, Settlement::Dead { reason: "slow".to_owned() }, retry]
    {
        assert!(!desk.outbox.settle(slow, how).await.unwrap());
    }
    assert!(desk.lease(1, LONG).await.is_empty(), "the other still has it");
    desk.settle(again.lease, Settlement::Done).await;
}

/// What is done is done once.
pub async fn a_settled_job_is_never_seen_again(desk: &Desk) {
    desk.owe(desk.room().await).await;
    let lease = desk.take().await.lease;
    desk.settle(lease, Settlement::Done).await;
    assert!(!desk.outbox.settle(lease, Settlement::Done).await.unwrap());
    assert!(desk.lease(10, LONG).await.is_empty());
    let next = desk.owe(desk.room().await).await;
    let leased = desk.take().await;
    assert!(rev(&leased) == next && leased.job.id > lease.job, "no number is given twice");
}

/// Order is worth waiting for.
pub async fn a_failed_job_holds_up_its_line_until_it_is_due(desk: &Desk) {
    let room = desk.room().await;
    let first = desk.owe(room).await;
    desk.owe(room).await;
    let retry = |after| Settlement::Retry { reason: "the receiver is down".to_owned(), after };
    desk.settle(desk.take().await.lease, retry(SHORT)).await;
    let again = desk.take_once_due().await;
    assert_eq!((rev(&again), again.job.attempts), (first, 2));
    assert_eq!(again.job.reason.as_deref(), Some("the receiver is down"));
    desk.settle(again.lease, retry(LONG)).await;
    assert!(desk.lease(10, LONG).await.is_empty(), "the line waits");
    assert_eq!(desk.outbox.backlog().await.unwrap().leased, 0);
}

/// A worker that stops in good order costs nobody an attempt.
pub async fn what_is_given_back_was_not_begun(desk: &Desk) {
    desk.owe(desk.room().await).await;
    let given = desk.take().await;
    desk.settle(given.lease, Settlement::GivenBack).await;
    let again = desk.take().await;
    assert_eq!((again.job.id, again.job.attempts), (given.job.id, 1));
    assert!(!desk.outbox.settle(given.lease, Settlement::Done).await.unwrap());
}
