//! How large the cluster is, how busy its people are, and how bad the weather is: drawn from the seed.
//!
//! Most settings are mild in most respects: where everything fails at once, little happens.

use std::time::Duration;

use crate::chance::Chance;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Everything that does not change while a scenario is played.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) nodes: usize,
    pub(crate) users: usize,
    /// How many of them have a second device.
    pub(crate) second_devices: usize,
    /// How long things may go wrong.
    pub(crate) chaos: Duration,
    /// The average time between two messages of a device.
    pub(crate) send_every: Duration,
    pub(crate) text_bytes: usize,
    /// What a node holds for a client that does not read.
    pub(crate) max_queued_bytes: usize,
    /// What the network holds for it.
    pub(crate) link_bytes: usize,
    pub(crate) link_delay: Duration,
    pub(crate) slow_readers_per_mille: u32,
    pub(crate) bus: BusWeather,
    pub(crate) store: StoreWeather,
    pub(crate) fault_every: Duration,
    pub(crate) faults: Vec<Fault>,
}

/// How the bus behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BusWeather {
    pub(crate) lost_per_mille: u32,
    pub(crate) doubled_per_mille: u32,
    pub(crate) delay: Duration,
    /// How long it takes until a channel that a node follows is brought.
    pub(crate) follow_delay: Duration,
    /// Brings all channels to every node.
    pub(crate) brings_everything: bool,
    /// Hands a node's own hints to it at once, without the wire.
    pub(crate) own_at_once: bool,
}

/// How the way to the store behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoreWeather {
    pub(crate) delay: Duration,
    /// Requests that fail.
    pub(crate) refused_per_mille: u32,
    /// Commits that are never done, nor answered.
    pub(crate) lost_per_mille: u32,
    /// Commits that are done and never answered.
    pub(crate) unanswered_per_mille: u32,
}

/// What can go wrong for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Crash,
    Stop,
    Drain,
    CutFromStore,
    CutFromBus,
    CutClients,
    SilenceClients,
    SetClock,
}

impl BusWeather {
    /// Nothing goes wrong.
    pub(crate) fn calm(self) -> Self {
        Self { lost_per_mille: 0, doubled_per_mille: 0, delay: ms(5), follow_delay: ms(10), ..self }
    }
}

impl StoreWeather {
    /// Nothing goes wrong.
    pub(crate) fn calm() -> Self {
        Self { delay: ms(2), refused_per_mille: 0, lost_per_mille: 0, unanswered_per_mille: 0 }
    }
}

impl Setting {
    pub(crate) fn draw(chance: &Chance) -> Self {
        let all = [
            Fault::Crash,
            Fault::Stop,
            Fault::Drain,
            Fault::CutFromStore,
            Fault::CutFromBus,
            Fault::CutClients,
            Fault::SilenceClients,
            Fault::SetClock,
        ];
        let wanted = chance.pick(150, &[400, 700]);
        let faults: Vec<Fault> = all.into_iter().filter(|_| chance.happens(wanted)).collect();
        let text_bytes = chance.pick(0, &[0, 0, 0, 2_000, 20_000]);
        Self {
            nodes: 2 + chance.below(2),
            users: 3 + chance.below(2),
            second_devices: chance.below(3),
            chaos: ms(30_000),
            // Long texts are there to fill pages and mailboxes; they need not be many.
            send_every: if text_bytes > 0 {
                ms(4_000)
            } else {
                chance.pick(ms(3_000), &[ms(1_500), ms(500)])
            },
            text_bytes,
            max_queued_bytes: chance.pick(64 * 1024, &[2 * 1024, 512]),
            link_bytes: chance.pick(256 * 1024, &[8 * 1024, 256]),
            link_delay: chance.pick(ms(1), &[ms(20), ms(300)]),
            slow_readers_per_mille: chance.pick(0, &[0, 300]),
            bus: BusWeather {
                lost_per_mille: chance.pick(0, &[50, 500, 1000]),
                doubled_per_mille: chance.pick(0, &[100]),
                delay: chance.pick(ms(2), &[ms(50), ms(3_000)]),
                follow_delay: chance.pick(ms(0), &[ms(500)]),
                brings_everything: chance.happens(300),
                own_at_once: chance.happens(600),
            },
            store: StoreWeather {
                delay: chance.pick(ms(1), &[ms(10), ms(200)]),
                refused_per_mille: chance.pick(0, &[20, 150]),
                lost_per_mille: chance.pick(0, &[0, 50]),
                unanswered_per_mille: chance.pick(0, &[0, 50]),
            },
            fault_every: chance.pick(ms(2_000), &[ms(800), ms(5_000)]),
            faults,
        }
    }
}
