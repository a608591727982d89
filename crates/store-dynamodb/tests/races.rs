//! Many processes at once: each has a store of its own over the same table, and no other way to know of the others.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test is a panic")]

mod fixture;

use std::collections::BTreeSet;
use std::sync::Arc;

use chinwag_chat::rules::CommandResult;
use chinwag_chat::store::{Log as _, MessagePage, Messages as _};
use chinwag_chat::{Change, Channel, RoomCommand, RoomKind, Seq};
use chinwag_testkit::conformance::{Announced, Fresh, World};

const PROCESSES: usize = 16;
const EACH: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_is_overtaken_decides_anew_and_nothing_is_lost_or_doubled() {
    let Some(config) = fixture::fresh_table().await else { return };
    let open = async |bus| Fresh { store: Arc::new(fixture::open(&config, bus).await), keep: Box::new(()) };
    let world = World::over(open).await;
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    let mut processes = Vec::new();
    for process in 0..PROCESSES {
        let announced = Arc::new(Announced::default());
        let store = fixture::open(&config, announced.clone()).await;
        let commands: Vec<(RoomCommand, _)> = (0..EACH)
            .map(|n| {
                let action = world.message(&format!("{process}-{n}"), "text");
                let follow_ups = chinwag_chat::FollowUps::default();
                (RoomCommand { room, actor: ada.id.clone(), action, follow_ups }, world.now())
            })
            .collect();
        processes.push(tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for (command, at) in commands {
                let outcome = store.commit(command, at).await.unwrap();
                let CommandResult::Posted { message, created: true } = outcome.result else {
                    panic!("not new")
                };
                acknowledged.push(message);
            }
            (acknowledged, announced)
        }));
    }
    let mut acknowledged = BTreeSet::new();
    for process in processes {
        let (messages, announced) = process.await.unwrap();
        // Each announces what it committed itself, in that order.
        let revs: Vec<u64> = announced.changes().iter().map(|change| change.rev().0).collect();
        assert_eq!(revs, messages.iter().map(|message| message.rev.0).collect::<Vec<_>>());
        acknowledged.extend(messages.into_iter().map(|message| (message.seq, message.client_id)));
    }
    assert_eq!(acknowledged.len(), PROCESSES * EACH);
    let store = fixture::open(&config, Arc::new(Announced::default())).await;
    let page = MessagePage { after_seq: Some(Seq::ZERO), limit: 200, ..MessagePage::default() };
    let kept = store.messages(room, &ada.id, page).await.unwrap().items;
    let kept: BTreeSet<_> = kept.into_iter().map(|view| (view.message.seq, view.message.client_id)).collect();
    assert_eq!(kept, acknowledged);
    let log = store.changes_after(&Channel::Room(room), chinwag_chat::Rev::ZERO, 200).await.unwrap();
    let revs: Vec<u64> = log.changes.iter().map(Change::rev).map(|rev| rev.0).collect();
    assert_eq!(revs, (1..=log.head.rev.0).collect::<Vec<_>>());
}

/// The largest room that may be made at once is more than one transaction takes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_is_made_with_more_people_than_one_transaction_takes() {
    let Some(config) = fixture::fresh_table().await else { return };
    let open = async |bus| Fresh { store: Arc::new(fixture::open(&config, bus).await), keep: Box::new(()) };
    let world = World::over(open).await;
    let mut people = Vec::new();
    for n in 0..41 {
        people.push(world.user(&format!("user{n}")).await);
    }
    let (ada, others) = people.split_first().unwrap();
    let room = world.room(RoomKind::Group, ada, &others.iter().collect::<Vec<_>>()).await;
    let view = world.view(room, &others[39]).await;
    assert_eq!((view.member_count, view.head_rev.0), (41, 42));
    assert_eq!(world.roles(room).await.len(), 41);
    let revs: Vec<u64> = world.changes(room).await.iter().map(|change| change.rev().0).collect();
    assert_eq!(revs, (1..=42).collect::<Vec<_>>());
    assert_eq!(
        world.announced.changes().iter().filter(|change| matches!(***change, Change::User(_))).count(),
        41
    );
}
