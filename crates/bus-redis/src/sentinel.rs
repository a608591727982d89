//! A link through the server that sentinels call the primary.

mod primary;

use std::collections::HashMap;
use std::time::Duration;

use chinwag_bus_remote::{Link, WireDescription, WireError};
use futures_util::StreamExt as _;
use redis::aio::MultiplexedConnection;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{Client, ConnectionAddr, ErrorKind, ProtocolVersion, RedisError, RedisResult, TlsMode};
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use crate::address::{Address, Sentinels, Trust};
use crate::connection::{self, certificates, location};
use crate::failure;
use crate::inbox::Inbox;
use crate::login::Login;
use crate::one_server;
use primary::{Announced, Primary};

/// How often a sentinel is asked who the primary is. A server that had to hand over lives on for some ten seconds before
/// the sentinels break its connections, and those who stay with it hear nothing from those who come.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// How long a sentinel may take to answer; then another one is asked.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// Asks who the primary is, for each link anew, and connects to it.
pub(crate) async fn link(sentinels: &Sentinels, address: &Address) -> RedisResult<Link> {
    let primary = discoverer(sentinels, address)?.async_get_client().await?;
    let (mut link, inbox) = one_server::link(&primary, &address.names).await?;
    let watch = watch(primary, sentinels.clone(), address.tls.clone(), inbox);
    let watch = AbortOnDropHandle::new(tokio::spawn(watch));
    // The watch ends with the link.
    link.events = link.events.inspect(move |_| _ = &watch).boxed();
    Ok(link)
}

/// What finds the server that the sentinels call the primary, and that says so itself.
fn discoverer(sentinels: &Sentinels, address: &Address) -> RedisResult<SentinelClient> {
    let tls = address.tls.as_ref();
    let locations = sentinels.hosts.iter().map(|host| location(host, tls));
    let mut builder = SentinelClientBuilder::new(locations, &sentinels.name, SentinelServerType::Master)?
        .set_client_to_redis_protocol(ProtocolVersion::RESP3);
    let Login { user, password } = &address.login;
    if let Some(user) = user {
        builder = builder.set_client_to_redis_username(user);
    }
    if let Some(password) = password {
        builder = builder.set_client_to_redis_password(password);
    }
    let Login { user, password } = &sentinels.login;
    if let Some(user) = user {
        builder = builder.set_client_to_sentinel_username(user);
    }
    if let Some(password) = password {
        builder = builder.set_client_to_sentinel_password(password);
    }
    if let Some(certificates) = certificates(tls) {
        builder = builder
            .set_client_to_redis_tls_mode(TlsMode::Secure)
            .set_client_to_sentinel_tls_mode(TlsMode::Secure)
            .set_client_to_redis_certificates(certificates.clone())
            .set_client_to_sentinel_certificates(certificates);
    }
    builder.build()
}

/// Breaks the link when the sentinels have made another server the primary. While none of them answers, nothing is known
/// to have changed.
async fn watch(primary: Client, sentinels: Sentinels, tls: Option<Trust>, inbox: Inbox) {
    let (ConnectionAddr::Tcp(name, port) | ConnectionAddr::TcpTls { host: name, port, .. }) =
        primary.get_connection_info().addr()
    else {
        return;
    };
    let (name, port) = (name.clone(), *port);
    let mut primary = Primary::new(primary, name, port);
    for host in sentinels.hosts.iter().cycle() {
        sleep(ASK_EVERY).await;
        let Ok(client) = connection::client(host, &sentinels.login, tls.as_ref()) else { return };
        let Ok(mut sentinel) = connection::open(&client, |_| RedisResult::Ok(())).await else { continue };
        while let Some(announced) = ask(&mut sentinel, &sentinels.name).await {
            if !primary.is(&announced).await {
                return inbox.broken(WireError::broken("the sentinels have made another server the primary"));
            }
            sleep(ASK_EVERY).await;
        }
    }
}

async fn ask(sentinel: &mut MultiplexedConnection, name: &str) -> Option<Announced> {
    let mut question = redis::cmd("SENTINEL");
    question.arg("MASTER").arg(name);
    let answer = timeout(ANSWER_WITHIN, question.query_async::<HashMap<String, String>>(sentinel)).await;
    Announced::read(answer.ok()?.ok()?)
}

pub(crate) fn explain(error: &RedisError, description: &WireDescription) -> WireError {
    let reason = match error.kind() {
        ErrorKind::MasterNameNotFoundBySentinel => {
            "the sentinels know no such primary, or none that is up: correct the name after the hosts, or look at \
             SENTINEL MASTERS"
        }
        ErrorKind::InvalidClientConfig => {
            "these are no sentinels: name those, which usually listen at port 26379, or begin the URL with redis://"
        }
        _ => return failure::explain(error, description),
    };
    WireError::Unsuitable { place: description.place.clone(), reason: reason.to_owned() }
}
