//! Histories in which messages outlive their time and people are erased: whoever has some of it still ends where it ends.

use chinwag_chat::store::CommitError;
use chinwag_chat::{Change, Rev, RoomEvent, RoomId, RoomKind, Seq, StoreError, User};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::World;
use super::imports::chat;
use super::replay::{apply, snapshot_without};
use super::world::{add, edit, pin, react};

const PEOPLE: usize = 3;

#[derive(Debug, Clone, Copy)]
enum Step {
    Post {
        by: usize,
    },
    Answer {
        by: usize,
        thread: u64,
    },
    Edit {
        by: usize,
        seq: u64,
    },
    Pin {
        by: usize,
        seq: u64,
    },
    React {
        by: usize,
        seq: u64,
    },
    Join {
        who: usize,
    },
    /// All but the newest so many go, so many at a time.
    Outlive {
        kept: usize,
        most: usize,
    },
    Erase {
        whom: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let (by, seq) = (0..PEOPLE, 1..12u64);
    prop_oneof![
        8 => by.clone().prop_map(|by| Step::Post { by }),
        2 => (by.clone(), seq.clone()).prop_map(|(by, thread)| Step::Answer { by, thread }),
        2 => (by.clone(), seq.clone()).prop_map(|(by, seq)| Step::Edit { by, seq }),
        1 => (by.clone(), seq.clone()).prop_map(|(by, seq)| Step::Pin { by, seq }),
        3 => (by.clone(), seq).prop_map(|(by, seq)| Step::React { by, seq }),
        1 => by.clone().prop_map(|who| Step::Join { who }),
        2 => (0..6usize, 1..4usize).prop_map(|(kept, most)| Step::Outlive { kept, most }),
        1 => by.prop_map(|whom| Step::Erase { whom }),
    ]
}

/// From every revision that the log still has, the changes after it make the present; before that, it says that it is gone.
pub async fn what_is_left_of_a_log_makes_the_present(world: &World) {
    let histories = prop::collection::vec(step(), 1..40);
    let config = Config { cases: world.histories, failure_persistence: None, ..Config::default() };
    let result = block_in_place(|| {
        let mut round = 0;
        let round = std::cell::RefCell::new(&mut round);
        TestRunner::new(config).run(&histories, |steps| {
            **round.borrow_mut() += 1;
            let n: i32 = **round.borrow();
            Handle::current().block_on(live_through(world, n, steps))
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

async fn live_through(world: &World, round: i32, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        people.push(world.user(&format!("user{round}-{n}")).await);
    }
    // Whoever is erased leaves; somebody stays who reads.
    let reader = world.user(&format!("reader{round}")).await;
    let room = world.room(RoomKind::Public, &reader, &[&people[0], &people[1]]).await;
    people.push(reader);
    let (mut read, mut gone) = (vec![], Seq::ZERO);
    for step in steps {
        live(world, room, &people, step).await?;
        gone = gone_up_to(world, room).await;
        read.push(snapshot_without(world, room, &people, gone).await);
    }
    let present = snapshot_without(world, room, &people, gone).await;
    let begins_after = begin_of_log(world, room).await;
    prop_assert!(present.messages.keys().all(|seq| *seq > gone));
    for start in read {
        let page = world.store.changes_after(&room.into(), start.rev, usize::MAX).await;
        if start.rev < begins_after {
            prop_assert!(matches!(page, Err(StoreError::Gone(rev)) if rev == begins_after), "{:?}", page);
            continue;
        }
        let mut state = start.clone();
        page.unwrap().changes.iter().for_each(|change| apply(&mut state, change));
        prop_assert_eq!(&state, &present, "from {}", start.rev);
    }
    // However small the pages are.
    let mut position = begins_after;
    while position < present.rev {
        let page = world.store.changes_after(&room.into(), position, 3).await.unwrap();
        prop_assert!(!page.changes.is_empty());
        for change in page.changes {
            prop_assert_eq!(change.rev(), position.next());
            position = change.rev();
        }
    }
    Ok(())
}

async fn live(world: &World, room: RoomId, people: &[User], step: Step) -> Result<(), TestCaseError> {
    let (by, action) = match step {
        Step::Post { by } => (by, world.message(&format!("c{}", world.now().unix_ms()), "@user1-1, text")),
        Step::Answer { by, thread } => {
            let mut action = world.message(&format!("a{}", world.now().unix_ms()), "answer");
            if let chinwag_chat::RoomAction::Post(post) = &mut action {
                post.thread = Some(Seq(thread));
            }
            (by, action)
        }
        Step::Edit { by, seq } => (by, edit(seq, &format!("edited {}", world.now().unix_ms()))),
        Step::Pin { by, seq } => (by, pin(seq, true)),
        Step::React { by, seq } => (by, react(seq, "👍", true)),
        Step::Join { who } => (who, add(&people[who])),
        Step::Outlive { kept, most } => {
            let messages = world.messages(room).await;
            if let Some(first_kept) = messages.len().checked_sub(kept + 1) {
                let before = messages[first_kept].created_at;
                while world.store.trim(room, before, most, world.now()).await.unwrap() > 0 {}
            }
            return Ok(());
        }
        Step::Erase { whom } => {
            let chat = chat(world);
            chat.begin_erasure(&people[whom].id, None).await.unwrap();
            chat.continue_erasures().await.unwrap();
            return Ok(());
        }
    };
    match world.ask(room, &people[by], action).await {
        Ok(_) | Err(CommitError::Refused(_)) => Ok(()),
        Err(CommitError::Store(error)) => Err(TestCaseError::fail(error.to_string())),
    }
}

/// Where the log begins, as it says itself.
async fn begin_of_log(world: &World, room: RoomId) -> Rev {
    match world.store.changes_after(&room.into(), Rev::ZERO, 1).await {
        Err(StoreError::Gone(begins_after)) => begins_after,
        page => page.map(|_| Rev::ZERO).unwrap(),
    }
}

/// Up to which message there are none any more, as the log says.
async fn gone_up_to(world: &World, room: RoomId) -> Seq {
    let begins_after = begin_of_log(world, room).await;
    let page = world.store.changes_after(&room.into(), begins_after, usize::MAX).await.unwrap();
    let removals = page.changes.into_iter().filter_map(|change| match change {
        Change::Room(change) => match change.event {
            RoomEvent::MessagesRemoved { up_to } => Some(up_to),
            _ => None,
        },
        Change::User(_) => None,
    });
    removals.max().unwrap_or_default()
}
