//! Three nodes under load, each of them killed once, and what clients see of it.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::ledger::{Ledger, Shared};
use super::listener::Listener;
use super::sender::Sender;
use super::stand::Stand;
use super::{Options, progress};
use crate::bench::crowd::{self, AT_ONCE};
use crate::bench::report::Table;
use crate::bench::samples::number;
use crate::client::{Connection, Target};

const NODES: usize = 3;
const MEMBERS_OF_A_ROOM: usize = 10;
const SENDERS: usize = 64;
/// How long a killed node stays away.
const AWAY: Duration = Duration::from_secs(5);
/// From the operator's wish for evenly spread clients until the nodes have heard of it, have sent clients elsewhere, and
/// have told each other how many they have now.
const SHED_AFTER: Duration = Duration::from_secs(10);
/// How long it may take until the clients are spread.
const SPREAD_WITHIN: Duration = Duration::from_secs(120);
/// How long everybody may take to have everything once nobody sends any more.
const SETTLED_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A room and its sender.
struct Room {
    id: Rc<str>,
    sender: usize,
}

pub(super) async fn run(options: &Options, binary: &Path) -> Result<Table> {
    progress("starting PostgreSQL, Redis and three nodes");
    let mut stand = Stand::start(binary, NODES).await?;
    let nodes: Rc<[SocketAddr]> = stand.addresses().into();
    let rooms = prepare(options, &nodes).await?;
    let positions = stream::iter(&rooms)
        .map(|room| position(&nodes, room))
        .buffered(AT_ONCE)
        .try_collect::<Vec<_>>()
        .await
        .context("cannot ask for the rooms' positions")?;
    let bases = positions.iter().map(|position| position.offset).collect();
    let ledger: Shared = Rc::new(RefCell::new(Ledger::new(bases)?));

    progress(&format!("connecting {} clients", options.connections));
    let mut listening = JoinSet::new();
    let mut offsets = Vec::with_capacity(options.connections);
    for client in 0..options.connections {
        let room = client % rooms.len();
        let listener = Listener::new(
            client,
            room,
            rooms[room].id.clone(),
            nodes.clone(),
            ledger.clone(),
            &positions[room],
        );
        offsets.push((room, listener.offset.clone()));
        listening.spawn_local(listener.listen());
        // As many at a time as in the other measurements.
        if client % AT_ONCE == AT_ONCE - 1 {
            sleep(Duration::from_millis(60)).await;
        }
    }
    sleep(Duration::from_secs(5)).await;

    let lasts = Duration::from_secs(options.seconds);
    let started = Instant::now();
    let is_over = Rc::new(Cell::new(false));
    let interval = Duration::from_secs(1) * u32::try_from(SENDERS)? / options.sends_per_second;
    let mut sending = JoinSet::new();
    for sender in 0..SENDERS {
        let own = rooms.iter().enumerate().filter(|(_, room)| room.sender == sender);
        let own = own.map(|(number, room)| (number, room.id.clone())).collect();
        let sender = Sender {
            number: user_of_sender(options, sender),
            rooms: own,
            nodes: nodes.clone(),
            interval,
            ledger: ledger.clone(),
        };
        sending.spawn_local(sender.send_until(is_over.clone()));
    }
    let (mut log_reads, mut sent_elsewhere) = (0, 0);
    for node in 0..NODES {
        let at = started + lasts * u32::try_from(2 * node + 1)? / u32::try_from(2 * NODES)?;
        sleep_until(at).await;
        let before = stand.log_reads().await?;
        stand.kill(node);
        ledger.borrow_mut().killed(node);
        progress(&format!("killed node {}", node + 1));
        sleep(AWAY).await;
        let after = stand.log_reads().await?;
        log_reads += survivors(node, &after).saturating_sub(survivors(node, &before));
        stand.start_node(node).await?;
        ledger.borrow_mut().started_again(node);
        ledger.borrow_mut().check()?;
        if node + 1 < NODES {
            progress("spreading the clients");
            sent_elsewhere += spread(options, &stand, node).await?;
        }
    }
    // What comes after the last of them is part of it.
    let rest = lasts / u32::try_from(2 * NODES)?;
    sleep_until((Instant::now() + rest.saturating_sub(AWAY)).max(started + lasts)).await;
    is_over.set(true);
    while sending.join_next().await.transpose()?.is_some() {}

    let sent_for = started.elapsed();
    progress("waiting until everybody has everything");
    let deadline = Instant::now() + SETTLED_WITHIN;
    loop {
        ledger.borrow_mut().check()?;
        let behind =
            offsets.iter().filter(|(room, offset)| offset.get() < ledger.borrow().head(*room)).count();
        if behind == 0 {
            break;
        }
        if Instant::now() > deadline {
            bail!("{behind} clients still miss something after {SETTLED_WITHIN:?}");
        }
        sleep(LOOK_EVERY).await;
    }
    for (room, offset) in &offsets {
        let head = ledger.borrow().head(*room);
        ensure!(
            offset.get() == head,
            "a client is at {}, but only {head} was acknowledged: something is there twice",
            offset.get()
        );
    }
    let ledger = ledger.borrow();
    Ok(table(options, &ledger, rooms.len(), sent_for, log_reads, sent_elsewhere))
}

/// Has the nodes spread their clients, as often as it takes: one that is sent away goes to the next node, which may have too
/// many then. How many were sent elsewhere.
async fn spread(options: &Options, stand: &Stand, ask: usize) -> Result<u64> {
    let few = u64::try_from(options.connections)? / 20;
    let deadline = Instant::now() + SPREAD_WITHIN;
    let mut sent_elsewhere = 0;
    loop {
        let asked = stand.rebalance(ask).await?;
        sent_elsewhere += asked;
        if asked <= few {
            return Ok(sent_elsewhere);
        }
        ensure!(Instant::now() < deadline, "the clients are not spread after {SPREAD_WITHIN:?}");
        sleep(SHED_AFTER).await;
    }
}

fn survivors(killed: usize, reads: &[u64]) -> u64 {
    reads.iter().enumerate().filter(|(node, _)| *node != killed).map(|(_, reads)| reads).sum()
}

/// Senders are people of their own, after the listeners.
fn user_of_sender(options: &Options, sender: usize) -> usize {
    options.connections + sender
}

/// Makes rooms, each with its sender, and people in them.
async fn prepare(options: &Options, nodes: &[SocketAddr]) -> Result<Vec<Room>> {
    let count = options.connections.div_ceil(MEMBERS_OF_A_ROOM);
    progress(&format!("making {count} rooms of {MEMBERS_OF_A_ROOM}"));
    let target = |number: usize| Target::chinwag(nodes[number % nodes.len()]);
    let senders = stream::iter(0..SENDERS.min(count))
        .map(|sender| async move {
            let mut owner: Connection = crowd::user(target(sender), user_of_sender(options, sender)).await?;
            let mut rooms = Vec::new();
            for number in (sender..count).step_by(SENDERS) {
                rooms.push((number, crowd::create_room(&mut owner, &format!("storm {number}")).await?));
            }
            anyhow::Ok(rooms.into_iter().map(move |(number, id)| (number, Room { id: id.into(), sender })))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<_>>()
        .await
        .context("cannot make the rooms")?;
    let mut rooms: Vec<(usize, Room)> = senders.into_iter().flatten().collect();
    rooms.sort_by_key(|(number, _)| *number);
    let rooms: Vec<Room> = rooms.into_iter().map(|(_, room)| room).collect();
    stream::iter(0..options.connections)
        .map(|number| {
            let room = &rooms[number % rooms.len()].id;
            async move { crowd::enter(&mut crowd::user(target(number), number).await?, number, room).await }
        })
        .buffer_unordered(AT_ONCE)
        .try_for_each(|()| async { Ok(()) })
        .await
        .context("cannot fill the rooms")?;
    Ok(rooms)
}

async fn position(nodes: &[SocketAddr], room: &Room) -> Result<chinwag_protocol::SubscribeResult> {
    // Rooms are public: anybody may ask.
    let joined = crowd::join(Target::chinwag(nodes[0]), 0, Some(crowd::follow(&room.id)), |_| Ok(())).await?;
    joined.1.subscribed.context("no position was told")
}

fn table(
    options: &Options,
    ledger: &Ledger,
    rooms: usize,
    sent_for: Duration,
    log_reads: u64,
    sent_elsewhere: u64,
) -> Table {
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    let seconds = |time: Duration| format!("{} s", number(time.as_secs_f64(), 2));
    let mut rows = vec![
        row(
            "acknowledged sends",
            format!(
                "{} in {} ({} /s)",
                number(ledger.acknowledged_in_all() as f64, 0),
                seconds(sent_for),
                number(ledger.acknowledged_in_all() as f64 / sent_for.as_secs_f64(), 0)
            ),
        ),
        row("deliveries, each in its place", number(ledger.deliveries as f64, 0)),
        row("lost, doubled, misordered", "0, 0, 0".to_owned()),
        row("longest way to a client whose connection held", seconds(ledger.longest_gap())),
        row("acknowledged within, 99.9 %", format!("{} ms", ledger.acknowledged_ms.value_at_quantile(0.999))),
        row("clients that connected again", number(ledger.reconnects as f64, 0)),
        row("clients that nodes were asked to send elsewhere", number(sent_elsewhere as f64, 0)),
        row(
            "log reads by the other nodes in the five seconds after the kills",
            format!(
                "{log_reads}: {} per room and node",
                number(log_reads as f64 / (rooms * (NODES - 1) * NODES) as f64, 3)
            ),
        ),
    ];
    for kill in &ledger.kills {
        let mut took = kill.caught_up.clone();
        took.sort_unstable();
        let half = took.get(took.len() / 2).copied().unwrap_or_default();
        let all = took.last().copied().unwrap_or_default();
        rows.push(row(
            &format!("node {} killed: its {} clients have caught up after", kill.node + 1, took.len()),
            format!("{} (half of them {})", seconds(all), seconds(half)),
        ));
    }
    Table {
        title: format!(
            "Three nodes, {} connections, {} sends a second",
            options.connections, options.sends_per_second
        ),
        about: format!(
            "{rooms} rooms of {MEMBERS_OF_A_ROOM} people, whose connections are spread over the nodes in turn; {SENDERS} senders keep the pace, each \
             on a node. Each node is killed once with `kill -9` and started again after {} s. \
             Once it is back, the operator asks with `chinwag node rebalance` for evenly spread clients, again and again \
             until they are; only then is the next node killed. A client whose node is gone or sends it away goes to the next \
             one after a pause of up to {} ms, doubled with each attempt, and resumes from its position; a sender repeats what was not acknowledged with the same `client_id`. Every delivery's place is checked, and at \
             the end everybody must be exactly where the acknowledged messages lead: a hole, a repeat, or a message \
             too many ends the measurement.",
            AWAY.as_secs(),
            250
        ),
        columns: vec!["what", "value"],
        rows,
    }
}
