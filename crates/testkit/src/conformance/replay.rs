//! The one repair path: a snapshot at any revision and the changes after it make the present.

use std::sync::atomic::{AtomicUsize, Ordering};

use chinwag_chat::store::CommitError;
use chinwag_chat::{Change, Rev, Role, RoomAction, RoomId, RoomKind, User};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::world::{add, remove, rename, set_role};
use super::{RoomSnapshot, World};

/// How many people there are in a history.
const PEOPLE: usize = 4;

/// Something that one of the people does.
#[derive(Debug, Clone, Copy)]
enum Step {
    Post { by: usize, client_id: u8, text: u8 },
    Rename { by: usize, name: u8 },
    Add { by: usize, whom: usize },
    Remove { by: usize, whom: usize },
    SetRole { by: usize, whom: usize, role: Role },
}

fn step() -> impl Strategy<Value = Step> {
    let role = prop_oneof![Just(Role::Member), Just(Role::Admin), Just(Role::Owner)];
    prop_oneof![
        // Few keys and texts, so that they repeat and conflict.
        4 => (0..PEOPLE, 0..8u8, 0..2u8).prop_map(|(by, client_id, text)| Step::Post { by, client_id, text }),
        1 => (0..PEOPLE, 0..3u8).prop_map(|(by, name)| Step::Rename { by, name }),
        3 => (0..PEOPLE, 0..PEOPLE).prop_map(|(by, whom)| Step::Add { by, whom }),
        2 => (0..PEOPLE, 0..PEOPLE).prop_map(|(by, whom)| Step::Remove { by, whom }),
        2 => (0..PEOPLE, 0..PEOPLE, role).prop_map(|(by, whom, role)| Step::SetRole { by, whom, role }),
    ]
}

/// Over random histories: for every N, what was read at revision N and the changes after N make what is read at the
/// end; and in between, what a client derives is what the store says.
pub async fn a_snapshot_and_the_changes_after_it_make_the_present(world: &World) {
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        people.push(world.user(&format!("user{n}")).await);
    }
    let histories = prop::collection::vec(step(), 1..40);
    let kinds = prop_oneof![Just(RoomKind::Public), Just(RoomKind::Private), Just(RoomKind::Group)];
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let moved = AtomicUsize::new(0);
    let result = block_in_place(|| {
        TestRunner::new(config).run(&(kinds, histories), |(kind, steps)| {
            let revs = Handle::current().block_on(replay(world, &people, kind, steps))?;
            moved.fetch_add(revs, Ordering::Relaxed);
            Ok(())
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(moved.into_inner() > 100, "histories in which nothing happens prove nothing");
}

/// Lives through a history and checks it. How many revisions it had.
async fn replay(
    world: &World,
    people: &[User],
    kind: RoomKind,
    steps: Vec<Step>,
) -> Result<usize, TestCaseError> {
    let room = world.room(kind, &people[0], &[&people[1]]).await;
    let mut read = vec![snapshot(world, room, people).await];
    for step in steps {
        let (by, action) = action(world, people, step);
        // Nobody sees the name of a room whose last member has left, so that one stays.
        if matches!(&action, RoomAction::RemoveMember(leave) if world.roles(room).await.len() == 1 && leave.user == by.id)
        {
            continue;
        }
        match world.ask(room, by, action).await {
            Ok(outcome) if outcome.changes.is_empty() => {}
            Ok(_) => read.push(snapshot(world, room, people).await),
            Err(CommitError::Refused(_)) => {}
            Err(CommitError::Store(error)) => return Err(TestCaseError::fail(error.to_string())),
        }
    }
    let changes = world.changes(room).await;
    let present = snapshot(world, room, people).await;
    prop_assert_eq!(changes.len() as u64, present.rev.0);

    // From every snapshot to the present.
    for start in &read {
        let mut state = start.clone();
        let page = world.store.changes_after(&room.into(), start.rev, usize::MAX).await.unwrap();
        page.changes.iter().for_each(|change| apply(&mut state, change));
        prop_assert_eq!(&state, &present, "from {}", start.rev);
    }
    // From nothing to every snapshot, and on from every revision in between.
    let mut state = RoomSnapshot::default();
    for change in &changes {
        apply(&mut state, change);
        if let Some(known) = read.iter().find(|known| known.rev == state.rev) {
            prop_assert_eq!(&state, known);
        }
        let rest = world.store.changes_after(&room.into(), state.rev, usize::MAX).await.unwrap().changes;
        prop_assert_eq!(&rest[..], &changes[usize::try_from(state.rev.0).unwrap()..]);
    }
    Ok(changes.len())
}

fn apply(state: &mut RoomSnapshot, change: &Change) {
    match change {
        Change::Room(change) => state.apply(change),
        Change::User(change) => panic!("not a room's: {change:?}"),
    }
}

/// Reads the room as it is now.
async fn snapshot(world: &World, room: RoomId, people: &[User]) -> RoomSnapshot {
    let rev: Rev = world.store.heads(&[room.into()]).await.unwrap()[0].rev;
    let members = world.roles(room).await.into_iter().collect();
    let mut name = None;
    for person in people {
        if let Some(view) = world.store.room(room, &person.id).await.unwrap() {
            assert_eq!(view.head_rev, rev);
            name = view.name;
        }
    }
    RoomSnapshot { rev, name, members, messages: world.messages(room).await }
}

fn action<'a>(world: &World, people: &'a [User], step: Step) -> (&'a User, RoomAction) {
    match step {
        Step::Post { by, client_id, text } => {
            (&people[by], world.message(&format!("c{client_id}"), &format!("text {text}")))
        }
        Step::Rename { by, name } => (&people[by], rename(&format!("Name {name}"))),
        Step::Add { by, whom } => (&people[by], add(&people[whom])),
        Step::Remove { by, whom } => (&people[by], remove(&people[whom])),
        Step::SetRole { by, whom, role } => (&people[by], set_role(&people[whom], role)),
    }
}
