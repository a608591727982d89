//! The one place where the store is chosen.

mod watch;

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use chinwag_bus_local::LocalCluster;
use chinwag_chat::cluster::Cluster;
use chinwag_chat::{Bus, Outbox, Store};
use chinwag_store_memory::{MemoryOutbox, MemoryStore};
use chinwag_store_postgres::PostgresStore;
use chinwag_store_sqlite::{SqliteOutbox, SqliteStore};
use futures_util::future::BoxFuture;
use parking_lot::Mutex;

use crate::clock::SystemClock;
use crate::config::section::Node;
use crate::config::{Config, Secret, StoreChoice};
use crate::entropy::OsEntropy;
use crate::settings;
use crate::shutdown::health::StoreHealth;

use watch::Watch;

/// The name of the SQLite file in the data directory, where the setting names none.
const SQLITE_FILE: &str = "chinwag.db";

/// A store that is ready, and what the node must know about it beside what every store does.
pub(crate) struct OpenStore {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) outbox: Arc<dyn Outbox>,
    /// What the nodes that share the store know of each other.
    pub(crate) cluster: Arc<dyn Cluster>,
    pub(crate) health: Arc<dyn StoreHealth>,
    /// Keeps `health` up to date, where that takes work.
    pub(crate) watch: Mutex<Option<BoxFuture<'static, ()>>>,
    /// Where it is, for people.
    pub(crate) place: String,
}

/// Opens the store that is configured. What is committed is announced on `bus`.
pub(crate) async fn open(config: &Config, bus: Arc<dyn Bus>) -> anyhow::Result<OpenStore> {
    let node = &config.node;
    match &node.store {
        StoreChoice::Sqlite(file) => sqlite(node, file.as_ref(), bus).await,
        StoreChoice::Memory => memory(node, bus),
        StoreChoice::Postgres(url) => postgres(config, url, bus).await,
    }
}

async fn sqlite(node: &Node, file: Option<&PathBuf>, bus: Arc<dyn Bus>) -> anyhow::Result<OpenStore> {
    let file = file.cloned().unwrap_or_else(|| node.data_dir.join(SQLITE_FILE));
    let options = chinwag_store_sqlite::Options::default();
    let open = move || SqliteStore::open(&file, bus, &OsEntropy, options);
    let store = Arc::new(tokio::task::spawn_blocking(open).await??);
    Ok(OpenStore {
        health: Arc::new(TakesWrites(store.clone())),
        outbox: Arc::new(SqliteOutbox::new(store.clone(), Arc::new(SystemClock))),
        cluster: Arc::new(LocalCluster::default()),
        store,
        watch: Mutex::new(None),
        place: node.data_dir.display().to_string(),
    })
}

fn memory(node: &Node, bus: Arc<dyn Bus>) -> anyhow::Result<OpenStore> {
    make_directory(&node.data_dir)?;
    let store = Arc::new(MemoryStore::new(bus, &OsEntropy));
    Ok(OpenStore {
        outbox: Arc::new(MemoryOutbox::new(&store, Arc::new(SystemClock))),
        cluster: Arc::new(LocalCluster::default()),
        store,
        health: Arc::new(AlwaysWell),
        watch: Mutex::new(None),
        place: "memory: nothing outlives this process".to_owned(),
    })
}

async fn postgres(config: &Config, url: &Secret<String>, bus: Arc<dyn Bus>) -> anyhow::Result<OpenStore> {
    let directory = &config.node.data_dir;
    make_directory(directory)?;
    let options = settings::postgres(&config.postgres);
    let store = Arc::new(PostgresStore::connect(url.expose(), bus, options).await?);
    let watch = Arc::new(Watch::new(store.clone()));
    Ok(OpenStore {
        place: format!("the PostgreSQL database {}", store.place()),
        outbox: store.clone(),
        cluster: store.clone(),
        store,
        health: watch.clone(),
        watch: Mutex::new(Some(Box::pin(watch.look_again_and_again()))),
    })
}

/// Makes the data directory where the store does not: the admin socket is there, which is its owner's alone.
fn make_directory(path: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("--data-dir names {}, which cannot be made", path.display()))
}

/// Healthy as long as the embedded store takes writes.
struct TakesWrites(Arc<SqliteStore>);

#[async_trait]
impl StoreHealth for TakesWrites {
    async fn is_healthy(&self) -> bool {
        self.0.write_failure().is_none()
    }
}

/// What is in memory cannot be out of reach.
struct AlwaysWell;

#[async_trait]
impl StoreHealth for AlwaysWell {
    async fn is_healthy(&self) -> bool {
        true
    }
}
