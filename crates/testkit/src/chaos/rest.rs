//! The bare minimum of HTTP that a client needs for one call.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A complete answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// `null` where there is none.
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the same call may succeed later.
    pub(super) fn may_be_repeated(&self) -> bool {
        self.status == 429 || self.status >= 500
    }
}

/// Makes one call on a connection of its own.
///
/// # Errors
/// There is no complete answer: nobody can tell what became of the call.
pub(super) async fn call(
    node: SocketAddr,
    token: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Answer> {
    let mut stream = TcpStream::connect(node).await?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {node}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    parse(&String::from_utf8(answer).context("the answer is not UTF-8")?)
}

fn parse(answer: &str) -> Result<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer was cut off")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("the answer is not HTTP")?;
    let length = lines.filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok()).flatten()
    });
    ensure!(length.unwrap_or(0) == body.len(), "the answer was cut off");
    let body = if body.is_empty() { Value::Null } else { serde_json::from_str(body)? };
    Ok(Answer { status: status.parse()?, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_only_when_all_of_it_came() {
        let answer = "HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\n{\"rev\":4}";
        let parsed = parse(answer).unwrap();
        assert!(parsed.is_good() && parsed.body["rev"] == 4);
        assert!(parse(&answer[..answer.len() - 1]).is_err());
        assert!(parse("HTTP/1.1 201 Created\r\nconte").is_err());
        assert!(parse("").is_err());
        assert_eq!(parse("HTTP/1.1 204 No Content\r\n\r\n").unwrap().status, 204);
    }
}
