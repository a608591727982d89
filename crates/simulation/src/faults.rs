//! What goes wrong, when, and for how long.

use std::sync::Arc;
use std::time::Duration;

use chinwag_testkit::history::Event;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::chance::Chance;
use crate::node::Node;
use crate::setting::Fault;
use crate::store::Cut;
use crate::world::World;

/// The longest time that one thing goes wrong.
const LONGEST: Duration = Duration::from_secs(8);
/// What replies may take beside the publications that a mailbox holds: what commands of one connection may ask for.
const REPLIES: usize = 2 * 1024 * 1024;

/// Lets things go wrong for as long as the setting says, and then lets all of it heal.
pub(crate) async fn rage(world: &World) {
    let chance = world.chance.fork();
    let end = Instant::now() + world.setting.chaos;
    let mut under_way = JoinSet::new();
    while Instant::now() < end {
        sleep(chance.up_to(2 * world.setting.fault_every)).await;
        is_bounded(world);
        let fault = world.setting.faults.get(chance.below(world.setting.faults.len()));
        let node = world.nodes.get(chance.below(world.nodes.len()));
        if let (Some(fault), Some(node)) = (fault, node) {
            begin(world, &mut under_way, *fault, node.clone(), &chance);
        }
    }
    heal(world, under_way).await;
}

/// Begins a fault; its end comes by itself.
fn begin(world: &World, under_way: &mut JoinSet<()>, fault: Fault, node: Arc<Node>, chance: &Chance) {
    let lasts = chance.between(Duration::from_millis(100), LONGEST);
    let coin = chance.happens(300);
    match fault {
        Fault::Crash => {
            node.crash(coin);
            under_way.spawn(async move {
                sleep(lasts).await;
                node.start();
            });
        }
        Fault::Stop => {
            node.stop();
            under_way.spawn(async move {
                sleep(lasts).await;
                node.go_on();
            });
        }
        Fault::Drain => {
            under_way.spawn(async move {
                node.drain().await;
                sleep(lasts).await;
                node.start();
            });
        }
        Fault::CutFromStore => {
            let how = if coin { Cut::Refused } else { Cut::Silent };
            node.note(&format!("is cut from the store: {how:?}"));
            node.store_link().cut(how);
            under_way.spawn(async move {
                sleep(lasts).await;
                node.note("reaches the store again");
                node.store_link().mend();
            });
        }
        Fault::CutFromBus => {
            node.note("is cut from the bus");
            let (bus, index) = (world.bus.clone(), node.index());
            bus.cut(index);
            under_way.spawn(async move {
                sleep(lasts).await;
                node.note(if coin { "is on the bus again, unawares" } else { "is on the bus again" });
                bus.mend(index, !coin);
            });
        }
        Fault::CutClients | Fault::SilenceClients => {
            let links = node.links().into_iter().filter(|_| chance.happens(500));
            for link in links {
                node.note("loses a client");
                if fault == Fault::CutClients {
                    link.cut();
                } else {
                    link.fall_silent();
                }
            }
        }
        Fault::SetClock => {
            let ms = i64::try_from(chance.below(7_200_000)).unwrap_or(0) - 3_600_000;
            node.note(&format!("believes to be {ms} ms ahead"));
            node.clock().set_ahead(ms);
        }
    }
}

/// Ends all that goes wrong.
async fn heal(world: &World, mut under_way: JoinSet<()>) {
    for device in world.people.iter().flat_map(|person| &person.devices) {
        device.calm_down();
    }
    world.bus.calm();
    for node in &*world.nodes {
        node.store_link().calm();
    }
    while under_way.join_next().await.is_some() {}
    // Two faults of one node may have ended in another order than they began.
    for (index, node) in world.nodes.iter().enumerate() {
        node.go_on();
        node.start();
        node.store_link().calm();
        world.bus.mend(index, true);
    }
    // What was asked of the members is answered or forgotten by then, and everybody is to be in again.
    sleep(2 * LONGEST).await;
    if let Err(error) = world.gather().await {
        world.record.complain(format!("the members could not be gathered: {error}"));
    }
    world.record.event(Event::Healed);
}

/// However much goes wrong, what waits for a client stays within its limits.
fn is_bounded(world: &World) {
    let most = world.setting.max_queued_bytes + REPLIES + world.setting.text_bytes;
    for node in &*world.nodes {
        let longest = node.longest_queue();
        if longest > most {
            world.record.complain(format!("{longest} bytes wait for one client"));
        }
    }
}
