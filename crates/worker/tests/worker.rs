//! A worker over a real outbox.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use std::time::Duration;

use chinwag_chat::outbox::{Part, Wake as _};
use chinwag_worker::Verdict;
use fixture::{Office, Script, eventually, failed};

#[tokio::test]
async fn work_of_a_room_is_done_in_order_and_once() {
    let office = Office::new().await;
    let rooms = [office.desk.room().await, office.desk.room().await];
    let script = Script::new(|_| Verdict::Done);
    let worker = office.employ(&script);
    let mut said = vec![];
    for n in 0..40 {
        said.push((rooms[n % 2], office.desk.owe(rooms[n % 2]).await));
        office.bell.wake();
    }
    eventually(async || office.backlog().await.owed == 0).await;
    worker.stop().await;
    let done = script.done();
    assert_eq!(done.len(), 40);
    for room in rooms {
        let revs = |of: &[(_, _)]| -> Vec<_> {
            of.iter().filter(|(r, _)| *r == room).map(|(_, rev)| *rev).collect()
        };
        assert_eq!(revs(&done), revs(&said));
    }
}

#[tokio::test]
async fn a_ring_of_the_bell_is_heard_long_before_the_next_look() {
    let office = Office::new().await;
    let script = Script::new(|_| Verdict::Done);
    let worker = office.employ_looking_every(&script, Duration::from_secs(3600));
    let room = office.desk.room().await;
    for n in 1..=3 {
        office.desk.owe(room).await;
        office.bell.wake();
        eventually(async || script.done().len() == n).await;
    }
    worker.stop().await;
}

#[tokio::test]
async fn work_that_others_owe_is_found_without_a_bell() {
    let office = Office::new().await;
    let script = Script::new(|_| Verdict::Done);
    let worker = office.employ(&script);
    office.desk.owe(office.desk.room().await).await;
    eventually(async || script.done().len() == 1).await;
    worker.stop().await;
}

#[tokio::test]
async fn what_fails_is_tried_again_and_holds_up_its_line_only() {
    let office = Office::new().await;
    let (bad, good) = (office.desk.room().await, office.desk.room().await);
    let script = Script::new(move |job| match job {
        (about, attempts) if about.room == bad && attempts < 3 => failed(),
        _ => Verdict::Done,
    });
    let first = office.desk.owe(bad).await;
    let second = office.desk.owe(bad).await;
    office.desk.owe(good).await;
    let worker = office.employ(&script);
    eventually(async || office.backlog().await.owed == 0).await;
    worker.stop().await;
    let of_bad: Vec<_> = script.attempts().into_iter().filter(|(room, _)| *room == bad).collect();
    assert_eq!(of_bad, [first, first, first, second, second, second].map(|rev| (bad, rev)));
}

#[tokio::test]
async fn after_the_last_attempt_it_is_a_dead_letter() {
    let office = Office::new().await;
    let room = office.desk.room().await;
    let script = Script::new(|(about, _)| if about.rev.0 % 2 == 1 { failed() } else { Verdict::Done });
    let owed = [office.desk.owe(room).await, office.desk.owe(room).await];
    let worker = office.employ(&script);
    eventually(async || office.backlog().await.owed == 0).await;
    worker.stop().await;
    let dead = office.desk.outbox.jobs(Part::Dead, None, 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].attempts, dead[0].reason.as_deref()), (fixture::MAX_ATTEMPTS, Some("down")));
    assert_eq!(script.attempts().len(), fixture::MAX_ATTEMPTS as usize + 1);
    assert_eq!(
        script.done(),
        owed.iter().filter(|rev| rev.0 % 2 == 0).map(|rev| (room, *rev)).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn what_is_hopeless_is_a_dead_letter_at_once() {
    let office = Office::new().await;
    let script = Script::new(|_| Verdict::Hopeless { reason: "gone".to_owned() });
    office.desk.owe(office.desk.room().await).await;
    let worker = office.employ(&script);
    eventually(async || office.backlog().await.dead == 1).await;
    worker.stop().await;
    assert_eq!(script.attempts().len(), 1);
}

#[tokio::test]
async fn a_worker_that_stops_waits_for_what_it_has_begun() {
    let office = Office::new().await;
    let script = Script::slow(Duration::from_millis(300), |_| Verdict::Done);
    let room = office.desk.room().await;
    office.desk.owe(room).await;
    office.desk.owe(room).await;
    let worker = office.employ(&script);
    eventually(async || script.attempts().len() == 1).await;
    worker.stop().await;
    assert_eq!(script.done().len(), 1, "the first was finished, the second not begun");
    let backlog = office.backlog().await;
    assert_eq!((backlog.owed, backlog.leased), (1, 0));
}

#[tokio::test]
async fn what_takes_too_long_is_given_back_for_another_worker_to_begin_at_once() {
    let office = Office::new().await;
    let stuck = Script::slow(Duration::from_secs(3600), |_| Verdict::Done);
    office.desk.owe(office.desk.room().await).await;
    let worker = office.employ(&stuck);
    eventually(async || stuck.attempts().len() == 1).await;
    worker.stop().await;
    let script = Script::new(|(_, attempts)| if attempts == 1 { Verdict::Done } else { failed() });
    let next = office.employ(&script);
    eventually(async || office.backlog().await.owed == 0).await;
    next.stop().await;
    assert_eq!(script.done().len(), 1, "it was the first attempt again");
}

#[tokio::test]
async fn no_more_is_done_at_once_than_is_allowed() {
    let office = Office::new().await;
    for _ in 0..20 {
        office.desk.owe(office.desk.room().await).await;
    }
    let script = Script::slow(Duration::from_millis(10), |_| Verdict::Done);
    let worker = office.employ(&script);
    eventually(async || office.backlog().await.owed == 0).await;
    worker.stop().await;
    assert_eq!(script.most_at_once(), fixture::CONCURRENCY);
}

#[tokio::test]
async fn several_workers_share_the_work() {
    let office = Office::new().await;
    let mut rooms = vec![];
    for _ in 0..6 {
        rooms.push(office.desk.room().await);
    }
    for n in 0..60 {
        office.desk.owe(rooms[n % 6]).await;
    }
    let script = Script::new(|_| Verdict::Done);
    let workers = [office.employ(&script), office.employ(&script), office.employ(&script)];
    eventually(async || office.backlog().await.owed == 0).await;
    for worker in workers {
        worker.stop().await;
    }
    let mut done = script.done();
    assert_eq!(done.len(), 60);
    for room in rooms {
        assert!(done.iter().filter(|(r, _)| *r == room).map(|(_, rev)| rev).is_sorted());
    }
    done.sort();
    done.dedup();
    assert_eq!(done.len(), 60);
}
