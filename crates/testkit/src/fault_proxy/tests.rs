#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::ErrorKind;
use std::pin::pin;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use super::*;

/// Long enough for anything that happens at all.
const SOON: Duration = Duration::from_secs(10);
/// Short, for what must not happen.
const A_MOMENT: Duration = Duration::from_millis(100);

/// A server that says everything back, and a proxy before it.
async fn echo() -> FaultProxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
                let _ = to.shutdown().await;
            });
        }
    });
    FaultProxy::start(address).await.unwrap()
}

async fn connect(proxy: &FaultProxy) -> TcpStream {
    TcpStream::connect(proxy.address()).await.unwrap()
}

async fn say(stream: &mut TcpStream, words: &[u8]) {
    stream.write_all(words).await.unwrap();
}

async fn hear(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut heard = vec![0; length];
    timeout(SOON, stream.read_exact(&mut heard)).await.unwrap().unwrap();
    heard
}

async fn hears_nothing(stream: &mut TcpStream) -> bool {
    timeout(A_MOMENT, stream.read_u8()).await.is_err()
}

async fn until(done: impl Fn() -> bool) {
    timeout(SOON, async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn bytes_and_ends_pass_both_ways_and_are_counted() {
    let proxy = echo().await;
    let mut client = connect(&proxy).await;
    say(&mut client, b"hello").await;
    assert_eq!(hear(&mut client, 5).await, b"hello");
    assert_eq!(proxy.open(), 1);
    client.shutdown().await.unwrap();
    assert_eq!(timeout(SOON, client.read(&mut [0; 8])).await.unwrap().unwrap(), 0);
    until(|| proxy.open() == 0).await;
    assert_eq!(
        (proxy.bytes(Direction::ToServer), proxy.bytes(Direction::ToClient), proxy.accepted()),
        (5, 5, 1)
    );
}

#[tokio::test]
async fn a_cut_resets_the_connections_there_are_and_lets_new_ones_pass() {
    let proxy = echo().await;
    let mut client = connect(&proxy).await;
    say(&mut client, b"1").await;
    hear(&mut client, 1).await;
    proxy.cut();
    let error = timeout(SOON, client.read_u8()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let mut again = connect(&proxy).await;
    say(&mut again, b"2").await;
    assert_eq!(hear(&mut again, 1).await, b"2");
}

#[tokio::test]
async fn new_connections_are_refused_while_old_ones_stay_and_the_port_is_kept() {
    let proxy = echo().await;
    let mut old = connect(&proxy).await;
    say(&mut old, b"1").await;
    hear(&mut old, 1).await;
    proxy.refuse().await;
    let error = TcpStream::connect(proxy.address()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    say(&mut old, b"2").await;
    assert_eq!(hear(&mut old, 1).await, b"2");
    proxy.pass().await;
    let mut new = connect(&proxy).await;
    say(&mut new, b"3").await;
    assert_eq!(hear(&mut new, 1).await, b"3");
    proxy.go_down().await;
    assert!(timeout(SOON, new.read_u8()).await.unwrap().is_err());
    assert!(TcpStream::connect(proxy.address()).await.is_err());
}

#[tokio::test]
async fn it_listens_again_though_somebody_else_had_the_port_for_a_moment() {
    let proxy = echo().await;
    proxy.go_down().await;
    let other = listen(proxy.address()).unwrap();
    let mut listens_again = pin!(proxy.pass());
    assert!(timeout(A_MOMENT, &mut listens_again).await.is_err());
    drop(other);
    listens_again.await;
    let mut stream = connect(&proxy).await;
    say(&mut stream, b"back").await;
    assert_eq!(hear(&mut stream, 4).await, b"back");
}

#[tokio::test]
async fn a_black_hole_holds_one_way_or_both_until_it_is_healed() {
    let proxy = echo().await;
    let mut client = connect(&proxy).await;
    proxy.black_hole(Way::One(Direction::ToClient));
    say(&mut client, b"asked").await;
    until(|| proxy.bytes(Direction::ToServer) == 5).await;
    assert!(hears_nothing(&mut client).await);
    proxy.pass().await;
    assert_eq!(hear(&mut client, 5).await, b"asked");

    proxy.black_hole(Way::One(Direction::ToServer));
    say(&mut client, b"again").await;
    assert!(hears_nothing(&mut client).await);
    assert_eq!(proxy.bytes(Direction::ToServer), 5);

    proxy.black_hole(Way::Both);
    // Who comes now is let in, and hears nothing either.
    let mut late = connect(&proxy).await;
    say(&mut late, b"late").await;
    assert!(hears_nothing(&mut late).await);
    assert_eq!(proxy.open(), 2);
    proxy.pass().await;
    assert_eq!(hear(&mut client, 5).await, b"again");
    assert_eq!(hear(&mut late, 4).await, b"late");
}

#[tokio::test]
async fn a_delay_makes_later_and_a_limit_slower() {
    let proxy = echo().await;
    let mut client = connect(&proxy).await;
    proxy.delay(A_MOMENT);
    let asked = Instant::now();
    say(&mut client, b"there and back").await;
    hear(&mut client, 14).await;
    assert!(asked.elapsed() >= A_MOMENT * 2);

    proxy.pass().await;
    proxy.limit_bandwidth(10_000);
    let asked = Instant::now();
    say(&mut client, &[7; 2_000]).await;
    hear(&mut client, 2_000).await;
    assert!(asked.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn whoever_connects_while_the_server_is_away_is_reset() {
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = unused.local_addr().unwrap();
    drop(unused);
    let proxy = FaultProxy::start(address).await.unwrap();
    let mut client = connect(&proxy).await;
    let error = timeout(SOON, client.read_u8()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn its_connections_end_with_it() {
    let proxy = echo().await;
    let mut client = connect(&proxy).await;
    say(&mut client, b"1").await;
    hear(&mut client, 1).await;
    drop(proxy);
    assert!(timeout(SOON, client.read_u8()).await.unwrap().is_err());
}

#[tokio::test]
async fn what_was_held_when_it_was_cut_goes_nowhere_though_others_pass_again() {
    let proxy = echo().await;
    for _ in 0..50 {
        let mut stream = connect(&proxy).await;
        say(&mut stream, b"before").await;
        hear(&mut stream, 6).await;
        proxy.black_hole(Way::One(Direction::ToClient));
        let there = proxy.bytes(Direction::ToServer);
        say(&mut stream, b"held").await;
        until(|| proxy.bytes(Direction::ToServer) == there + 4).await;
        proxy.cut();
        proxy.pass().await;
        let heard = timeout(SOON, stream.read_u8()).await.unwrap();
        assert!(heard.is_err(), "{heard:?}");
    }
}
