//! A whole cluster on this machine, for a person to look at and to kill: PostgreSQL, Redis, a balancer and three nodes.
//!
//! Nothing of it outlives this program, however that ends, and its data goes with it.

mod report;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

use crate::balancer::{self, Balancer, Ports};
use crate::launcher::{Launch, Node, find_binary};
use crate::ports::free_address_at;
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::scratch::Scratch;
use report::Report;

/// How long a node that was killed stays away, so that one can see how the others do without it.
const AWAY: Duration = Duration::from_secs(5);
/// How often the nodes are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What `chinwag-testkit cluster` can be told.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The balancer in front of the nodes.
    #[arg(long, value_enum, default_value_t = balancer::Kind::Haproxy)]
    balancer: balancer::Kind,
    /// How the nodes tell each other what happened.
    #[arg(long, value_enum, default_value_t = BusKind::Redis)]
    bus: BusKind,
    /// The port for HTTPS; a free one if it is taken or zero.
    #[arg(long, default_value_t = 8443)]
    port: u16,
    /// The `chinwag` binary; the one beside this program if none is named.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Say what happens in lines of JSON, for programs.
    #[arg(long)]
    json: bool,
    /// Further flags for each node.
    #[arg(last = true)]
    flags: Vec<String>,
}

/// A bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum BusKind {
    /// Redis.
    Redis,
    /// PostgreSQL itself, by LISTEN and NOTIFY: one dependency less.
    Postgres,
}

/// Runs the cluster until it is told to stop.
///
/// # Errors
/// Something that it consists of is not installed or does not start.
pub fn run(options: Options) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run_until_told(options))
}

async fn run_until_told(options: Options) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let told = async {
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed.context("cannot listen for Ctrl-C"),
            _ = terminate.recv() => Ok(()),
        }
    };
    let report = if options.json { Report::Json } else { Report::Text };
    tokio::select! {
        told = told => {
            report.ends();
            told
        }
        ran = start_and_watch(&options, report) => ran,
    }
}

async fn start_and_watch(options: &Options, report: Report) -> Result<()> {
    let binary = find_binary(options.binary.as_deref())?;
    report.says("starting PostgreSQL");
    let postgres = Postgres::start().await?;
    let mut flags =
        vec!["--store".to_owned(), postgres.url(), "--trusted-proxies".to_owned(), "127.0.0.1".to_owned()];
    let redis = match options.bus {
        BusKind::Redis => {
            report.says("starting Redis");
            let redis = Redis::start().await?;
            flags.extend(["--bus".to_owned(), redis.url()]);
            Some(redis)
        }
        BusKind::Postgres => {
            flags.extend(["--bus", "postgres"].map(str::to_owned));
            None
        }
    };
    flags.extend(options.flags.iter().cloned());

    let data = Scratch::new("cluster")?;
    let port = |wanted| anyhow::Ok(free_address_at(wanted)?.port());
    let ports =
        Ports { https: port(options.port)?, http: port(0)?, nodes: [port(8001)?, port(8002)?, port(8003)?] };
    report.says("starting three nodes");
    let mut nodes = Vec::with_capacity(ports.nodes.len());
    for (n, port) in (1..).zip(ports.nodes) {
        let (binary, flags, name) = (binary.clone(), flags.clone(), format!("node-{n}"));
        let launch = Launch { binary, directory: data.path().join(&name), name, flags, core: None };
        let mut node = Node::new(&launch, (Ipv4Addr::LOCALHOST, port).into())?;
        node.start().await?;
        nodes.push(node);
    }
    report.says("starting the balancer");
    let balancer = Balancer::start(options.balancer, ports).await?;
    report.is_up(ports.https, &balancer, &nodes, &postgres, redis.as_ref());
    watch(&mut nodes, report).await
}

/// Starts nodes again that have ended.
async fn watch(nodes: &mut [Node], report: Report) -> Result<()> {
    let mut away: Vec<Option<Instant>> = vec![None; nodes.len()];
    loop {
        for (node, away) in nodes.iter_mut().zip(&mut away) {
            match *away {
                None => {
                    if let Some(status) = node.ended()? {
                        report.ended(node, status, AWAY);
                        *away = Some(Instant::now() + AWAY);
                    }
                }
                Some(until) if until <= Instant::now() => {
                    node.start().await?;
                    report.started(node);
                    *away = None;
                }
                Some(_) => {}
            }
        }
        sleep(LOOK_EVERY).await;
    }
}
