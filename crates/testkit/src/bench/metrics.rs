//! What a node says of itself.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The sum of a counter over its labels; zero where it does not exist yet.
pub(super) async fn counter(node: SocketAddr, name: &str) -> Result<f64> {
    let mut stream = TcpStream::connect(node).await?;
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {node}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let values =
        answer.lines().filter(|line| line.starts_with(name)).filter_map(|line| line.rsplit(' ').next());
    values.map(|value| value.parse::<f64>().context("a counter is no number")).sum()
}
