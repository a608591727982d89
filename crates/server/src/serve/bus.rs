//! The one place where the bus is chosen.

use std::sync::Arc;
use std::time::Duration;

use chinwag_bus_local::LocalBus;
use chinwag_bus_nats::NatsWire;
use chinwag_bus_postgres::PostgresWire;
use chinwag_bus_redis::RedisWire;
use chinwag_bus_remote::{RemoteBus, Settings, Wire, WireError};
use chinwag_chat::{Bus, HintSink};
use chinwag_store_postgres::ConnectError;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;

use crate::config::section::Node;
use crate::config::{BusChoice, StoreChoice};
use crate::entropy::OsEntropy;

/// How many hints may wait between the writer and the fan-out.
const CAPACITY: usize = 16 * 1024;
/// How often the heads of followed channels are compared with the store's where other nodes write to it: a change whose
/// news was lost arrives within two seconds.
const CHECK_SHARED_STORE_EVERY: Duration = Duration::from_secs(1);
/// The same where no other node does: the local bus says when it has lost something, so this is only the last resort.
const CHECK_OWN_STORE_EVERY: Duration = Duration::from_secs(10);

/// Delivers hints to a sink for as long as it is polled.
type Deliver = Box<dyn FnOnce(Arc<dyn HintSink>) -> BoxFuture<'static, ()> + Send>;

/// A bus that is ready, and what the node must do for it.
pub(crate) struct OpenBus {
    pub(crate) bus: Arc<dyn Bus>,
    /// The receiving end, until somebody takes it.
    pub(crate) deliver: Mutex<Option<Deliver>>,
    pub(crate) head_check_interval: Duration,
}

/// Makes the bus that is configured. A node does not start without it, though it goes on without it.
pub(crate) async fn open(node: &Node) -> anyhow::Result<OpenBus> {
    let (bus, deliver) = match &node.bus {
        BusChoice::Local => local(),
        BusChoice::Redis(url) => remote(RedisWire::new(url.expose())?).await?,
        BusChoice::Nats(url) => remote(NatsWire::new(url.expose())?).await?,
        BusChoice::Postgres(url) => match (url, &node.store) {
            (Some(url), _) => remote(PostgresWire::new(url.expose())?).await?,
            (None, StoreChoice::Postgres(url)) => {
                remote(PostgresWire::new(url.expose())?).await.map_err(about_the_store)?
            }
            (None, _) => anyhow::bail!("--bus is postgres, but --store names no PostgreSQL database"),
        },
    };
    let head_check_interval = match node.store {
        StoreChoice::Postgres(_) => CHECK_SHARED_STORE_EVERY,
        _ => CHECK_OWN_STORE_EVERY,
    };
    Ok(OpenBus { bus, deliver: Mutex::new(Some(deliver)), head_check_interval })
}

/// Where the bus is the store's own database, it is `--store` that says where and with which password.
fn about_the_store(error: WireError) -> anyhow::Error {
    match error {
        WireError::Unreachable { place, reason, .. } => {
            ConnectError::Unreachable { place: place.into(), reason }.into()
        }
        WireError::Denied { place, reason, .. } => {
            ConnectError::Denied { place: place.into(), reason }.into()
        }
        WireError::Unsuitable { place, reason } => ConnectError::Other { place: place.into(), reason }.into(),
        other => other.into(),
    }
}

fn local() -> (Arc<dyn Bus>, Deliver) {
    let (bus, hints) = LocalBus::new(CAPACITY);
    (Arc::new(bus), Box::new(move |sink| Box::pin(hints.deliver(sink))))
}

async fn remote(wire: impl Wire) -> Result<(Arc<dyn Bus>, Deliver), WireError> {
    let settings = Settings { local_capacity: CAPACITY, ..Settings::default() };
    let (bus, hints) = RemoteBus::connect(wire, settings, Arc::new(OsEntropy)).await?;
    Ok((Arc::new(bus), Box::new(move |sink| Box::pin(hints.deliver(sink)))))
}
