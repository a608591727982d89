//! What the operator sees.

use chinwag_chat::outbox::{Backlog, Part};

use super::Desk;

/// Each job in one place.
pub async fn the_backlog_counts_what_there_is(desk: &Desk) {
    assert_eq!(desk.outbox.backlog().await.unwrap(), Backlog::default());
    for _ in 0..4 {
        desk.owe(desk.room().await).await;
    }
    desk.bury(desk.take().await.lease).await;
    desk.take().await;
    let Backlog { owed, leased, dead, .. } = desk.outbox.backlog().await.unwrap();
    assert_eq!((owed, leased, dead), (3, 1, 1));
}

/// Whatever there is of them.
pub async fn jobs_are_listed_in_pages(desk: &Desk) {
    let room = desk.room().await;
    for _ in 0..5 {
        desk.owe(room).await;
    }
    let first = desk.outbox.jobs(Part::Owed, None, 3).await.unwrap();
    let rest = desk.outbox.jobs(Part::Owed, first.last().map(|job| job.id), 3).await.unwrap();
    assert_eq!((first.len(), rest.len()), (3, 2));
    let ids: Vec<_> = first.iter().chain(&rest).map(|job| job.id).collect();
    assert!(ids.is_sorted());
    assert!(desk.outbox.jobs(Part::Dead, None, 3).await.unwrap().is_empty());
    assert!(desk.outbox.jobs(Part::Owed, ids.last().copied(), 3).await.unwrap().is_empty());
}
