//! Opening a WebSocket: TCP, the upgrade request, its answer.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result, bail, ensure};
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
    silent(upgrade(TcpSocket::new_v4()?, server, path, None, source).await?)
}

/// The same of a server that wants to hear a subprotocol, or speaks first: tells also what it has said already.
///
/// # Errors
/// As for [`open`].
pub async fn open_as(
    server: SocketAddr,
    path: &str,
    subprotocol: Option<&str>,
    source: Option<Ipv4Addr>,
) -> Result<(TcpStream, Vec<u8>)> {
    upgrade(TcpSocket::new_v4()?, server, path, subprotocol, source).await
}

/// The same for a client that lets the kernel keep only so many bytes that it has not read: what it does not read soon
/// stays with the server.
///
/// # Errors
/// As for [`open`].
pub async fn open_narrow(server: SocketAddr, path: &str, receive_buffer_bytes: u32) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(receive_buffer_bytes)?;
    silent(upgrade(socket, server, path, None, None).await?)
}

/// Our server says nothing in WebSocket before it is spoken to.
fn silent((stream, said): (TcpStream, Vec<u8>)) -> Result<TcpStream> {
    ensure!(said.is_empty(), "the server spoke before it was spoken to");
    Ok(stream)
}

async fn upgrade(
    socket: TcpSocket,
    server: SocketAddr,
    path: &str,
    subprotocol: Option<&str>,
    source: Option<Ipv4Addr>,
) -> Result<(TcpStream, Vec<u8>)> {
    if let Some(source) = source {
        socket.bind((source, 0).into()).with_context(|| format!("no port is free on {source}"))?;
    }
    let mut stream = socket.connect(server).await.context("cannot connect")?;
    stream.set_nodelay(true)?;
    let subprotocol =
        subprotocol.map(|name| format!("Sec-WebSocket-Protocol: {name}\r\n")).unwrap_or_default();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{subprotocol}\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let said = read_answer(&mut stream).await?;
    Ok((stream, said))
}

/// Tells what follows the answer.
async fn read_answer(stream: &mut TcpStream) -> Result<Vec<u8>> {
    let mut answer = [0; MAX_ANSWER_BYTES];
    let mut filled = 0;
    let end = loop {
        if let Some(at) = memchr::memmem::find(&answer[..filled], b"\r\n\r\n") {
            break at + 4;
        }
        match stream.read(&mut answer[filled..]).await? {
            0 => bail!("the server hung up during the upgrade: {}", first_line(&answer[..filled])),
            read => filled += read,
        }
    };
    let text = String::from_utf8_lossy(&answer[..end]);
    if !text.starts_with("HTTP/1.1 101 ") || !text.contains(ACCEPT) {
        bail!("the server did not upgrade: {}", first_line(&answer[..end]));
    }
    Ok(answer[end..filled].to_vec())
}

fn first_line(answer: &[u8]) -> String {
    String::from_utf8_lossy(answer).lines().next().unwrap_or("no answer").to_owned()
}
