//! What a delivery costs on two nodes, beside what it costs on one.

use std::time::Duration;

use anyhow::{Context, Result};

use super::bars::Bar;
use super::report::Table;
use super::samples::{Samples, number};
use super::subject::{Peer, Rooms, Stand, start_cluster, start_two_socket_io};
use super::{Bench, progress, rooms};

const ROOMS: Rooms = Rooms { count: 100, members: 10 };
const SENDS_PER_SECOND: u32 = 800;

/// Who is measured on one node and on two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pair {
    Chinwag,
    SocketIo,
}

impl Pair {
    fn name(self) -> &'static str {
        match self {
            Self::Chinwag => "Chinwag: one node on PostgreSQL; two, and Redis",
            Self::SocketIo => "Socket.IO: one node; two, and Redis",
        }
    }

    async fn start(self, bench: &Bench, nodes: usize) -> Result<Stand> {
        match (self, nodes) {
            (Self::Chinwag, nodes) => start_cluster(bench, nodes, ROOMS).await,
            (Self::SocketIo, 1) => Peer::SocketIo.start(bench.server_core, bench.directory()?, ROOMS).await,
            (Self::SocketIo, _) => start_two_socket_io(bench.server_core, bench.directory()?, ROOMS).await,
        }
    }
}

#[derive(Debug, Default)]
struct Figures {
    /// The nodes' own processor time for a delivery, and with that of Redis.
    nodes_us: Samples,
    all_us: Samples,
    p99_ms: Samples,
}

pub(super) async fn run(bench: &Bench) -> Result<Vec<Table>> {
    let with_socket_io = bench.peers.iter().any(|(peer, _)| *peer == Peer::SocketIo);
    let pairs = [Some(Pair::Chinwag), with_socket_io.then_some(Pair::SocketIo)];
    let mut rows = Vec::new();
    for pair in pairs.into_iter().flatten() {
        let mut figures = [Figures::default(), Figures::default()];
        for run in 1..=bench.options.runs() {
            for (nodes, figures) in (1..).zip(&mut figures) {
                measure(bench, pair, nodes, figures).await.context(pair.name())?;
            }
            let [one, two] = &figures;
            progress(&format!("  {pair:?}, run {run}: {} and {} µs", one.all_us.show(2), two.all_us.show(2)));
        }
        let [one, two] = &figures;
        let nodes = two.nodes_us.median() / one.nodes_us.median();
        if pair == Pair::Chinwag {
            bench.judge([Bar::at_most(
                "two nodes and Redis to one node: CPU of the nodes per delivery",
                1.5,
                nodes,
                "x",
            )]);
        }
        rows.push(vec![
            pair.name().to_owned(),
            one.nodes_us.show(2),
            two.nodes_us.show(2),
            two.all_us.show(2),
            format!("{}x", number(nodes, 2)),
            format!("{}x", number(two.all_us.median() / one.nodes_us.median(), 2)),
            one.p99_ms.show(2),
            two.p99_ms.show(2),
        ]);
    }
    Ok(vec![Table {
        title: "The price of scaling out".to_owned(),
        about: format!(
            "{} rooms of {} people, {SENDS_PER_SECOND} messages a second in all, sent by the members in turn. Everything on the \
             server's core: one node; then two, with everybody's connections spread over both, and Redis between them. \
             PostgreSQL, where it is used, runs on both cores and is not counted.",
            ROOMS.count, ROOMS.members
        ),
        columns: vec![
            "who",
            "one node, CPU µs/delivery",
            "two nodes, CPU µs/delivery",
            "with Redis",
            "two to one",
            "with Redis",
            "one node, p99 ms",
            "two nodes, p99 ms",
        ],
        rows,
    }])
}

async fn measure(bench: &Bench, pair: Pair, nodes: usize, figures: &mut Figures) -> Result<()> {
    let stand = pair.start(bench, nodes).await?;
    let everybody = u32::try_from(ROOMS.count * ROOMS.members)?;
    let each = Duration::from_secs(1) * everybody / SENDS_PER_SECOND;
    let (measured, nodes_cpu) = rooms::measure_on(bench, &stand, ROOMS, rooms::Pace::Every(each)).await?;
    let deliveries = measured.deliveries as f64;
    figures.nodes_us.push(nodes_cpu.as_secs_f64() * 1e6 / deliveries);
    figures.all_us.push(measured.cpu_seconds * 1e6 / deliveries);
    figures.p99_ms.push(measured.latency_us.value_at_quantile(0.99) as f64 / 1e3);
    Ok(())
}
