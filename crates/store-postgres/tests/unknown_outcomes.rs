//! The connection breaks exactly over a commit.
//!
//! A trigger makes the commit itself wait for a lock that the test holds: so the test knows that the commit was sent and
//! not answered, and can choose what becomes of it.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::rules::Outcome;
use chinwag_chat::store::CommitError;
use chinwag_chat::{RoomAction, RoomId, RoomKind, StoreError, UpdateRoom, User};
use chinwag_store_postgres::Options;
use chinwag_testkit::conformance::World;
use chinwag_testkit::fault_proxy::{Direction, FaultProxy, Way};
use chinwag_testkit::postgres::Postgres;
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinHandle;
use tokio::time::sleep;

const COMMITS_WAIT: &str = "
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER commits_wait AFTER INSERT ON messages
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait();
    CREATE CONSTRAINT TRIGGER commits_wait AFTER INSERT ON changes
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait();";

const WAITING: &str =
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted";

/// A store behind a bad network, and a hand on its commits.
struct Bench {
    server: Postgres,
    proxy: FaultProxy,
    world: Arc<World>,
    ada: User,
    room: RoomId,
    gate: PgConnection,
}

impl Bench {
    async fn new() -> Self {
        let server = Postgres::start().await.unwrap();
        let proxy = FaultProxy::start(server.address()).await.unwrap();
        let world = fixture::world(&server.url_through(proxy.address()), Options::default()).await;
        let ada = world.user("ada").await;
        let room = world.room(RoomKind::Group, &ada, &[]).await;
        server.query(COMMITS_WAIT).unwrap();
        let mut gate = PgConnection::connect(&server.url()).await.unwrap();
        sqlx::query("SELECT pg_advisory_lock(7)").execute(&mut gate).await.unwrap();
        Self { server, proxy, world: Arc::new(world), ada, room, gate }
    }

    /// Asks something, and waits until its commit waits.
    async fn until_commit(&self, action: RoomAction) -> JoinHandle<Result<Outcome, CommitError>> {
        let (world, room, ada) = (self.world.clone(), self.room, self.ada.clone());
        let asked = tokio::spawn(async move { world.ask(room, &ada, action).await });
        self.until(WAITING, "1").await;
        asked
    }

    async fn until(&self, question: &str, answer: &str) {
        while self.server.query(question).unwrap() != answer {
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Lets commits go through, now and from now on.
    async fn open(&mut self) {
        sqlx::query("SELECT pg_advisory_unlock_all()").execute(&mut self.gate).await.unwrap();
    }

    /// The commit goes through, but no word of it comes back.
    async fn lose_the_answer(&mut self, done: &str) {
        self.proxy.black_hole(Way::One(Direction::ToClient));
        self.open().await;
        self.until(done, "1").await;
        self.proxy.cut();
        self.proxy.pass().await;
    }

    /// The commit comes to nothing, and no word of that comes back.
    async fn lose_the_commit(&mut self) {
        self.proxy.black_hole(Way::One(Direction::ToClient));
        self.server
            .query(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
            )
            .unwrap();
        self.until(WAITING, "0").await;
        self.open().await;
        self.proxy.cut();
        self.proxy.pass().await;
    }

    fn rename(&self) -> RoomAction {
        RoomAction::Update(UpdateRoom { name: Some("elsewhere".parse().unwrap()), ..UpdateRoom::default() })
    }

    /// The one message is there once, and is announced once.
    async fn has_one_message(&self, outcome: &Outcome) {
        assert_eq!(outcome.changes.len(), 1);
        let messages = self.world.messages(self.room).await;
        assert_eq!(messages.len(), 1);
        assert_eq!(self.world.view(self.room, &self.ada).await.head_seq.0, 1);
        let announced = self.world.announced.changes();
        assert_eq!(announced.iter().filter(|change| change.rev() == messages[0].rev).count(), 1);
        // The client's own repeat finds it too.
        let (again, created) = self.world.post_as(self.room, &self.ada, "once", "text").await.unwrap();
        assert_eq!((&again, created), (&messages[0], false));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_whose_commit_was_not_answered_is_found_and_acknowledged() {
    let mut bench = Bench::new().await;
    let posted = bench.until_commit(bench.world.message("once", "text")).await;
    bench.lose_the_answer("SELECT count(*) FROM messages").await;
    let outcome = posted.await.unwrap().unwrap();
    bench.has_one_message(&outcome).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_whose_commit_was_lost_is_written_again() {
    let mut bench = Bench::new().await;
    let posted = bench.until_commit(bench.world.message("once", "text")).await;
    bench.lose_the_commit().await;
    let outcome = posted.await.unwrap().unwrap();
    bench.has_one_message(&outcome).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anything_else_whose_commit_was_not_answered_is_said_to_be_unknown() {
    let mut bench = Bench::new().await;
    let renamed = bench.until_commit(bench.rename()).await;
    bench.lose_the_answer("SELECT count(*) FROM rooms WHERE name = 'elsewhere'").await;
    let doubt = renamed.await.unwrap().unwrap_err();
    assert!(matches!(doubt, CommitError::Store(StoreError::Unknown(_))), "{doubt:?}");
    // Whoever is told so looks, or asks again; both work.
    assert_eq!(bench.world.view(bench.room, &bench.ada).await.name.unwrap().as_str(), "elsewhere");
    bench.world.ask(bench.room, &bench.ada, bench.rename()).await.unwrap();
}
