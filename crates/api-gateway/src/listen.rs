//! A port: takes sockets in, ends TLS where there is any, and speaks HTTP/1.1 on them.

mod head;

use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use head::Head;
use head::Recorded;

/// How long a client may take for its part of a TLS handshake.
const TLS_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest request line and headers together.
const MAX_HEADER_BYTES: usize = 32 * 1024;
/// How long to wait when sockets cannot be accepted, mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A port and what is granted there.
pub(crate) struct Door {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) max_sockets: usize,
    pub(crate) header_read_timeout: Option<Duration>,
    /// How long requests may take to end once the door is shut.
    pub(crate) stop_timeout: Duration,
}

/// The other end of a socket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    pub(crate) is_tls: bool,
}

/// Serves until `stop`; then accepts no more and lets requests end. WebSockets are the business of whoever made them. Where
/// the future is dropped, all sockets are closed at once.
pub(crate) async fn serve<F, A>(door: Door, stop: CancellationToken, handle: F)
where
    F: Fn(Peer, Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Body>> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(door.max_sockets.min(Semaphore::MAX_PERMITS)));
    let sockets = TaskTracker::new();
    let abort = CancellationToken::new();
    let _abort_when_dropped = abort.clone().drop_guard();
    loop {
        // Cancel-safe: a socket that is not accepted yet stays in the kernel's queue.
        let (permit, accepted) = tokio::select! {
            accepted = accept(&door.listener, &permits) => accepted,
            () = stop.cancelled() => break,
        };
        let (stream, address) = match accepted {
            Ok((stream, peer)) => (stream, peer.ip().to_canonical()),
            Err(error) => {
                tracing::warn!(%error, "a socket cannot be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let mut http = http1::Builder::new();
        http.max_buf_size(MAX_HEADER_BYTES)
            .timer(TokioTimer::new())
            .header_read_timeout(door.header_read_timeout);
        let (tls, handle, stop) = (door.tls.clone(), handle.clone(), stop.clone());
        let work = async move {
            let _permit = permit;
            match tls {
                None => speak(stream, &http, Peer { address, is_tls: false }, handle, stop).await,
                Some(tls) => match tokio::time::timeout(TLS_TIMEOUT, tls.accept(stream)).await {
                    Ok(Ok(stream)) => {
                        speak(stream, &http, Peer { address, is_tls: true }, handle, stop).await;
                    }
                    Ok(Err(error)) => tracing::debug!(%error, "a client spoke no TLS that is understood"),
                    Err(_) => tracing::debug!("a client took too long for its TLS handshake"),
                },
            }
        };
        sockets.spawn(abort.clone().run_until_cancelled_owned(work));
    }
    sockets.close();
    let _ = tokio::time::timeout(door.stop_timeout, sockets.wait()).await;
}

async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> (Option<tokio::sync::OwnedSemaphorePermit>, io::Result<(tokio::net::TcpStream, std::net::SocketAddr)>) {
    // The permit comes first: a client beyond the limit costs nothing while it waits.
    let permit = permits.clone().acquire_owned().await.ok();
    (permit, listener.accept().await)
}

async fn speak<S, F, A>(stream: S, http: &http1::Builder, peer: Peer, handle: F, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(Peer, Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Body>> + Send + 'static,
{
    let head = Head::default();
    let stream = Recorded::new(stream, head.clone());
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(head.clone());
        let answer = handle(peer, request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    // Cancel-safe: the connection is only polled here, and goes on below.
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a socket ended");
    }
}
