//! The one repair path: a snapshot at any revision and the changes after it make the present.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use chinwag_chat::store::{CommitError, MessagePage};
use chinwag_chat::{
    Change, Emoji, Head, Message, MessageView, Reaction, Rev, Role, RoomAction, RoomId, RoomKind, RoomName,
    RoomSettings, Seq, Timestamp, User, UserId,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::world::{add, ban, configure, delete, edit, mute, pin, react, remove, rename, set_role, unban};
use super::{RoomSnapshot, World};

/// How many people there are in a history.
const PEOPLE: usize = 4;

/// Something that one of the people does.
#[derive(Debug, Clone, Copy)]
enum Step {
    Post { by: usize, client_id: u8, text: u8 },
    Answer { by: usize, seq: u64, text: u8 },
    Edit { by: usize, seq: u64, text: u8 },
    Delete { by: usize, seq: u64 },
    Pin { by: usize, seq: u64, pinned: bool },
    React { by: usize, seq: u64, emoji: u8, present: bool },
    Rename { by: usize, name: u8 },
    Configure { by: usize, days: u8 },
    Add { by: usize, whom: usize },
    Remove { by: usize, whom: usize },
    Mute { by: usize, whom: usize, muted: bool },
    Ban { by: usize, whom: usize },
    Unban { by: usize, whom: usize },
    SetRole { by: usize, whom: usize, role: Role },
}

/// One of the first messages, which may or may not be there.
fn seq() -> impl Strategy<Value = u64> {
    1..6u64
}

fn step() -> impl Strategy<Value = Step> {
    let role = prop_oneof![Just(Role::Member), Just(Role::Admin), Just(Role::Owner)];
    prop_oneof![
        // Few keys and texts, so that they repeat and conflict.
        4 => (0..PEOPLE, 0..8u8, 0..2u8).prop_map(|(by, client_id, text)| Step::Post { by, client_id, text }),
        2 => (0..PEOPLE, seq(), 0..2u8).prop_map(|(by, seq, text)| Step::Answer { by, seq, text }),
        3 => (0..PEOPLE, seq(), 0..3u8).prop_map(|(by, seq, text)| Step::Edit { by, seq, text }),
        1 => (0..PEOPLE, seq()).prop_map(|(by, seq)| Step::Delete { by, seq }),
        1 => (0..PEOPLE, seq(), any::<bool>()).prop_map(|(by, seq, pinned)| Step::Pin { by, seq, pinned }),
        3 => (0..PEOPLE, seq(), 0..2u8, any::<bool>())
            .prop_map(|(by, seq, emoji, present)| Step::React { by, seq, emoji, present }),
        1 => (0..PEOPLE, 0..3u8).prop_map(|(by, name)| Step::Rename { by, name }),
        1 => (0..PEOPLE, 0..3u8).prop_map(|(by, days)| Step::Configure { by, days }),
        3 => (0..PEOPLE, 0..PEOPLE).prop_map(|(by, whom)| Step::Add { by, whom }),
        2 => (0..PEOPLE, 0..PEOPLE).prop_map(|(by, whom)| Step::Remove { by, whom }),
        2 => (0..PEOPLE, 0..PEOPLE, any::<bool>()).prop_map(|(by, whom, muted)| Step::Mute { by, whom, muted }),
        1 => (0..PEOPLE, 0..PEOPLE).prop_map(|(by, whom)| Step::Ban { by, whom }),
        1 => (0..PEOPLE, 0..PEOPLE).prop_map(|(by, whom)| Step::Unban { by, whom }),
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
    let config = Config { cases: world.histories, failure_persistence: None, ..Config::default() };
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
    // Each begins with two.
    assert!(
        moved.into_inner() as u64 > 3 * u64::from(world.histories),
        "histories in which nothing happens prove nothing"
    );
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
            // What was said is told as it is at the end; who and how much as it was then.
            prop_assert_eq!(outline(&state), outline(known));
        }
        let rest = world.store.changes_after(&room.into(), state.rev, usize::MAX).await.unwrap().changes;
        prop_assert_eq!(&rest[..], &changes[usize::try_from(state.rev.0).unwrap()..]);
    }
    Ok(changes.len())
}

pub(super) fn apply(state: &mut RoomSnapshot, change: &Change) {
    match change {
        Change::Room(change) => state.apply(change),
        Change::User(change) => panic!("not a room's: {change:?}"),
    }
}

/// Reads the room as it is now.
async fn snapshot(world: &World, room: RoomId, people: &[User]) -> RoomSnapshot {
    snapshot_without(world, room, people, Seq::ZERO).await
}

/// The same of a room whose messages up to that one have outlived their time.
pub(super) async fn snapshot_without(
    world: &World,
    room: RoomId,
    people: &[User],
    gone: Seq,
) -> RoomSnapshot {
    let Head { seq: head_seq, rev } = world.store.heads(&[room.into()]).await.unwrap()[0];
    let members = world.roles(room).await.into_iter().collect();
    let muted = world.muted(room).await.into_iter().collect();
    let (mut name, mut settings) = (None, RoomSettings::default());
    for person in people {
        if let Some(view) = world.store.room(room, &person.id).await.unwrap() {
            assert_eq!(view.head_rev, rev);
            name = view.name;
            settings = view.settings;
        }
    }
    let (messages, reactions) = said(world, room, gone).await;
    RoomSnapshot { rev, head_seq, name, settings, members, muted, messages, reactions }
}

type Said = (BTreeMap<Seq, Message>, BTreeSet<(Seq, Emoji, UserId)>);

/// All messages, those in threads among them, with what was put under them.
async fn said(world: &World, room: RoomId, gone: Seq) -> Said {
    let viewer = "nobody".parse().unwrap();
    let all = MessagePage { limit: usize::MAX, ..MessagePage::default() };
    let mut views = world.store.messages(room, &viewer, all).await.unwrap().items;
    for root in views.clone() {
        let page = MessagePage { thread: Some(root.message.seq), ..all };
        let answers = world.store.messages(room, &viewer, page).await.unwrap().items;
        let there = answers.iter().filter(|view| !view.message.is_deleted()).count();
        assert_eq!(root.replies.map_or(0, |replies| replies.count), there as u64);
        views.extend(answers);
    }
    // Threads whose beginning is gone go on until they are gone too.
    for root in 1..=gone.0 {
        let page = MessagePage { thread: Some(Seq(root)), ..all };
        views.extend(world.store.messages(room, &viewer, page).await.unwrap().items);
    }
    let mut said = Said::default();
    for MessageView { message, reactions, .. } in views {
        for Reaction { emoji, count, users } in reactions {
            assert_eq!(users.len() as u64, count);
            said.1.extend(users.into_iter().map(|user| (message.seq, emoji.clone(), user)));
        }
        said.0.insert(message.seq, message);
    }
    said
}

/// What of a snapshot no later change alters.
#[derive(Debug, PartialEq)]
struct Outline<'a> {
    rev: Rev,
    name: Option<&'a RoomName>,
    settings: RoomSettings,
    members: &'a BTreeMap<UserId, Role>,
    said: Vec<(Seq, &'a UserId)>,
}

fn outline(state: &RoomSnapshot) -> Outline<'_> {
    let said = state.messages.values().map(|message| (message.seq, &message.sender.id));
    Outline {
        rev: state.rev,
        name: state.name.as_ref(),
        settings: state.settings,
        members: &state.members,
        said: said.collect(),
    }
}

fn action<'a>(world: &World, people: &'a [User], step: Step) -> (&'a User, RoomAction) {
    match step {
        Step::Post { by, client_id, text } => {
            (&people[by], world.message(&format!("c{client_id}"), &format!("text {text}")))
        }
        Step::Answer { by, seq, text } => {
            let mut action = world.message(&format!("a{seq}-{text}"), &format!("text {text}"));
            if let RoomAction::Post(post) = &mut action {
                post.thread = Some(Seq(seq));
            }
            (&people[by], action)
        }
        Step::Edit { by, seq, text } => (&people[by], edit(seq, &format!("edited {text} @user2"))),
        Step::Delete { by, seq } => (&people[by], delete(seq)),
        Step::Pin { by, seq, pinned } => (&people[by], pin(seq, pinned)),
        Step::React { by, seq, emoji, present } => {
            (&people[by], react(seq, ["👍", "🎉"][usize::from(emoji)], present))
        }
        Step::Rename { by, name } => (&people[by], rename(&format!("Name {name}"))),
        Step::Configure { by, days } => (&people[by], configure(&format!(r#"{{"retention_days": {days}}}"#))),
        Step::Add { by, whom } => (&people[by], add(&people[whom])),
        Step::Remove { by, whom } => (&people[by], remove(&people[whom])),
        Step::Mute { by, whom, muted } => {
            (&people[by], mute(&people[whom], muted.then_some(Timestamp::FOR_GOOD)))
        }
        Step::Ban { by, whom } => (&people[by], ban(&people[whom], None)),
        Step::Unban { by, whom } => (&people[by], unban(&people[whom])),
        Step::SetRole { by, whom, role } => (&people[by], set_role(&people[whom], role)),
    }
}
