//! The bus between the nodes: it loses, doubles, delays and reorders hints, and is away now and then.
//!
//! It keeps what the port promises and no more: what it may have lost without a node's fault it says by `on_gap` and
//! `on_loss`, except in an outage of which it gives no notice, which only the nodes' own comparing of heads makes up for.

use std::collections::BTreeMap;
use std::sync::Arc;

use chinwag_chat::{Bus, Channel, Hint, HintSink};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::Lie;
use crate::chance::Chance;
use crate::setting::BusWeather;

/// How many hints wait for one node; what does not fit is dropped, and the node is told.
const QUEUE: usize = 256;

/// The whole bus.
pub(crate) struct SimulatedBus {
    chance: Chance,
    lie: Option<Lie>,
    weather: Mutex<BusWeather>,
    slots: Box<[Slot]>,
}

/// One node's end of it.
struct Slot {
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Default)]
struct State {
    /// Which process of that node is listening; what an earlier one publishes goes nowhere.
    incarnation: u64,
    cut: bool,
    /// The channels that are followed, and since when it is in force.
    follows: BTreeMap<Channel, Instant>,
    arrivals: BTreeMap<(Instant, u64), Arrival>,
    next: u64,
}

enum Arrival {
    Hint(Hint),
    Gap(Channel),
    Loss,
}

impl SimulatedBus {
    pub(crate) fn new(nodes: usize, chance: Chance, weather: BusWeather, lie: Option<Lie>) -> Arc<Self> {
        let slots = (0..nodes).map(|_| Slot { state: Mutex::default(), wake: Notify::new() }).collect();
        Arc::new(Self { chance, lie, weather: Mutex::new(weather), slots })
    }

    /// The end of a node's new process. Whatever waited for the old one is gone.
    pub(crate) fn join(self: &Arc<Self>, node: usize) -> Arc<NodeBus> {
        let mut incarnation = 0;
        if let Some(slot) = self.slots.get(node) {
            let mut state = slot.state.lock();
            incarnation = state.incarnation + 1;
            *state = State { incarnation, cut: state.cut, ..State::default() };
        }
        Arc::new(NodeBus { bus: self.clone(), node, incarnation })
    }

    /// A node's process is dead: nothing of it gets out any more.
    pub(crate) fn leave(&self, node: usize) {
        if let Some(slot) = self.slots.get(node) {
            slot.state.lock().incarnation += 1;
        }
    }

    /// Nothing comes to the node or from it.
    pub(crate) fn cut(&self, node: usize) {
        if let Some(slot) = self.slots.get(node) {
            slot.state.lock().cut = true;
        }
    }

    /// The node's end works again. Whether the bus has noticed that it did not is said by `notice`.
    pub(crate) fn mend(&self, node: usize, notice: bool) {
        let Some(slot) = self.slots.get(node) else { return };
        let mut state = slot.state.lock();
        if !std::mem::take(&mut state.cut) {
            return;
        }
        let now = Instant::now();
        // Follows that were asked for meanwhile come into force now, and say so.
        let late: Vec<Channel> = state
            .follows
            .iter()
            .filter(|(_, since)| **since > now)
            .map(|(channel, _)| channel.clone())
            .collect();
        for channel in late {
            state.follows.insert(channel.clone(), now);
            state.put(now, Arrival::Gap(channel));
        }
        if notice {
            state.put(now, Arrival::Loss);
        }
        drop(state);
        slot.wake.notify_one();
    }

    /// Nothing goes wrong any more.
    pub(crate) fn calm(&self) {
        let mut weather = self.weather.lock();
        *weather = weather.calm();
    }

    fn publish(&self, from: usize, incarnation: u64, hint: &Hint) {
        let weather = *self.weather.lock();
        let is_out = self.slots.get(from).is_some_and(|slot| {
            let state = slot.state.lock();
            state.incarnation == incarnation && !state.cut
        });
        for (node, slot) in self.slots.iter().enumerate() {
            let is_own = node == from;
            let at_once = is_own && weather.own_at_once;
            let mut state = slot.state.lock();
            if is_own && state.incarnation != incarnation {
                return;
            }
            if !at_once && (!is_out || state.cut || self.chance.happens(weather.lost_per_mille)) {
                continue;
            }
            let now = Instant::now();
            let is_followed = hint.channel().is_none_or(|channel| {
                state.follows.get(&channel).is_some_and(|since| at_once || *since <= now)
            });
            if !is_followed && !weather.brings_everything {
                continue;
            }
            let copies = if self.chance.happens(weather.doubled_per_mille) { 2 } else { 1 };
            for _ in 0..copies {
                let delay =
                    if at_once { std::time::Duration::ZERO } else { self.chance.up_to(weather.delay) };
                state.put(now + delay, Arrival::Hint(self.told(hint)));
            }
            drop(state);
            slot.wake.notify_one();
        }
    }

    /// The hint as it goes out: as it came in, unless this bus lies.
    fn told(&self, hint: &Hint) -> Hint {
        if self.lie == Some(Lie::BusRenumbersChanges)
            && let Hint::Changed(change) = hint
            && let chinwag_chat::Change::Room(change) = &**change
            && self.chance.happens(50)
        {
            let rev = change.rev.next();
            return Hint::Changed(Arc::new(chinwag_chat::Change::Room(chinwag_chat::RoomChange {
                rev,
                ..change.clone()
            })));
        }
        hint.clone()
    }

    fn follow(&self, node: usize, incarnation: u64, channel: &Channel) {
        let weather = *self.weather.lock();
        let Some(slot) = self.slots.get(node) else { return };
        let mut state = slot.state.lock();
        if state.incarnation != incarnation {
            return;
        }
        // On a bus that is away it comes into force when the bus is back.
        let never = std::time::Duration::from_secs(1_000_000);
        let delay = if state.cut { never } else { self.chance.up_to(weather.follow_delay) };
        let since = Instant::now() + delay;
        state.follows.insert(channel.clone(), since);
        if !delay.is_zero() && !state.cut {
            state.put(since, Arrival::Gap(channel.clone()));
        }
        drop(state);
        slot.wake.notify_one();
    }

    fn unfollow(&self, node: usize, incarnation: u64, channel: &Channel) {
        if let Some(slot) = self.slots.get(node) {
            let mut state = slot.state.lock();
            if state.incarnation == incarnation {
                state.follows.remove(channel);
            }
        }
    }
}

impl State {
    fn put(&mut self, at: Instant, arrival: Arrival) {
        if self.arrivals.len() >= QUEUE {
            let newest = self.arrivals.last_key_value().map_or(at, |((newest, _), _)| *newest);
            self.arrivals.insert((newest, u64::MAX), Arrival::Loss);
            return;
        }
        self.next += 1;
        self.arrivals.insert((at, self.next), arrival);
    }
}

/// The bus as one process of a node sees it.
pub(crate) struct NodeBus {
    bus: Arc<SimulatedBus>,
    node: usize,
    incarnation: u64,
}

impl NodeBus {
    /// Brings what comes to the sink. Runs until dropped.
    pub(crate) async fn deliver(self: Arc<Self>, sink: Arc<dyn HintSink>) {
        let Some(slot) = self.bus.slots.get(self.node) else { return };
        loop {
            let next = {
                let mut state = slot.state.lock();
                match state.arrivals.first_entry() {
                    Some(first) if first.key().0 <= Instant::now() => Ok(first.remove()),
                    Some(first) => Err(Some(first.key().0)),
                    None => Err(None),
                }
            };
            match next {
                Ok(Arrival::Hint(hint)) => {
                    sink.on_hint(hint);
                }
                Ok(Arrival::Gap(channel)) => sink.on_gap(&channel),
                Ok(Arrival::Loss) => sink.on_loss(),
                Err(Some(at)) => {
                    tokio::select! {
                        biased;
                        () = slot.wake.notified() => {}
                        () = sleep_until(at) => {}
                    }
                }
                Err(None) => slot.wake.notified().await,
            }
        }
    }
}

impl Bus for NodeBus {
    fn publish(&self, hint: Hint) {
        self.bus.publish(self.node, self.incarnation, &hint);
    }

    fn follow(&self, channel: &Channel) {
        self.bus.follow(self.node, self.incarnation, channel);
    }

    fn unfollow(&self, channel: &Channel) {
        self.bus.unfollow(self.node, self.incarnation, channel);
    }
}
