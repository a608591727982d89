//! Opening a WebSocket: TCP, the upgrade request, its answer.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// More than any answer to an upgrade.
const MAX_ANSWER_BYTES: usize = 4_096;

/// The key of RFC 6455's example: the answer is known and need not be computed.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Connects from that address of this machine and upgrades to WebSocket.
///
/// # Errors
/// The server refuses, or answers the upgrade with anything but the right 101.
pub async fn open(server: SocketAddr, path: &str, source: Option<Ipv4Addr>) -> Result<TcpStream> {
    upgrade(TcpSocket::new_v4()?, server, path, source).await
}

/// The same for a client that lets the kernel keep only so many bytes that it has not read: what it does not read soon
/// stays with the server.
///
/// # Errors
/// As for [`open`].
pub async fn open_narrow(server: SocketAddr, path: &str, receive_buffer_bytes: u32) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(receive_buffer_bytes)?;
    upgrade(socket, server, path, None).await
}

async fn upgrade(
    socket: TcpSocket,
    server: SocketAddr,
    path: &str,
    source: Option<Ipv4Addr>,
) -> Result<TcpStream> {
    if let Some(source) = source {
        socket.bind((source, 0).into()).with_context(|| format!("no port is free on {source}"))?;
    }
    let mut stream = socket.connect(server).await.context("cannot connect")?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    read_answer(&mut stream).await?;
    Ok(stream)
}

/// The server says nothing in WebSocket before it is spoken to, so nothing follows the answer.
async fn read_answer(stream: &mut TcpStream) -> Result<()> {
    let mut answer = [0; MAX_ANSWER_BYTES];
    let mut filled = 0;
    while !answer[..filled].ends_with(b"\r\n\r\n") {
        match stream.read(&mut answer[filled..]).await? {
            0 => bail!("the server hung up during the upgrade: {}", first_line(&answer[..filled])),
            read => filled += read,
        }
    }
    let text = String::from_utf8_lossy(&answer[..filled]);
    if !text.starts_with("HTTP/1.1 101 ") || !text.contains(ACCEPT) {
        bail!("the server did not upgrade: {}", first_line(&answer[..filled]));
    }
    Ok(())
}

fn first_line(answer: &[u8]) -> String {
    String::from_utf8_lossy(answer).lines().next().unwrap_or("no answer").to_owned()
}
