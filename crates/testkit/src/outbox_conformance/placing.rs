//! Where new work goes, and when it may begin.

use std::time::Duration;

use chinwag_chat::outbox::{Leased, NewWork, Part, Placing, Settlement, WorkKind};
use chinwag_chat::{FollowUps, PushFollowUp};

use super::Desk;
use super::desk::{LONG, SHORT};

fn work(payload: &str, placing: Placing, delay: Duration) -> NewWork {
    let (kind, key) = (WorkKind::WEBHOOK, "line".to_owned());
    NewWork { kind, key, payload: format!("\"{payload}\""), placing, delay }
}

fn at_once(payload: &str, placing: Placing) -> NewWork {
    work(payload, placing, Duration::ZERO)
}

fn payloads(leased: &[Leased]) -> Vec<&str> {
    leased.iter().map(|leased| leased.job.payload.trim_matches('"')).collect()
}

async fn owed(desk: &Desk) -> Vec<String> {
    let jobs = desk.outbox.jobs(Part::Owed, None, 100).await.unwrap();
    jobs.into_iter().map(|job| job.payload.trim_matches('"').to_owned()).collect()
}

/// Also where it is the turn of its line before.
pub async fn work_that_may_not_begin_yet_waits_for_its_time(desk: &Desk) {
    desk.outbox.owe(&[work("first", Placing::Behind, SHORT)]).await.unwrap();
    assert!(desk.lease(10, LONG).await.is_empty());
    let first = desk.take_once_due().await;
    desk.outbox.owe(&[work("second", Placing::Behind, LONG)]).await.unwrap();
    desk.settle(first.lease, Settlement::Done).await;
    assert!(desk.lease(10, LONG).await.is_empty(), "the line is free, and its next job not due");
    assert_eq!(owed(desk).await, ["second"]);
}

/// What is held looked at things before; what waits will look at them after.
pub async fn one_that_waits_is_enough(desk: &Desk) {
    let again = |payload| at_once(payload, Placing::UnlessWaiting);
    desk.outbox.owe(&[again("first"), again("second")]).await.unwrap();
    let held = desk.take().await;
    assert_eq!(held.job.payload, "\"first\"");
    desk.outbox.owe(&[again("third")]).await.unwrap();
    desk.outbox.owe(&[again("fourth")]).await.unwrap();
    assert_eq!(owed(desk).await, ["first", "third"]);
    let reason = "not now".to_owned();
    desk.settle(held.lease, Settlement::Retry { reason, after: LONG }).await;
    desk.outbox.owe(&[again("fifth")]).await.unwrap();
    assert_eq!(owed(desk).await, ["first", "third"]);
}

/// It keeps its place and its time.
pub async fn what_waits_is_replaced_and_what_is_held_is_not(desk: &Desk) {
    let newer = |payload| at_once(payload, Placing::InsteadOfWaiting);
    desk.outbox.owe(&[newer("first"), newer("second")]).await.unwrap();
    let held = desk.lease(10, LONG).await;
    assert_eq!(payloads(&held), ["second"]);
    desk.outbox.owe(&[newer("third")]).await.unwrap();
    desk.outbox.owe(&[newer("fourth")]).await.unwrap();
    assert_eq!(owed(desk).await, ["second", "fourth"]);
    let reason = "not now".to_owned();
    desk.settle(held[0].lease, Settlement::Retry { reason, after: LONG }).await;
    desk.outbox.owe(&[newer("fifth")]).await.unwrap();
    assert_eq!(owed(desk).await, ["second", "fifth"], "the line waits, whatever is in it");
    assert!(desk.lease(10, LONG).await.is_empty());
}

/// Neither is there without the other, whoever dies.
pub async fn what_is_split_is_done_and_owed_in_one_step(desk: &Desk) {
    desk.outbox.owe(&[at_once("whole", Placing::Behind)]).await.unwrap();
    let lost = desk.lease(1, Duration::ZERO).await.remove(0);
    let held = desk.take_once_due().await;
    let parts = || {
        let part = |payload| at_once(payload, Placing::UnlessWaiting);
        let other = NewWork { key: "other".to_owned(), ..part("elsewhere") };
        Settlement::Split(vec![part("one"), part("two"), other])
    };
    assert!(!desk.outbox.settle(lost.lease, parts()).await.unwrap());
    assert_eq!(owed(desk).await, ["whole"]);
    desk.settle(held.lease, parts()).await;
    let mut there = owed(desk).await;
    there.sort();
    assert_eq!(there, ["elsewhere", "one"]);
    assert!(!desk.outbox.settle(held.lease, parts()).await.unwrap());
    assert_eq!(desk.lease(10, LONG).await.len(), 2);
}

/// Who asks whom to notify sees all that was said until then.
pub async fn notifications_wait_once_however_much_is_said(desk: &Desk) {
    let push = PushFollowUp { wait: SHORT, max_small_room_members: 256 };
    let wanted = FollowUps::new(vec![], Some(push));
    let (one, other) = (desk.room().await, desk.room().await);
    for n in 0..3 {
        for room in [one, other] {
            let said = desk.world.message(&format!("c{n}"), "hello");
            desk.ask_with(room, said, wanted.clone()).await.unwrap();
        }
    }
    let jobs = desk.outbox.jobs(Part::Owed, None, 10).await.unwrap();
    let expected = [one, other].map(|room| (room.to_string(), format!(r#"{{"room":"{room}","seq":1}}"#)));
    assert_eq!(jobs.into_iter().map(|job| (job.key, job.payload)).collect::<Vec<_>>(), expected);
}
