//! A client that sends at a steady pace, and sends again what was not acknowledged.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::ledger::Shared;
use crate::bench::crowd;
use crate::client::delivery::stamped_text;
use crate::client::{Connection, Target};

/// How long to wait for an acknowledgement before the message is sent again, elsewhere.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(5);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(100);
const TEXT_BYTES: usize = 128;

/// One sender, and the rooms it sends to in turn.
pub(super) struct Sender {
    pub(super) number: usize,
    pub(super) rooms: Vec<(usize, Rc<str>)>,
    pub(super) nodes: Rc<[SocketAddr]>,
    pub(super) interval: Duration,
    pub(super) ledger: Shared,
}

impl Sender {
    /// Sends until it is over; the last message is acknowledged when it returns.
    pub(super) async fn send_until(self, is_over: Rc<Cell<bool>>) {
        let mut node = self.number % self.nodes.len();
        let mut connection: Option<Connection> = None;
        // Senders must not all send at the same moment.
        let share = u32::try_from(self.number % 64).unwrap_or(0);
        let mut due = Instant::now() + self.interval * share / 64;
        for (count, (room, id)) in self.rooms.iter().cycle().enumerate() {
            sleep_until(due).await;
            if is_over.get() {
                return;
            }
            due += self.interval;
            let began = Instant::now();
            let text = stamped_text(self.ledger.borrow().now_ns(), TEXT_BYTES);
            let message =
                json!({"room": **id, "client_id": format!("{}-{count}", self.number), "text": text});
            let mut attempts = 0;
            let rev = loop {
                attempts += 1;
                match timeout(ACKNOWLEDGED_WITHIN, self.attempt(&mut connection, node, &message)).await {
                    Ok(Ok(rev)) => break rev,
                    Ok(Err(_)) | Err(_) => {
                        connection = None;
                        node = (node + 1) % self.nodes.len();
                        sleep(PAUSE).await;
                    }
                }
            };
            self.ledger.borrow_mut().acknowledged(*room, rev, began.elapsed(), attempts);
        }
    }

    async fn attempt(
        &self,
        connection: &mut Option<Connection>,
        node: usize,
        message: &serde_json::Value,
    ) -> Result<u64> {
        let open = match connection {
            Some(open) => open,
            None => connection.insert(crowd::user(Target::chinwag(self.nodes[node]), self.number).await?),
        };
        let answer = open.rpc("message.send", message).await?;
        answer["rev"].as_u64().context("an acknowledgement has no rev")
    }
}
