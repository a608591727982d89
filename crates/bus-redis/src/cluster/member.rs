//! One server of the cluster.

use std::sync::Arc;
use std::time::Duration;

use chinwag_bus_remote::WireError;
use redis::aio::MultiplexedConnection;
use redis::{PushInfo, PushKind, RedisResult, Value};
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::subscriptions::Subscriptions;
use crate::address::{Address, Host};
use crate::connection;
use crate::inbox::Inbox;

/// How often a server is asked whether it is there. The bus listens to itself through one of them only.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// How long it may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// Connections to one server, watched as long as this lives.
pub(super) struct Member {
    pub(super) publishing: MultiplexedConnection,
    /// By itself, because the server may take back subscriptions unasked, and the library takes what it says then for
    /// the answer to whatever is asked just now.
    pub(super) subscribing: MultiplexedConnection,
    _watch: AbortOnDropHandle<()>,
}

impl Member {
    pub(super) async fn connect(
        host: &Host,
        address: &Address,
        inbox: &Inbox,
        subscriptions: &Arc<Subscriptions>,
    ) -> RedisResult<Self> {
        let client = connection::client(host, &address.login, address.tls.as_ref())?;
        let (publishing, subscribing) = tokio::try_join!(
            connection::open(&client, taker(host, inbox, subscriptions)),
            connection::open(&client, taker(host, inbox, subscriptions)),
        )?;
        let watch = watch(host.clone(), [publishing.clone(), subscribing.clone()], inbox.clone());
        let _watch = AbortOnDropHandle::new(tokio::spawn(watch));
        Ok(Self { publishing, subscribing, _watch })
    }
}

/// Takes in what the server says unasked.
fn taker(
    host: &Host,
    inbox: &Inbox,
    subscriptions: &Arc<Subscriptions>,
) -> impl Fn(PushInfo) -> Result<(), WireError> + Send + Sync + 'static {
    let (host, inbox, subscriptions) = (host.clone(), inbox.clone(), subscriptions.clone());
    move |push| {
        match push.kind {
            PushKind::SMessage => inbox.pushed(push.data),
            PushKind::SSubscribe => subscriptions.confirm(&channel_of(&push.data), &host),
            PushKind::SUnsubscribe => {
                if let Some(event) = subscriptions.taken_back(&channel_of(&push.data), &host) {
                    inbox.event(event);
                }
            }
            PushKind::Disconnection => {
                inbox.broken(WireError::broken(format!("the Redis server {host} closed the connection")));
            }
            _ => {}
        }
        Ok(())
    }
}

fn channel_of(parts: &[Value]) -> String {
    match parts.first() {
        Some(Value::BulkString(name)) => String::from_utf8_lossy(name).into_owned(),
        _ => String::new(),
    }
}

/// Breaks the link when the server stops to answer.
async fn watch(host: Host, mut connections: [MultiplexedConnection; 2], inbox: Inbox) {
    let [publishing, subscribing] = &mut connections;
    loop {
        sleep(ASK_EVERY).await;
        let ping = redis::cmd("PING");
        let asked = async {
            tokio::join!(publishing.send_packed_command(&ping), subscribing.send_packed_command(&ping))
        };
        match timeout(ANSWER_WITHIN, asked).await {
            Ok((Ok(_), Ok(_))) => {}
            Ok((Err(error), _) | (_, Err(error))) => return inbox.broken(WireError::broken(error)),
            Err(_) => {
                let silence = ANSWER_WITHIN.as_millis();
                let said = format!("the Redis server {host} has not answered within {silence} ms");
                return inbox.broken(WireError::broken(said));
            }
        }
    }
}
