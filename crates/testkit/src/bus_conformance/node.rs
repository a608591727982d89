//! The nodes of a case: each has a bus of its own, over a network of its own that can fail, and writes down all that it
//! is told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::{Bus, Channel, Hint, HintSink};
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::fault_proxy::FaultProxy;

/// How long a case waits for what must happen.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A server of one kind, and how to reach it. An implementation says `#[async_trait(?Send)]`.
#[async_trait(?Send)]
pub trait BusServer: Sized {
    /// Whether a node gets only hints of the channels that it follows, apart from a few.
    const IS_SELECTIVE: bool;
    /// Whether it asks for a password.
    const HAS_PASSWORD: bool;

    /// Starts one, empty.
    async fn start() -> Self;

    /// Where it listens; of several, any one.
    fn address(&self) -> SocketAddr;

    /// Makes a bus over the connection to `address`, where the server listens or a proxy to it. The bus looks after its
    /// link at least once a second, gives it up within 3 s, and keeps what nobody follows for less than a second.
    async fn connect(&self, address: SocketAddr) -> Result<Ends, String>;

    /// The same with a wrong password, `wrong-password`.
    async fn connect_with_wrong_password(&self, address: SocketAddr) -> Result<Ends, String>;

    /// Publishes bytes on the topic of a channel, as a stranger might who has access to the server.
    async fn say_as_a_stranger(&self, channel: &Channel, payload: &[u8]);

    /// Ends the server at once.
    async fn crash(&mut self);

    /// Starts it again where it was.
    async fn resume(&mut self);
}

/// The two ends of a bus.
pub struct Ends {
    bus: Arc<dyn Bus>,
    deliver: Box<dyn FnOnce(Arc<dyn HintSink>) -> BoxFuture<'static, ()> + Send>,
}

impl Ends {
    /// The publishing end, and what delivers to a sink for as long as it is polled.
    pub fn new<F>(
        bus: impl Bus + 'static,
        deliver: impl FnOnce(Arc<dyn HintSink>) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self { bus: Arc::new(bus), deliver: Box::new(move |sink| Box::pin(deliver(sink))) }
    }
}

/// What a sink is told.
#[derive(Debug, Clone)]
pub enum Told {
    /// A hint.
    Hint(Hint),
    /// Of a channel, something may be missing.
    Gap(Channel),
    /// Anything may be missing.
    Loss,
}

/// Writes down what it is told.
#[derive(Debug, Default)]
struct Diary {
    told: Mutex<Vec<Told>>,
    more: Notify,
}

impl Diary {
    fn write(&self, told: Told) {
        self.told.lock().push(told);
        self.more.notify_waiters();
    }
}

impl HintSink for Diary {
    fn on_hint(&self, hint: Hint) -> usize {
        self.write(Told::Hint(hint));
        1
    }

    fn on_gap(&self, channel: &Channel) {
        self.write(Told::Gap(channel.clone()));
    }

    fn on_loss(&self) {
        self.write(Told::Loss);
    }
}

/// A node: a bus, its network and its diary.
pub struct Node {
    /// The network between it and the server.
    pub network: FaultProxy,
    bus: Arc<dyn Bus>,
    diary: Arc<Diary>,
    delivering: JoinHandle<()>,
}

impl Node {
    /// A node that reaches the server over a network of its own.
    pub async fn join(server: &impl BusServer) -> Self {
        let network = FaultProxy::start(server.address()).await.unwrap();
        let ends = server.connect(network.address()).await.unwrap();
        let diary = Arc::new(Diary::default());
        let delivering = tokio::spawn((ends.deliver)(diary.clone()));
        Self { network, bus: ends.bus, diary, delivering }
    }

    /// Publishes.
    pub fn publish(&self, hint: Hint) {
        self.bus.publish(hint);
    }

    /// How long a state event may be.
    pub fn max_state_bytes(&self) -> usize {
        self.bus.max_state_bytes()
    }

    /// Follows, and waits until hints of the channel come.
    pub async fn follow<S: BusServer>(&self, channel: &Channel) {
        self.bus.follow(channel);
        if S::IS_SELECTIVE {
            self.until(|told| gaps(told).contains(channel)).await;
        }
    }

    /// Follows, and does not wait.
    pub fn begin_to_follow(&self, channel: &Channel) {
        self.bus.follow(channel);
    }

    /// Follows no more.
    pub fn unfollow(&self, channel: &Channel) {
        self.bus.unfollow(channel);
    }

    /// What it was told up to now.
    pub fn told(&self) -> Vec<Told> {
        self.diary.told.lock().clone()
    }

    /// Waits until what it was told is enough.
    pub async fn until(&self, is_enough: impl Fn(&[Told]) -> bool) {
        let waiting = async {
            loop {
                let more = self.diary.more.notified();
                if is_enough(&self.diary.told.lock()) {
                    return;
                }
                more.await;
            }
        };
        if timeout(PATIENCE, waiting).await.is_err() {
            let told = self.told();
            let last = &told[told.len().saturating_sub(20)..];
            panic!("waited in vain; told {} times, at last {last:?}", told.len());
        }
    }

    /// Waits until it was told of a loss.
    pub async fn until_loss(&self) {
        self.until(|told| told.iter().any(|told| matches!(told, Told::Loss))).await;
    }

    /// Begins a new page: what it was told up to now counts no more.
    pub fn forget(&self) {
        self.diary.told.lock().clear();
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.delivering.abort();
    }
}

/// The channels that something may be missing of.
pub(super) fn gaps(told: &[Told]) -> Vec<Channel> {
    let gap = |told: &Told| if let Told::Gap(channel) = told { Some(channel.clone()) } else { None };
    told.iter().filter_map(gap).collect()
}
