//! A store whose rooms owe work, its outbox, and short ways to ask things of both.

use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::outbox::{Lease, Leased, Outbox, Settlement, WorkKind};
use chinwag_chat::rules::Outcome;
use chinwag_chat::store::CommitError;
use chinwag_chat::{
    Bus, ChangeRef, FollowUp, FollowUps, Rev, RoomAction, RoomCommand, RoomId, RoomKind, Store, User,
};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use crate::conformance::{Fresh, World};

/// A store with nothing in it, its outbox, and whatever must live as long.
pub struct FreshOutbox {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Its outbox.
    pub outbox: Arc<dyn Outbox>,
    /// What must outlive both.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// Longer than any case takes.
pub(super) const LONG: Duration = Duration::from_secs(600);
/// Short enough to wait for.
pub(super) const SHORT: Duration = Duration::from_millis(150);
/// How long a condition is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Where work is noted and fetched.
pub struct Desk {
    /// The outbox under test.
    pub outbox: Arc<dyn Outbox>,
    /// The store whose changes owe the work.
    pub world: World,
    /// Somebody who has rooms.
    pub ada: User,
    /// More letters than the outbox puts back in one step.
    pub(super) letters: usize,
}

impl Desk {
    /// A desk over a fresh store.
    pub async fn over<F, Fut>(factory: F) -> Self
    where
        F: FnOnce(Arc<dyn Bus>) -> Fut,
        Fut: Future<Output = FreshOutbox>,
    {
        Self::over_any(async |bus| Some(factory(bus).await)).await.unwrap()
    }

    /// The same, where there can be one.
    pub async fn over_any<F, Fut>(factory: F) -> Option<Self>
    where
        F: FnOnce(Arc<dyn Bus>) -> Fut,
        Fut: Future<Output = Option<FreshOutbox>>,
    {
        let mut outbox = None;
        let world = World::over_any(async |bus| {
            let fresh = factory(bus).await?;
            outbox = Some(fresh.outbox);
            Some(Fresh { store: fresh.store, keep: fresh.keep })
        });
        let world = world.await?;
        let ada = world.user("ada").await;
        Some(Self { outbox: outbox.unwrap(), world, ada, letters: 600 })
    }

    /// The same, where so many letters are more than the outbox puts back in one step.
    #[must_use]
    pub fn with_letters(self, letters: usize) -> Self {
        Self { letters, ..self }
    }

    /// A room that has said nothing yet and owes nothing.
    pub async fn room(&self) -> RoomId {
        self.world.room(RoomKind::Public, &self.ada, &[]).await
    }

    /// Asks something of a room that messages and renames are to be told of.
    pub async fn ask(&self, room: RoomId, action: RoomAction) -> Result<Outcome, CommitError> {
        self.ask_with(room, action, wanted(WorkKind::WEBHOOK)).await
    }

    /// Asks something of a room, with that work after it.
    pub async fn ask_with(
        &self,
        room: RoomId,
        action: RoomAction,
        follow_ups: FollowUps,
    ) -> Result<Outcome, CommitError> {
        let command = RoomCommand { room, actor: self.ada.id.clone(), action, follow_ups };
        self.world.store.commit(command, self.world.now()).await
    }

    /// Says something, which owes one job. Its number in the room.
    pub async fn owe(&self, room: RoomId) -> Rev {
        self.owe_kind(room, WorkKind::WEBHOOK).await
    }

    /// Says something, which owes one job of that kind.
    pub async fn owe_kind(&self, room: RoomId, kind: WorkKind) -> Rev {
        let client_id = self.world.new_room_id().to_string();
        let outcome =
            self.ask_with(room, self.world.message(&client_id, "hello"), wanted(kind)).await.unwrap();
        outcome.changes.first().unwrap().rev
    }

    /// Takes webhooks, at most `most`.
    pub async fn lease(&self, most: usize, hold: Duration) -> Vec<Leased> {
        self.outbox.lease(&[WorkKind::WEBHOOK], most, hold).await.unwrap()
    }

    /// Takes one webhook for long, which must be there.
    pub async fn take(&self) -> Leased {
        let mut leased = self.lease(1, LONG).await;
        leased.pop().expect("a job that can be leased")
    }

    /// Takes one webhook for long, as soon as there is one.
    pub async fn take_once_due(&self) -> Leased {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(leased) = self.lease(1, LONG).await.pop() {
                return leased;
            }
            assert!(Instant::now() < deadline, "no job came due");
            sleep(LOOK_EVERY).await;
        }
    }

    /// Ends a lease that is in force.
    pub async fn settle(&self, lease: Lease, how: Settlement) {
        assert!(self.outbox.settle(lease, how).await.unwrap(), "the lease is in force");
    }

    /// Makes a dead letter of a job.
    pub async fn bury(&self, lease: Lease) {
        self.settle(lease, Settlement::Dead { reason: "gone".to_owned() }).await;
    }

    /// Makes dead letters of all webhooks, those that come meanwhile included.
    pub(super) async fn bury_until(&self, is_enough: impl AsyncFn() -> bool) {
        while !is_enough().await {
            let leased = self.lease(1_000, LONG).await;
            join_all(leased.iter().map(|leased| self.bury(leased.lease))).await;
        }
    }
}

/// Messages and renames are followed by work of that kind.
pub(super) fn wanted(kind: WorkKind) -> FollowUps {
    FollowUps::new(vec![FollowUp { kind, events: vec!["message.created", "room.renamed"] }], None)
}

/// What a job is about.
pub(super) fn about(leased: &Leased) -> ChangeRef {
    serde_json::from_str(&leased.job.payload).unwrap()
}

/// The number of the change that a job is about.
pub(super) fn rev(leased: &Leased) -> Rev {
    about(leased).rev
}
