//! The listener: takes connections in and speaks HTTP/1.1 on them, with every limit that a public port needs.
//!
//! A client can be slow (headers have a deadline), greedy (headers have a size) or many (connections have a limit, and
//! one beyond it waits in the kernel's queue); none of it keeps the others from being served. A lack of file descriptors is
//! waited out.

mod accept;
mod connection;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::section::Http;
use crate::metrics::names;
use accept::Backoff;
use connection::Server;
pub use connection::SocketPermit;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 4096;

/// How long the kernel waits for a client to take anything of what it was sent.
const TAKES_NOTHING_TIMEOUT: Duration = Duration::from_secs(30);

/// The address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {error}{hint}")]
pub struct BindError {
    address: SocketAddr,
    #[source]
    error: io::Error,
    hint: &'static str,
}

/// Begins to listen. Needs a runtime.
pub fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    let bind = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A node that restarts must not wait for its old connections to time out.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bind().map_err(|error| BindError { address, hint: hint(&error), error })
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "; is another node running? --listen chooses another port",
        io::ErrorKind::PermissionDenied => {
            "; ports below 1024 need a privilege, --listen chooses another port"
        }
        io::ErrorKind::AddrNotAvailable => "; this machine has no such address",
        _ => "",
    }
}

/// What a listener grants.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long headers may take.
    pub header_read_timeout: Duration,
    /// How large headers may be.
    pub max_header_bytes: usize,
    /// How many headers there may be.
    pub max_headers: usize,
    /// How many connections there may be; see [`OpenFiles::max_connections`](crate::open_files::OpenFiles::max_connections).
    pub max_connections: usize,
    /// How long a connection is silent before the kernel probes it.
    pub tcp_keepalive: Duration,
    /// How long requests may take to end once the listener stops.
    pub stop_timeout: Duration,
}

impl Limits {
    /// The configured limits, for as many connections.
    #[must_use]
    pub fn new(http: &Http, max_connections: usize, stop_timeout: Duration) -> Self {
        Self {
            header_read_timeout: http.header_read_timeout,
            max_header_bytes: http.max_header_bytes.bytes(),
            max_headers: http.max_headers,
            max_connections,
            tcp_keepalive: http.tcp_keepalive,
            stop_timeout,
        }
    }
}

/// Serves until `shutdown` is done; then accepts no more, lets requests end and returns. Upgraded connections are the
/// business of whoever upgraded them.
///
/// Every request carries the extensions [`http::Peer`](crate::http::Peer) and [`SocketPermit`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) {
    let (stop, abort) = (CancellationToken::new(), CancellationToken::new());
    // Whoever drops the server ends the thread too.
    let _stopped = stop.clone().drop_guard();
    let connections = TaskTracker::new();
    let mut accepting = {
        let permits = Arc::new(Semaphore::new(limits.max_connections.min(Semaphore::MAX_PERMITS)));
        let server = Server::new(router, &limits);
        inherit_options(&listener, limits.tcp_keepalive);
        let (connections, stop, abort) = (connections.clone(), stop.clone(), abort.clone());
        let accept = async move {
            let accept = accept_all(&listener, &server, &permits, &connections, (&stop, &abort));
            // Cancel-safe: a connection that is being accepted is either ours or still the kernel's.
            stop.run_until_cancelled(accept).await;
        };
        // On a thread of its own. When everybody comes at once, the kernel's queue is to be emptied while those who are in
        // are served: once it is full, who knocks is not heard, and knocks again after one second, and after three.
        tokio::task::spawn_blocking(move || Handle::current().block_on(accept))
    };
    let ended = tokio::select! {
        () = shutdown => None,
        ended = &mut accepting => Some(ended),
    };
    stop.cancel();
    let ended = match ended {
        Some(ended) => ended,
        None => accepting.await,
    };
    if let Err(error) = ended {
        tracing::error!(%error, "accepting connections ended by a fault");
    }
    connections.close();
    if tokio::time::timeout(limits.stop_timeout, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "requests took too long to end and are cut off");
        abort.cancel();
        connections.wait().await;
    }
}

/// Options that the listener's sockets are born with. Those that cannot be set leave connections that work, only a little
/// worse.
fn inherit_options(listener: &TcpListener, keepalive: Duration) {
    let socket = SockRef::from(listener);
    let _ = socket.set_tcp_nodelay(true);
    let _ = socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(keepalive));
    // A client that takes nothing of an answer holds its socket no longer than this, whoever writes the answer.
    let _ = socket.set_tcp_user_timeout(Some(TAKES_NOTHING_TIMEOUT));
}

async fn accept_all(
    listener: &TcpListener,
    server: &Server,
    permits: &Arc<Semaphore>,
    connections: &TaskTracker,
    (stop, abort): (&CancellationToken, &CancellationToken),
) {
    let mut backoff = Backoff::default();
    loop {
        // The permit comes before the connection: a client beyond the limit costs us nothing while it waits.
        let Ok(permit) = permits.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, peer)) => {
                backoff = Backoff::default();
                ::metrics::counter!(names::SOCKETS_ACCEPTED).increment(1);
                let connection = server.connection(stream, peer, SocketPermit::new(permit));
                let (stop, abort) = (stop.clone(), abort.clone());
                connections.spawn(async move { abort.run_until_cancelled(connection.run(stop)).await });
            }
            Err(error) => backoff.pause(&error).await,
        }
    }
}
