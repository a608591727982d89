//! The servers of the cluster, who of them has which slot, and how a command gets to the right one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chinwag_bus_remote::WireError;
use futures_util::FutureExt as _;
use futures_util::future::{join_all, select_ok, try_join_all};
use parking_lot::{Mutex, RwLock};
use redis::aio::MultiplexedConnection;
use redis::{Cmd, ErrorKind, Pipeline, RedisError, RedisResult, ServerErrorKind, Value};
use tokio::time::sleep;

use super::member::Member;
use super::slots::Slots;
use super::subscriptions::Subscriptions;
use crate::address::{Address, Host};
use crate::connection;
use crate::failure::in_short;
use crate::inbox::Inbox;

/// How often a command follows its slot from server to server.
const ATTEMPTS: u32 = 5;
/// How long the servers get to agree who has it, from the second time on.
const AGREE_WITHIN: Duration = Duration::from_millis(100);

pub(super) struct Members {
    address: Address,
    inbox: Inbox,
    pub(super) subscriptions: Arc<Subscriptions>,
    slots: RwLock<Arc<Slots>>,
    members: Mutex<HashMap<Host, Arc<Member>>>,
    /// Held while it is found out who has the slots now; who finds it held waits for the answer.
    learning: tokio::sync::Mutex<()>,
}

/// Which connection of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Publishing,
    Subscribing,
}

impl Members {
    /// Asks the seeds, all at once, for the cluster, and connects to all servers with slots.
    pub(super) async fn gather(seeds: &[Host], address: &Address, inbox: Inbox) -> RedisResult<Self> {
        let (slots, _) = select_ok(seeds.iter().map(|seed| ask_seed(seed, address).boxed())).await?;
        let members = Self {
            address: address.clone(),
            inbox,
            subscriptions: Arc::default(),
            slots: RwLock::new(Arc::new(slots)),
            members: Mutex::default(),
            learning: tokio::sync::Mutex::default(),
        };
        members.connect().await?;
        Ok(members)
    }

    /// Sends each channel's command to the server that has its slot, those of one server in this order and in one go.
    pub(super) async fn route(
        &self,
        channels: &[String],
        part: Part,
        command: impl Fn(usize, &Host) -> Option<Cmd> + Sync,
    ) -> Result<(), WireError> {
        let mut waiting: Vec<usize> = (0..channels.len()).collect();
        for attempt in 0..ATTEMPTS {
            let slots = self.slots.read().clone();
            let mut by_owner: HashMap<&Host, Vec<usize>> = HashMap::new();
            for n in waiting {
                let owner = channels.get(n).and_then(|channel| slots.owner(channel));
                by_owner.entry(owner.ok_or_else(lost_slot)?).or_default().push(n);
            }
            let sent = by_owner.into_iter().map(async |(owner, numbers)| {
                let moved = self.send(owner, part, numbers, &command).await?;
                Ok((owner, moved))
            });
            let answers: Vec<(&Host, Vec<usize>)> =
                join_all(sent).await.into_iter().collect::<Result<_, WireError>>()?;
            // Who has sent us on knows where to.
            let Some((informed, _)) = answers.iter().find(|(_, moved)| !moved.is_empty()) else {
                return Ok(());
            };
            if attempt > 0 {
                sleep(AGREE_WITHIN).await;
            }
            self.learn(&slots, informed).await.map_err(|error| WireError::broken(in_short(&error)))?;
            waiting = answers.into_iter().flat_map(|(_, moved)| moved).collect();
            waiting.sort_unstable();
        }
        Err(WireError::broken("the cluster's servers do not agree who has a slot"))
    }

    /// Sends commands to one server; returns those whose slot it does not have.
    async fn send(
        &self,
        owner: &Host,
        part: Part,
        numbers: Vec<usize>,
        command: &(impl Fn(usize, &Host) -> Option<Cmd> + Sync),
    ) -> Result<Vec<usize>, WireError> {
        let mut connection = self.connection(owner, part)?;
        let mut commands = Pipeline::with_capacity(numbers.len());
        for command in numbers.iter().filter_map(|n| command(*n, owner)) {
            commands.add_command(command);
        }
        let broken = |error: RedisError| WireError::broken(format!("{owner}: {}", in_short(&error)));
        let answers = connection::run(&mut connection, &commands).await.map_err(broken)?;
        let mut moved = vec![];
        for (n, answer) in numbers.into_iter().zip(answers) {
            let Value::ServerError(error) = answer else { continue };
            match error.kind() {
                Some(ServerErrorKind::Moved | ServerErrorKind::Ask) => moved.push(n),
                _ => return Err(WireError::broken(format!("{owner}: {error}"))),
            }
        }
        Ok(moved)
    }

    /// Tells whoever brings these channels that nobody wants them any more.
    pub(super) async fn unsubscribe(&self, channels: &[String]) -> Result<(), WireError> {
        for (host, channels) in self.subscriptions.forget(channels) {
            let mut connection = self.connection(&host, Part::Subscribing)?;
            let mut commands = Pipeline::with_capacity(channels.len());
            for channel in channels {
                commands.cmd("SUNSUBSCRIBE").arg(channel);
            }
            // What it answers does not matter: it may have taken them back already.
            connection::run(&mut connection, &commands).await.map_err(WireError::broken)?;
        }
        Ok(())
    }

    /// Finds out who has the slots, unless somebody else has since they were seen so.
    async fn learn(&self, seen: &Arc<Slots>, informed: &Host) -> RedisResult<()> {
        let _learning = self.learning.lock().await;
        if !Arc::ptr_eq(seen, &self.slots.read()) {
            return Ok(());
        }
        let member = self.members.lock().get(informed).cloned();
        if let Some(member) = member {
            let slots = ask(&mut member.publishing.clone(), informed).await?;
            *self.slots.write() = Arc::new(slots);
        }
        self.connect().await
    }

    /// Connects to those servers with slots to which there is no connection yet. Servers without slots are kept: they may
    /// still bring what they were asked for.
    async fn connect(&self) -> RedisResult<()> {
        let slots = self.slots.read().clone();
        let known: Vec<Host> = self.members.lock().keys().cloned().collect();
        let new = slots.owners().iter().filter(|owner| !known.contains(owner));
        let connecting = new.map(async |owner| {
            let member = Member::connect(owner, &self.address, &self.inbox, &self.subscriptions).await?;
            RedisResult::Ok((owner.clone(), Arc::new(member)))
        });
        let connected = try_join_all(connecting).await?;
        self.members.lock().extend(connected);
        Ok(())
    }

    fn connection(&self, host: &Host, part: Part) -> Result<MultiplexedConnection, WireError> {
        let members = self.members.lock();
        let member = members.get(host).ok_or_else(lost_slot)?;
        Ok(match part {
            Part::Publishing => member.publishing.clone(),
            Part::Subscribing => member.subscribing.clone(),
        })
    }
}

fn lost_slot() -> WireError {
    WireError::broken("a slot of the cluster has no server")
}

/// Asks a server to which there is no connection yet for its cluster, and whether that works.
async fn ask_seed(seed: &Host, address: &Address) -> RedisResult<Slots> {
    let client = connection::client(seed, &address.login, address.tls.as_ref())?;
    let mut connection = connection::open(&client, |_| RedisResult::Ok(())).await?;
    let slots = ask(&mut connection, seed).await?;
    // One that is cut off from the others still has an opinion, but an old one.
    let info = connection.send_packed_command(redis::cmd("CLUSTER").arg("INFO")).await?;
    if !redis::from_redis_value::<String>(info)?.contains("cluster_state:ok") {
        return Err(unusable(format!("the cluster is down, as {seed} sees it: look at CLUSTER INFO there")));
    }
    let known = connection.send_packed_command(redis::cmd("COMMAND").arg("INFO").arg("SPUBLISH")).await?;
    if known == Value::Array(vec![Value::Nil]) {
        let reason = "a Redis Cluster must be of version 7 or newer, which shards pub/sub, or a Valkey";
        return Err(unusable(reason.to_owned()));
    }
    Ok(slots)
}

fn unusable(reason: String) -> RedisError {
    RedisError::from((ErrorKind::ClusterConnectionNotFound, "unusable", reason))
}

async fn ask(connection: &mut MultiplexedConnection, server: &Host) -> RedisResult<Slots> {
    let answer = connection.send_packed_command(redis::cmd("CLUSTER").arg("SLOTS")).await?;
    Slots::read(answer.extract_error()?, server)
}
