//! Work is noted with the change that it follows, or not at all.

use chinwag_chat::outbox::{Part, WorkKind};
use chinwag_chat::store::CommitError;
use chinwag_chat::{AddMember, ChangeRef, FollowUps, Refusal, Rev, RoomAction, SettingsPatch, UpdateRoom};

use super::Desk;
use super::desk::about;

/// The job says which change it is of, and what line it is in.
pub async fn work_is_noted_with_its_change(desk: &Desk) {
    let room = desk.room().await;
    let rev = desk.owe(room).await;
    let leased = desk.take().await;
    assert_eq!(about(&leased), ChangeRef { room, rev });
    assert_eq!(leased.job.kind, WorkKind::WEBHOOK);
    assert_eq!(leased.job.key, room.to_string());
    assert_eq!((leased.job.attempts, leased.job.reason), (1, None));
}

/// Only a change owes work.
pub async fn what_is_refused_or_repeated_owes_nothing(desk: &Desk) {
    let room = desk.room().await;
    desk.ask(room, desk.world.message("c1", "hello")).await.unwrap();
    desk.ask(room, desk.world.message("c1", "hello")).await.unwrap();
    let refused = desk.ask(room, desk.world.message("c1", "goodbye")).await;
    assert!(matches!(refused, Err(CommitError::Refused(Refusal::ClientIdConflict))));
    assert_eq!(desk.outbox.backlog().await.unwrap().owed, 1);
}

/// What nobody wants to hear of costs nothing.
pub async fn only_wanted_events_are_followed(desk: &Desk) {
    let room = desk.room().await;
    let bob = desk.world.user("bob").await;
    desk.ask(room, RoomAction::AddMember(AddMember { user: bob.id })).await.unwrap();
    desk.ask_with(room, desk.world.message("c1", "hello"), FollowUps::default()).await.unwrap();
    assert_eq!(desk.outbox.backlog().await.unwrap().owed, 0);
    let rename = UpdateRoom { name: Some("Elsewhere".parse().unwrap()), settings: SettingsPatch::default() };
    desk.ask(room, RoomAction::Update(rename)).await.unwrap();
    assert_eq!(about(&desk.take().await), ChangeRef { room, rev: Rev(5) });
}

/// Also where they share a transaction.
pub async fn many_changes_at_once_leave_each_its_work(desk: &Desk) {
    let (one, other) = (desk.room().await, desk.room().await);
    let sends = (0..60).map(|n| desk.owe(if n % 3 == 0 { one } else { other }));
    let mut said = futures_util::future::join_all(sends).await;
    let mut told = vec![];
    let jobs = desk.outbox.jobs(Part::Owed, None, 100).await.unwrap();
    for room in [one, other] {
        let of_room = jobs.iter().filter(|job| job.key == room.to_string());
        let revs: Vec<Rev> =
            of_room.map(|job| serde_json::from_str::<ChangeRef>(&job.payload).unwrap().rev).collect();
        assert!(revs.is_sorted(), "jobs of a line are numbered in the order of its changes: {revs:?}");
        told.extend(revs);
    }
    said.sort();
    told.sort();
    assert_eq!(told, said);
}
