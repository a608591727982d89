//! Whether two sentinels that call the primary by different addresses mean the same server.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use redis::{Client, RedisResult};
use tokio::net::lookup_host;
use tokio::time::timeout;

use crate::connection;

/// How long a name may take to be looked up, and the server to say which run of it this is.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// A server as a sentinel describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Announced {
    /// An address or, where sentinels announce those, a host's name.
    host: String,
    port: u16,
    /// Which run of the server it is; not known to a sentinel that has not asked it yet.
    run_id: Option<String>,
}

impl Announced {
    /// Reads what `SENTINEL MASTER` answers.
    pub(super) fn read(mut answer: HashMap<String, String>) -> Option<Self> {
        let run_id = answer.remove("runid").filter(|run_id| !run_id.is_empty());
        Some(Self { host: answer.remove("ip")?, port: answer.remove("port")?.parse().ok()?, run_id })
    }
}

/// The server that a link leads to.
pub(super) struct Primary {
    client: Client,
    /// Under which addresses it is known.
    known_as: Vec<(String, u16)>,
}

impl Primary {
    pub(super) fn new(client: Client, host: String, port: u16) -> Self {
        Self { client, known_as: vec![(host, port)] }
    }

    /// Whether this is what a sentinel means.
    pub(super) async fn is(&mut self, announced: &Announced) -> bool {
        let is_known = |(host, port): &(String, u16)| (host, *port) == (&announced.host, announced.port);
        if self.known_as.iter().any(is_known) {
            return true;
        }
        let is_same = match &announced.run_id {
            Some(run_id) => self.run_id().await.as_ref() == Some(run_id),
            None => self.leads_to(announced).await,
        };
        if is_same {
            self.known_as.push((announced.host.clone(), announced.port));
        }
        is_same
    }

    /// Which run of the server it is, by itself.
    async fn run_id(&self) -> Option<String> {
        let ask = async {
            let mut server = connection::open(&self.client, |_| RedisResult::Ok(())).await?;
            redis::cmd("INFO").arg("server").query_async::<String>(&mut server).await
        };
        let info = timeout(ANSWER_WITHIN, ask).await.ok()?.ok()?;
        info.lines().find_map(|line| line.strip_prefix("run_id:")).map(|run_id| run_id.trim().to_owned())
    }

    /// Whether one of the addresses is behind both names.
    async fn leads_to(&self, announced: &Announced) -> bool {
        let theirs = look_up(&announced.host, announced.port).await;
        for (host, port) in &self.known_as {
            if look_up(host, *port).await.iter().any(|address| theirs.contains(address)) {
                return true;
            }
        }
        false
    }
}

async fn look_up(host: &str, port: u16) -> Vec<SocketAddr> {
    match timeout(ANSWER_WITHIN, lookup_host((host, port))).await {
        Ok(Ok(addresses)) => addresses.collect(),
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn announced(host: &str, port: u16, run_id: &str) -> Announced {
        let fields = [("ip", host), ("port", &port.to_string()), ("runid", run_id)];
        Announced::read(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into()).unwrap()
    }

    /// A primary where nobody listens.
    fn primary(host: &str) -> Primary {
        Primary::new(Client::open("redis://127.0.0.1:1").unwrap(), host.to_owned(), 1)
    }

    #[tokio::test]
    async fn a_name_and_the_address_behind_it_are_one_server() {
        for (one, other) in
            [("127.0.0.1", "localhost"), ("localhost", "127.0.0.1"), ("::1", "0:0:0:0:0:0:0:1")]
        {
            assert!(primary(one).is(&announced(other, 1, "")).await, "{one}, {other}");
        }
        assert!(!primary("127.0.0.1").is(&announced("127.0.0.2", 1, "")).await);
        assert!(!primary("127.0.0.1").is(&announced("localhost", 2, "")).await);
        assert!(!primary("127.0.0.1").is(&announced("no-such-host.invalid", 1, "")).await);
    }

    #[tokio::test]
    async fn another_run_at_another_address_is_another_server_and_so_is_one_that_cannot_be_asked() {
        assert!(
            primary("127.0.0.1").is(&announced("127.0.0.1", 1, "another")).await,
            "the link knows by itself"
        );
        assert!(!primary("127.0.0.1").is(&announced("localhost", 1, "another")).await);
    }
}
