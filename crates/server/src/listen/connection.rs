//! One accepted connection.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::Limits;
use crate::http::Peer;
use crate::metrics::names;

/// Counts a socket against the limit for as long as any clone of it lives. It is in every request's extensions; whoever
/// upgrades a connection keeps it until the connection is closed, for hyper's part of it ends at the upgrade.
#[derive(Debug, Clone)]
pub struct SocketPermit {
    _counted: Arc<Counted>,
}

#[derive(Debug)]
struct Counted {
    _permit: OwnedSemaphorePermit,
}

impl SocketPermit {
    pub(super) fn new(permit: OwnedSemaphorePermit) -> Self {
        ::metrics::gauge!(names::SOCKETS).increment(1);
        Self { _counted: Arc::new(Counted { _permit: permit }) }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ::metrics::gauge!(names::SOCKETS).decrement(1);
    }
}

/// Makes connections of sockets.
pub(super) struct Server {
    router: Router,
    http: http1::Builder,
}

impl Server {
    pub(super) fn new(router: Router, limits: &Limits) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(limits.header_read_timeout)
            .max_headers(limits.max_headers)
            .max_header_size(limits.max_header_bytes)
            .max_buf_size(limits.max_header_bytes);
        Self { router, http }
    }

    pub(super) fn connection(&self, stream: TcpStream, peer: SocketAddr, permit: SocketPermit) -> Connection {
        let peer = Peer { address: Some(peer.ip().to_canonical()), is_tls: false };
        Connection { stream, peer, permit, router: self.router.clone(), http: self.http.clone() }
    }
}

/// A socket and what it takes to serve it.
pub(super) struct Connection {
    stream: TcpStream,
    peer: Peer,
    permit: SocketPermit,
    router: Router,
    http: http1::Builder,
}

impl Connection {
    /// Serves requests until the client leaves or the connection is upgraded. After `stop` the request at hand is the
    /// last one.
    pub(super) async fn run(self, stop: CancellationToken) {
        let Self { stream, peer, permit, router, http } = self;
        let service = router.map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(permit.clone());
            request.map(Body::new)
        });
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let mut connection = pin!(connection.with_upgrades());
        // Cancel-safe: the connection is only polled here, and goes on below.
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            // What clients do wrong is not the operator's trouble.
            tracing::debug!(%error, "connection ended");
        }
    }
}
