//! Starts the real `chinwag serve` and ends it: one node to measure, or each node of a cluster.

mod binary;
mod launch;
mod node;
mod wrong_clock;

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub use binary::find_binary;
pub use launch::{Launch, NO_LIMITS, taking_tokens};
pub use node::Node;

/// Asks for a page and tells the status of the answer.
///
/// # Errors
/// Nobody answers, or not in HTTP.
pub async fn get_status(address: SocketAddr, path: &str) -> Result<u16> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(64).read_to_string(&mut answer).await?;
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).context("the answer is not HTTP")
}
