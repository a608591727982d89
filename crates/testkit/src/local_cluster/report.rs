//! What the local cluster tells whoever started it.

use std::io::{self, Write as _};
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::{Value, json};

use crate::balancer::Balancer;
use crate::launcher::Node;
use crate::postgres::Postgres;
use crate::redis::Redis;

/// To whom.
#[derive(Debug, Clone, Copy)]
pub(super) enum Report {
    /// A person.
    Text,
    /// A program: one JSON value on each line.
    Json,
}

impl Report {
    /// Something takes a moment.
    pub(super) fn says(self, what: &str) {
        match self {
            Self::Text => write(&format!("==> {what}\n")),
            Self::Json => {}
        }
    }

    /// All of it runs.
    pub(super) fn is_up(
        self,
        https: u16,
        balancer: &Balancer,
        nodes: &[Node],
        postgres: &Postgres,
        redis: Option<&Redis>,
    ) {
        let url = format!("https://localhost:{https}");
        if matches!(self, Self::Json) {
            let nodes: Vec<Value> = nodes.iter().map(of_node).collect();
            let authority = balancer.authority();
            return write_json(&json!({ "event": "up", "url": url, "authority": authority, "nodes": nodes }));
        }
        let mut text = format!("\n  Chinwag runs at  {url}\n");
        text += "  Your browser will warn of the certificate, which was made a moment ago for this machine alone.\n\n";
        for node in nodes {
            text += &format!(
                "  {:<10} http://{}  process {:<8} log {}\n",
                node.name,
                node.address,
                node.pid(),
                node.log().display()
            );
        }
        text += &format!("  PostgreSQL {}\n", postgres.url());
        if let Some(redis) = redis {
            text += &format!("  Redis      {}\n", redis.url());
        }
        if let Some(node) = nodes.first() {
            let pid = node.pid();
            text += &format!(
                "\n  Open two windows, talk, and kill a node:   kill -9 {pid}\n  \
                 Let one leave as an update would:          kill {pid}\n  \
                 Freeze one, and wake it:                   kill -STOP {pid}; sleep 20; kill -CONT {pid}\n"
            );
        }
        text += "\n  A node that ended is started again after a few seconds. Ctrl-C ends all of it and leaves nothing.\n\n";
        write(&text);
    }

    /// A node has ended.
    pub(super) fn ended(self, node: &Node, status: ExitStatus, away: Duration) {
        match self {
            Self::Text => write(&format!(
                "==> {} has ended ({status}); its people are on the other nodes. It comes back in {} s.\n",
                node.name,
                away.as_secs()
            )),
            Self::Json => {
                write_json(&json!({ "event": "ended", "node": node.name, "status": status.to_string() }));
            }
        }
    }

    /// A node is back.
    pub(super) fn started(self, node: &Node) {
        match self {
            Self::Text => write(&format!("==> {} is back: process {}\n", node.name, node.pid())),
            Self::Json => write_json(&json!({ "event": "started", "node": of_node(node) })),
        }
    }

    /// It is over.
    pub(super) fn ends(self) {
        if matches!(self, Self::Text) {
            write("\n==> ending all of it\n");
        }
    }
}

fn of_node(node: &Node) -> Value {
    json!({ "name": node.name, "url": format!("http://{}", node.address), "pid": node.pid(), "log": node.log() })
}

fn write_json(value: &Value) {
    write(&format!("{value}\n"));
}

fn write(text: &str) {
    // Nobody is there to be told that nobody is there to be told.
    let _ = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
}
