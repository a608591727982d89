//! Sends one message over HTTP, on one node after the other, until it is acknowledged.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::dice::Dice;
use super::message::Message;
use super::rest::{self, Answer};
use super::shared::Shared;
use crate::history::Event;

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// How long to wait between two attempts.
const RETRY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(400));

/// Delivers the message, beginning with that node.
pub(super) async fn deliver(
    shared: Arc<Shared>,
    token: Arc<str>,
    message: Message,
    mut node: usize,
    mut dice: Dice,
) {
    let path = format!("/api/v1/rooms/{}/messages", shared.room(message.room));
    let body = json!({ "client_id": message.id, "text": message.text() });
    loop {
        let recorder = &shared.recorder;
        let id = message.id.clone();
        recorder.event(Event::Invoked { id: id.clone(), room: shared.room(message.room).to_owned() });
        let address = shared.nodes.get(node % shared.nodes.len().max(1)).copied();
        let Some(address) = address else { return };
        let call = rest::call(address, &token, "POST", &path, Some(&body));
        let answer: Result<Answer> =
            timeout(ANSWER_WITHIN, call).await.map_err(Into::into).and_then(|answer| answer);
        match answer {
            Ok(answer) if answer.is_good() => {
                match answer.body["rev"].as_u64() {
                    Some(rev) => shared.acknowledged(&id, message.room, rev),
                    None => recorder.problem(format!("{id} was acknowledged without a rev: {}", answer.body)),
                }
                return;
            }
            Ok(answer) if !answer.may_be_repeated() => {
                recorder.problem(format!("{id} was refused: {} {}", answer.status, answer.body));
                recorder.event(Event::Refused { id });
                return;
            }
            Ok(answer) => {
                recorder.note(format!("{id} is sent again: {} {}", answer.status, answer.body["detail"]));
                recorder.event(Event::Unknown { id });
            }
            Err(_) => recorder.event(Event::Unknown { id }),
        }
        node += 1;
        sleep(dice.between(RETRY.0, RETRY.1)).await;
    }
}
