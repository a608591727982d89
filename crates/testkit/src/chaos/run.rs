//! One run: a cluster, its clients, faults one after the other, and the judgement.

mod judgement;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::client::{Client, Habit, Seen};
use super::fault::Scope;
use super::figures::Window;
use super::js::JsClients;
use super::people::{self, People};
use super::plan::Plan;
use super::schedule::Round;
use super::shared::Shared;
use super::verdict::Verdict;
use super::{guest, injury, log_reads};
use crate::cluster_launcher::{ClusterUnderTest, NetworkedNode};
use crate::history::Event;

/// How long after the last fault all clients must be at the head, and after each fault should be.
const RECOVERED_WITHIN: Duration = Duration::from_secs(30);
/// How long clients write before the first fault.
const WARM_UP: Duration = Duration::from_secs(1);
/// How often is looked whether clients have recovered.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// What a node logs that cannot read what it once wrote.
const DAMAGED: &str = "the store is damaged";
/// One reader in so many is slow.
const SLOW_ONE_IN: usize = 10;

/// Carries it out.
///
/// # Errors
/// The cluster could not be started or mended: no judgement is possible.
pub(super) async fn carry_out(plan: &Plan) -> Result<Verdict> {
    let mut cluster = ClusterUnderTest::start(&plan.cluster()).await?;
    let mut run = match Run::begin(plan, &cluster).await {
        Ok(run) => run,
        Err(error) => {
            cluster.keep();
            return Err(error);
        }
    };
    let verdict = match run.through_all_faults(&mut cluster).await {
        Ok(windows) => run.judge(&cluster, windows).await,
        Err(error) => Err(error),
    };
    if plan.keep || !verdict.as_ref().is_ok_and(Verdict::is_good) {
        cluster.keep();
        run.write_down(verdict.as_ref())?;
    }
    verdict
}

struct Run<'a> {
    plan: &'a Plan,
    shared: Arc<Shared>,
    /// Everybody who follows rooms to the end.
    readers: Vec<Arc<Seen>>,
    open: Vec<Arc<AtomicUsize>>,
    js: Option<JsClients>,
    tasks: JoinSet<()>,
    guests: JoinSet<()>,
}

impl<'a> Run<'a> {
    async fn begin(plan: &'a Plan, cluster: &ClusterUnderTest) -> Result<Self> {
        let direct: Vec<_> = cluster.nodes.iter().map(|each| each.node.address).collect();
        let nodes: Vec<_> = cluster.nodes.iter().filter_map(|each| each.clients.address()).collect();
        let everybody = plan.clients + plan.js_clients;
        let follows = plan.who_follows_what(everybody);
        let members: Vec<Vec<usize>> = (0..plan.rooms)
            .map(|room| (1..=everybody).filter(|user| follows[user - 1].contains(&room)).collect())
            .collect();
        let first = *direct.first().context("a cluster without nodes")?;
        let People { rooms, epoch } = people::make(first, 1 + everybody + plan.guests, &members).await?;
        let shared = Arc::new(Shared::new(plan.seed, nodes, direct, rooms, epoch));
        let mut run = Self {
            plan,
            shared,
            readers: Vec::new(),
            open: Vec::new(),
            js: None,
            tasks: JoinSet::new(),
            guests: JoinSet::new(),
        };
        for node in 0..run.shared.nodes.len() {
            let shared = run.shared.clone();
            run.tasks.spawn(async move { shared.check_health(node).await });
        }
        for (user, rooms) in (1..=plan.clients).zip(&follows) {
            run.add_client(user, rooms)?;
        }
        for user in (1 + everybody)..(1 + everybody + plan.guests) {
            let shared = run.shared.clone();
            run.guests.spawn(async move {
                if let Err(error) = guest::visit_all(shared.clone(), user).await {
                    shared.recorder.problem(format!("a guest cannot visit: {error:#}"));
                }
            });
        }
        if plan.js_clients > 0 {
            let people: Vec<_> = (plan.clients + 1..=everybody).zip(&follows[plan.clients..]).collect();
            let js = JsClients::start(&run.shared, &people, plan.writes_every)?;
            for reader in js.readers() {
                run.may_see(reader);
                run.readers.push(reader.clone());
            }
            run.js = Some(js);
        }
        Ok(run)
    }

    fn add_client(&mut self, user: usize, rooms: &[usize]) -> Result<()> {
        let habit = if user.is_multiple_of(SLOW_ONE_IN) { Habit::Slow } else { Habit::Regular };
        let word = if habit == Habit::Slow { "slow" } else { "client" };
        let seen = Seen::new(format!("{word}-{user}"), user, habit, rooms);
        self.may_see(&seen);
        let client = Client::new(self.shared.clone(), seen.clone(), Some(self.plan.writes_every))?;
        self.open.push(client.open_messages());
        self.readers.push(seen);
        self.tasks.spawn(client.live());
        Ok(())
    }

    fn may_see(&self, seen: &Seen) {
        for (room, _) in &seen.rooms {
            let (client, room) = (seen.name.clone(), self.shared.room(*room).to_owned());
            self.shared.recorder.event(Event::MaySee { client, room, after: 0 });
        }
    }

    /// One fault after the other, each until all clients have recovered.
    async fn through_all_faults(&mut self, cluster: &mut ClusterUnderTest) -> Result<Vec<Window>> {
        self.recovers("everybody to arrive").await;
        sleep(WARM_UP).await;
        let mut windows = Vec::new();
        for round in self.plan.schedule() {
            sleep(round.quiet).await;
            windows.push(self.through(&round, cluster).await?);
        }
        for NetworkedNode { node, .. } in &cluster.nodes {
            if fs::read_to_string(node.log())?.contains(DAMAGED) {
                self.shared.recorder.problem(format!("{} found its store damaged", node.name));
            }
        }
        Ok(windows)
    }

    async fn through(&mut self, round: &Round, cluster: &mut ClusterUnderTest) -> Result<Window> {
        let reads = log_reads::of(&self.shared.direct).await;
        let mut touched = self.touched_by(round.first.kind.scope(), round.first.node);
        let began = self.shared.recorder.now();
        injury::inject(&round.first, cluster, &self.shared).await?;
        let first_until = Instant::now() + round.first.lasts;
        let mut second_until = first_until;
        if let Some((after, second)) = &round.second {
            sleep(*after).await;
            touched.extend(self.touched_by(second.kind.scope(), second.node));
            injury::inject(second, cluster, &self.shared).await?;
            second_until = Instant::now() + second.lasts;
        }
        // What nodes stand on is mended before nodes are.
        let mut faults: Vec<_> = round.faults().collect();
        faults.sort_by_key(|fault| fault.kind.scope() == Scope::Node);
        sleep_until(first_until.max(second_until)).await;
        for fault in faults {
            injury::heal(fault, cluster, &self.shared).await?;
        }
        for NetworkedNode { node, .. } in &mut cluster.nodes {
            if let Some(status) = node.ended()? {
                self.shared.recorder.problem(format!("{} ended by itself: {status}", node.name));
                node.start().await?;
            }
            node.until_ready().await?;
        }
        self.recovers("everybody to recover").await;
        let log_reads = match (reads, log_reads::of(&self.shared.direct).await) {
            (Some(before), Some(after)) => Some(log_reads::added(&before, &after)),
            _ => None,
        };
        let kinds = round.faults().map(|fault| fault.kind).collect();
        let ended = self.shared.recorder.now();
        touched.sort_unstable();
        touched.dedup();
        Ok(Window { kinds, began, ended, touched, log_reads })
    }

    /// The names of the clients that a fault concerns.
    fn touched_by(&self, scope: Scope, node: usize) -> Vec<String> {
        let is_touched = |seen: &&Arc<Seen>| match scope {
            Scope::Node => seen.node() == Some(node),
            Scope::Everybody => true,
            Scope::Clients => false,
        };
        self.readers.iter().filter(is_touched).map(|seen| seen.name.clone()).collect()
    }

    /// Waits until everybody who reads fast is connected and has been shown all that is acknowledged by now.
    async fn recovers(&self, what: &str) {
        let newest: Vec<u64> =
            self.shared.rooms.iter().map(|room| room.acknowledged.load(Ordering::Acquire)).collect();
        let fast: Vec<&Arc<Seen>> = self.readers.iter().filter(|seen| seen.habit != Habit::Slow).collect();
        let has_all = |seen: &&&Arc<Seen>| seen.node().is_some() && has_reached(seen, &newest);
        if !self.wait(|| fast.iter().all(|seen| has_all(&seen))).await {
            let late: Vec<&str> =
                fast.iter().filter(|seen| !has_all(seen)).map(|seen| seen.name.as_str()).collect();
            self.shared
                .recorder
                .problem(format!("waited {RECOVERED_WITHIN:?} for {what}: {}", late.join(", ")));
        }
    }

    async fn wait(&self, is_over: impl Fn() -> bool) -> bool {
        let until = Instant::now() + RECOVERED_WITHIN;
        while !is_over() {
            if Instant::now() > until {
                return false;
            }
            sleep(LOOK_EVERY).await;
        }
        true
    }
}

fn has_reached(seen: &Seen, revs: &[u64]) -> bool {
    seen.rooms
        .iter()
        .all(|(room, last)| revs.get(*room).is_none_or(|rev| last.load(Ordering::Acquire) >= *rev))
}
