//! What nodes count of themselves.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The sum of a node's counter over its labels; none where it does not exist yet.
pub(crate) async fn counter(node: SocketAddr, name: &str) -> Result<Option<u64>> {
    sum(&text(node).await?, name)
}

/// The answer to `GET /metrics`, as it is.
async fn text(node: SocketAddr) -> Result<String> {
    let mut stream = TcpStream::connect(node).await?;
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {node}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

fn sum(text: &str, name: &str) -> Result<Option<u64>> {
    let values = text
        .lines()
        .filter_map(|line| line.strip_prefix(name))
        .filter(|rest| rest.starts_with([' ', '{']))
        .filter_map(|rest| rest.rsplit(' ').next());
    let values: Vec<u64> =
        values.map(|value| value.parse().context("a counter is no number")).collect::<Result<_>>()?;
    Ok((!values.is_empty()).then(|| values.iter().sum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_summed_over_its_labels() {
        let text = "# TYPE a_total counter\na_total{x=\"1\"} 3\na_total{x=\"2\"} 4\na_total_more 9\n";
        assert_eq!(sum(text, "a_total").unwrap(), Some(7));
        assert_eq!(sum(text, "a_total{x=\"2\"}").unwrap(), Some(4));
        assert_eq!(sum(text, "b_total").unwrap(), None);
        assert!(sum("a_total{x=\"1\"} many\n", "a_total").is_err());
    }
}
