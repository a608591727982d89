//! Of a line only the oldest job is leased, and only once.

use std::collections::HashMap;

use chinwag_chat::outbox::{Settlement, WorkKind};
use chinwag_chat::{Rev, RoomId};

use super::Desk;
use super::desk::{LONG, about, rev};

/// The next comes when the one before it is done.
pub async fn a_line_is_done_in_order_one_at_a_time(desk: &Desk) {
    let room = desk.room().await;
    let owed = [desk.owe(room).await, desk.owe(room).await, desk.owe(room).await];
    for expected in owed {
        let leased = desk.lease(10, LONG).await;
        assert_eq!(leased.iter().map(rev).collect::<Vec<_>>(), [expected]);
        assert!(desk.lease(10, LONG).await.is_empty(), "the line is busy");
        desk.settle(leased[0].lease, Settlement::Done).await;
    }
    assert!(desk.lease(10, LONG).await.is_empty(), "nothing is left");
}

/// A slow line is its own trouble.
pub async fn lines_do_not_wait_for_each_other(desk: &Desk) {
    let (slow, quick) = (desk.room().await, desk.room().await);
    desk.owe(slow).await;
    let held = desk.take().await;
    for _ in 0..3 {
        desk.owe(slow).await;
        desk.owe(quick).await;
        let leased = desk.take().await;
        assert_eq!(about(&leased).room, quick);
        desk.settle(leased.lease, Settlement::Done).await;
    }
    desk.settle(held.lease, Settlement::Done).await;
    assert_eq!(about(&desk.take().await).room, slow);
}

/// So a busy line does not starve a quiet one.
pub async fn the_line_that_has_waited_longest_comes_first(desk: &Desk) {
    let (busy, quiet) = (desk.room().await, desk.room().await);
    desk.owe(busy).await;
    desk.owe(busy).await;
    let first = desk.take().await;
    assert_eq!(about(&first).room, busy);
    desk.owe(quiet).await;
    // Its next job has been there for longer than the other line's, but the line has had its turn.
    while desk.outbox.backlog().await.unwrap().oldest_ms < 20 {
        tokio::task::yield_now().await;
    }
    desk.settle(first.lease, Settlement::Done).await;
    assert_eq!(about(&desk.take().await).room, quiet);
    assert_eq!(about(&desk.take().await).room, busy);
}

/// A worker takes what it can do at once.
pub async fn no_more_is_leased_than_asked_for(desk: &Desk) {
    for _ in 0..5 {
        desk.owe(desk.room().await).await;
    }
    assert_eq!(desk.lease(2, LONG).await.len(), 2);
    assert_eq!(desk.lease(0, LONG).await.len(), 0);
    assert_eq!(desk.lease(10, LONG).await.len(), 3);
}

/// What a worker does not know how to do is left to others, and each kind has lines of its own.
pub async fn only_the_kinds_that_a_worker_does_are_leased(desk: &Desk) {
    let room = desk.room().await;
    let other = WorkKind::named("another");
    let of_other = desk.owe_kind(room, other.clone()).await;
    assert!(desk.lease(10, LONG).await.is_empty());
    let of_webhook = desk.owe(room).await;
    let both = [WorkKind::WEBHOOK, other];
    let leased = desk.outbox.lease(&both, 10, LONG).await.unwrap();
    let mut revs: Vec<Rev> = leased.iter().map(rev).collect();
    revs.sort();
    assert_eq!(revs, [of_other, of_webhook]);
    assert!(desk.outbox.lease(&[], 10, LONG).await.unwrap().is_empty());
}

/// However they race.
pub async fn two_workers_at_once_never_get_the_same_job(desk: &Desk) {
    let mut rooms = vec![];
    for _ in 0..4 {
        rooms.push(desk.room().await);
    }
    for n in 0..60 {
        desk.owe(rooms[n % rooms.len()]).await;
    }
    let worker = async || {
        let mut done = vec![];
        while desk.outbox.backlog().await.unwrap().owed > 0 {
            for leased in desk.lease(2, LONG).await {
                done.push(about(&leased));
                desk.settle(leased.lease, Settlement::Done).await;
            }
        }
        done
    };
    let workers = [worker(), worker(), worker(), worker()];
    let done: Vec<_> = futures_util::future::join_all(workers).await.into_iter().flatten().collect();
    assert_eq!(done.len(), 60, "each is leased once");
    let mut by_room: HashMap<RoomId, Vec<Rev>> = HashMap::new();
    done.iter().for_each(|about| by_room.entry(about.room).or_default().push(about.rev));
    for revs in by_room.values_mut() {
        revs.sort();
        revs.dedup();
        assert_eq!(revs.len(), 15);
    }
}

/// A line that is just ending and one that is just beginning are the same line.
pub async fn work_that_is_added_while_others_end_is_never_left_behind(desk: &Desk) {
    let room = desk.room().await;
    let adding = async {
        for _ in 0..80 {
            desk.owe(room).await;
        }
    };
    let doing = async {
        let mut done = 0;
        while done < 80 {
            // A job that is in no line never comes, and the patience of this ends.
            let leased = desk.take_once_due().await;
            desk.settle(leased.lease, Settlement::Done).await;
            done += 1;
        }
    };
    futures_util::future::join(adding, doing).await;
    assert_eq!(desk.outbox.backlog().await.unwrap().owed, 0);
}
