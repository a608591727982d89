//! The listener's limits, over real sockets.

use std::future::pending;

use axum::Extension;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::config::{self, Inputs};
use crate::http::Peer;

const SHORT: Duration = Duration::from_millis(100);

/// What no test should take; not waited for unless something is broken.
const PATIENCE: Duration = Duration::from_secs(20);

fn limits() -> Limits {
    let http = config::load(Inputs::default()).unwrap().config.http;
    Limits::new(&http, 100, SHORT)
}

struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<()>,
}

fn start(limits: Limits) -> Server {
    let router = Router::new()
        .route("/peer", get(|Extension(peer): Extension<Peer>| async move { format!("{:?}", peer.address) }))
        .route("/forever", get(pending::<String>));
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async move { drop(stopped.await) };
    Server { address, stop: Some(stop), ended: tokio::spawn(serve(listener, router, limits, shutdown)) }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

/// Everything that the server still sends until it closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    // A reset is an end as well: the server need not read what it refused.
    let _ = read.expect("the server closes the connection");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_request_carries_its_peers_address() {
    let server = start(limits());
    let mut stream = server.connect().await;
    stream.write_all(b"GET /peer HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("Some(127.0.0.1)"), "{answer}");
}

#[tokio::test]
async fn a_client_that_dribbles_its_headers_is_cut_off_while_others_are_served() {
    let server = start(Limits { header_read_timeout: SHORT, ..limits() });
    let mut slow = server.connect().await;
    slow.write_all(b"GET /peer HTTP/1.1\r\nx-slow: ").await.unwrap();
    let mut silent = server.connect().await;
    let mut other = server.connect().await;
    other.write_all(b"GET /peer HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(rest(&mut other).await.starts_with("HTTP/1.1 200"));
    assert!(!rest(&mut slow).await.contains("200 OK"));
    assert_eq!(rest(&mut silent).await, "");
}

#[tokio::test]
async fn headers_that_are_too_large_or_too_many_are_answered_with_431() {
    let server = start(limits());
    let large = format!("GET /peer HTTP/1.1\r\nhost: a\r\nx-large: {}\r\n\r\n", "x".repeat(20 * 1024));
    let many = format!("GET /peer HTTP/1.1\r\nhost: a\r\n{}\r\n", "x-many: 1\r\n".repeat(101));
    for request in [large, many] {
        let mut stream = server.connect().await;
        let _ = stream.write_all(request.as_bytes()).await;
        // The status line comes before anything else, whatever becomes of the connection then.
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&status), "HTTP/1.1 431");
    }
}

#[tokio::test]
async fn a_connection_beyond_the_limit_waits_until_another_ends() {
    let server = start(Limits { max_connections: 1, ..limits() });
    let mut first = server.connect().await;
    first.write_all(b"GET /peer HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut status = [0; 12];
    first.read_exact(&mut status).await.unwrap();
    let mut second = server.connect().await;
    second.write_all(b"GET /peer HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let waited = tokio::time::timeout(SHORT, second.read(&mut status)).await;
    assert!(waited.is_err(), "the second is not served while the first is there");
    drop(first);
    assert!(rest(&mut second).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_stop_closes_idle_connections_and_cuts_off_requests_that_do_not_end() {
    let mut server = start(limits());
    let mut idle = server.connect().await;
    idle.write_all(b"GET /peer HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut status = [0; 12];
    idle.read_exact(&mut status).await.unwrap();
    let mut endless = server.connect().await;
    endless.write_all(b"GET /forever HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    server.stop.take().unwrap().send(()).unwrap();
    assert!(!rest(&mut idle).await.contains("HTTP/1.1"));
    assert_eq!(rest(&mut endless).await, "");
    tokio::time::timeout(PATIENCE, server.ended).await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn an_address_in_use_is_refused_with_advice() {
    let server = start(limits());
    let error = bind(server.address).unwrap_err().to_string();
    assert!(
        error.contains(&server.address.to_string()) && error.contains("is another node running?"),
        "{error}"
    );
}

#[tokio::test]
async fn connections_are_born_with_the_options_of_their_listener() {
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    inherit_options(&listener, Duration::from_secs(77));
    let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (accepted, _) = listener.accept().await.unwrap();
    let accepted = SockRef::from(&accepted);
    assert!(accepted.tcp_nodelay().unwrap());
    assert!(accepted.keepalive().unwrap());
    assert_eq!(accepted.tcp_keepalive_time().unwrap(), Duration::from_secs(77));
    assert_eq!(accepted.tcp_user_timeout().unwrap(), Some(TAKES_NOTHING_TIMEOUT));
}

#[tokio::test]
async fn a_server_that_is_dropped_accepts_no_more() {
    let server = start(limits());
    let _ = server.connect().await;
    server.ended.abort();
    // The kernel refuses once nobody holds the listener.
    tokio::time::timeout(PATIENCE, async { while TcpStream::connect(server.address).await.is_ok() {} })
        .await
        .unwrap();
}
