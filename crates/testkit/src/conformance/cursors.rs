//! Cursors over random histories: whatever happens, they go forward, and what is left to read is what a recount says.

use chinwag_chat::store::CommitError;
use chinwag_chat::{CursorKind, RoomAction, RoomId, RoomKind, RoomView, Seq, User};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::World;
use super::world::{delete, edit};

/// How many people there are in a history.
const PEOPLE: usize = 3;

/// Something that one of the people does. Numbers of messages may be of some that are not there.
#[derive(Debug, Clone, Copy)]
enum Step {
    Post { by: usize, calls: Option<usize> },
    Answer { by: usize, root: u64, calls: Option<usize> },
    Edit { by: usize, seq: u64, calls: Option<usize> },
    Delete { by: usize, seq: u64 },
    Move { by: usize, kind: CursorKind, seq: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let (seq, calls) = (|| 1..12u64, || prop::option::of(0..PEOPLE));
    let kind = prop_oneof![Just(CursorKind::Read), Just(CursorKind::Delivered)];
    prop_oneof![
        4 => (0..PEOPLE, calls()).prop_map(|(by, calls)| Step::Post { by, calls }),
        2 => (0..PEOPLE, seq(), calls()).prop_map(|(by, root, calls)| Step::Answer { by, root, calls }),
        2 => (0..PEOPLE, seq(), calls()).prop_map(|(by, seq, calls)| Step::Edit { by, seq, calls }),
        2 => (0..PEOPLE, seq()).prop_map(|(by, seq)| Step::Delete { by, seq }),
        4 => (0..PEOPLE, kind, seq()).prop_map(|(by, kind, seq)| Step::Move { by, kind, seq }),
    ]
}

/// A message as far as cursors are concerned.
#[derive(Debug, Clone, Copy)]
struct Said {
    by: usize,
    is_answer: bool,
    is_deleted: bool,
    calls: Option<usize>,
}

/// What everybody should see, counted anew from all that was said.
#[derive(Debug, Default)]
struct Recount {
    said: Vec<Said>,
    read: [u64; PEOPLE],
    delivered: [u64; PEOPLE],
}

impl Recount {
    fn head(&self) -> u64 {
        self.said.len() as u64
    }

    fn say(&mut self, by: usize, is_answer: bool, calls: Option<usize>) {
        self.said.push(Said { by, is_answer, is_deleted: false, calls });
        if !is_answer {
            self.forward(by, CursorKind::Read, self.head());
        }
    }

    fn forward(&mut self, who: usize, kind: CursorKind, seq: u64) {
        let seq = seq.min(self.head());
        if kind == CursorKind::Read {
            self.read[who] = self.read[who].max(seq);
        }
        self.delivered[who] = self.delivered[who].max(seq);
    }

    /// How many of the messages that are left to somebody are so.
    fn left(&self, who: usize, is_so: impl Fn(&Said) -> bool) -> u64 {
        let after = usize::try_from(self.read[who]).unwrap_or(usize::MAX);
        self.said.iter().skip(after).filter(|said| !said.is_deleted && is_so(said)).count() as u64
    }
}

/// Forward only, never past the head, and derived: no history makes a number drift from the log.
pub async fn what_is_left_to_read_is_what_a_recount_says(world: &World) {
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        people.push(world.user(&format!("reader{n}")).await);
    }
    let config = Config { cases: world.histories, failure_persistence: None, ..Config::default() };
    let result = block_in_place(|| {
        TestRunner::new(config).run(&prop::collection::vec(step(), 1..40), |steps| {
            Handle::current().block_on(live(world, &people, &steps))
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Lives through a history, and compares after every step.
async fn live(world: &World, people: &[User], steps: &[Step]) -> Result<(), TestCaseError> {
    let room = world.room(RoomKind::Group, &people[0], &[&people[1], &people[2]]).await;
    let mut recount = Recount::default();
    for step in steps {
        take(world, room, people, *step, &mut recount).await?;
        for (who, user) in people.iter().enumerate() {
            let RoomView { read_seq, unread, mentions, .. } = world.view(room, user).await;
            prop_assert_eq!(read_seq, Seq(recount.read[who]));
            prop_assert_eq!(unread, recount.left(who, |said| !said.is_answer));
            prop_assert_eq!(mentions, recount.left(who, |said| said.calls == Some(who) && said.by != who));
        }
    }
    let members = world.store.members(room, None, PEOPLE).await.unwrap().items;
    for (who, user) in people.iter().enumerate() {
        let member = members.iter().find(|member| member.user.id == user.id);
        prop_assert_eq!(member.map(|member| member.delivered_seq), Some(Seq(recount.delivered[who])));
    }
    Ok(())
}

async fn take(
    world: &World,
    room: RoomId,
    people: &[User],
    step: Step,
    recount: &mut Recount,
) -> Result<(), TestCaseError> {
    let text =
        |calls: Option<usize>| calls.map_or("hello".to_owned(), |who| format!("@{} hello", people[who].name));
    let known = |seq: u64| usize::try_from(seq - 1).unwrap_or(usize::MAX);
    match step {
        Step::Post { by, calls } => {
            world.post(room, &people[by], &text(calls)).await;
            recount.say(by, false, calls);
        }
        Step::Answer { by, root, calls } if root <= recount.head() => {
            world.answer(room, &people[by], &text(calls), None, Some(root)).await;
            recount.say(by, true, calls);
        }
        Step::Edit { by, seq, calls } => {
            if done(world, room, &people[by], edit(seq, &text(calls))).await? {
                recount.said[known(seq)].calls = calls;
            }
        }
        Step::Delete { by, seq } => {
            if done(world, room, &people[by], delete(seq)).await? {
                recount.said[known(seq)].is_deleted = true;
            }
        }
        Step::Move { by, kind, seq } => {
            world.store.move_cursor(room, &people[by].id, kind, Seq(seq)).await.unwrap();
            recount.forward(by, kind, seq);
        }
        Step::Answer { .. } => {}
    }
    Ok(())
}

/// Whether the rules let it happen.
async fn done(world: &World, room: RoomId, by: &User, action: RoomAction) -> Result<bool, TestCaseError> {
    match world.ask(room, by, action).await {
        Ok(_) => Ok(true),
        Err(CommitError::Refused(_)) => Ok(false),
        Err(CommitError::Store(error)) => Err(TestCaseError::fail(error.to_string())),
    }
}
