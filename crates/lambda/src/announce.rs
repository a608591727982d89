//! The bus: what is committed goes on a queue, before whoever asked for it is answered.
//!
//! So whatever was acknowledged is announced for certain. Where a function dies between its commit and the queue, its
//! client gets no answer, sends again, and the repetition announces what the first attempt did not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use chinwag_chat::{Bus, Channel, Clock, Head, Hint, Rev, SessionId, StateEvent, StoreError, UserId};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// What waits to be announced at most; state beyond that is dropped, for it may be lost.
const MAX_WAITING: usize = 10_000;
/// The queue takes so many messages at once.
const BATCH: usize = 10;
/// The queue takes 256 KiB at once, and JSON is JSON in JSON.
const MAX_STATE_BYTES: usize = 20 * 1024;

/// What a queue carries to whoever fans it out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "announce", rename_all = "snake_case")]
pub(crate) enum Announcement {
    /// A channel is at least here: tell its followers.
    Moved {
        /// Which.
        channel: String,
        /// How far.
        rev: u64,
        /// Only those after this row, where the others are another's to tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
        /// Only these, if any are named.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        only: Vec<String>,
    },
    /// Something that may be lost, for whoever follows the channel.
    State {
        /// Which.
        channel: String,
        /// What.
        event: Box<StateEvent>,
        /// When, in milliseconds: what is old is of no use.
        at_ms: i64,
        /// Said twice under the same id, it is told once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// As above.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// A session is no more: its connections must go.
    SessionRevoked {
        /// Which.
        session: SessionId,
    },
    /// A user may not come in any more: their connections must go.
    UserDisabled {
        /// Who.
        user: UserId,
    },
}

/// The bus and the queue behind it.
pub(crate) struct Announcer {
    client: Client,
    queue_url: String,
    clock: Arc<dyn Clock>,
    waiting: Mutex<Vec<Hint>>,
}

impl Bus for Announcer {
    fn publish(&self, hint: Hint) {
        let mut waiting = self.waiting.lock();
        if waiting.len() < MAX_WAITING || !matches!(hint, Hint::State(..)) {
            waiting.push(hint);
        }
    }

    fn max_state_bytes(&self) -> usize {
        MAX_STATE_BYTES
    }
}

impl Announcer {
    pub(crate) fn new(client: Client, queue_url: String, clock: Arc<dyn Clock>) -> Self {
        Self { client, queue_url, clock, waiting: Mutex::default() }
    }

    /// Puts something that is kept nowhere on the queue, to be told once however often it is announced under that id.
    pub(crate) async fn announce_once(
        &self,
        channel: &Channel,
        event: StateEvent,
        id: String,
    ) -> Result<(), StoreError> {
        let (channel, at_ms) = (channel.to_string(), self.clock.now().unix_ms());
        let state = Announcement::State { channel, event: Box::new(event), at_ms, id: Some(id), after: None };
        self.send(&[state], Duration::ZERO).await
    }

    /// Puts whatever waits on the queue.
    ///
    /// # Errors
    /// Where the queue did not take all of it. It is not kept: whoever asked is to ask again.
    pub(crate) async fn flush(&self) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut *self.waiting.lock());
        if waiting.is_empty() {
            return Ok(());
        }
        self.send(&together(waiting, self.clock.now().unix_ms()), Duration::ZERO).await
    }

    /// Puts announcements on the queue, to be seen after `delay`.
    pub(crate) async fn send(
        &self,
        announcements: &[Announcement],
        delay: Duration,
    ) -> Result<(), StoreError> {
        let delay = i32::try_from(delay.as_secs()).unwrap_or(i32::MAX);
        for some in announcements.chunks(BATCH) {
            let mut batch = self.client.send_message_batch().queue_url(&self.queue_url);
            for (n, announcement) in some.iter().enumerate() {
                let body = serde_json::to_string(announcement)
                    .map_err(|error| StoreError::Corrupt(error.to_string()))?;
                let entry = SendMessageBatchRequestEntry::builder().id(n.to_string()).message_body(body);
                batch = batch.entries(entry.delay_seconds(delay).build().map_err(failed)?);
            }
            let sent = batch.send().await.map_err(failed)?;
            if let Some(refused) = sent.failed.first() {
                return Err(StoreError::Unavailable(format!(
                    "the queue refuses a message: {}",
                    refused.code
                )));
            }
        }
        Ok(())
    }
}

/// Of each channel only how far it is; the rest as it came.
fn together(hints: Vec<Hint>, at_ms: i64) -> Vec<Announcement> {
    let mut moved: BTreeMap<Channel, Rev> = BTreeMap::new();
    let mut others = vec![];
    for hint in hints {
        match hint {
            Hint::Changed(change) => {
                let rev = moved.entry(change.channel()).or_default();
                *rev = change.rev().max(*rev);
            }
            Hint::Moved(channel, Head { rev, .. }) => {
                let known = moved.entry(channel).or_default();
                *known = rev.max(*known);
            }
            Hint::State(channel, event) => others.push(Announcement::State {
                channel: channel.to_string(),
                event: Box::new((*event).clone()),
                at_ms,
                id: None,
                after: None,
            }),
            Hint::SessionRevoked(session) => others.push(Announcement::SessionRevoked { session }),
            Hint::UserDisabled(user) => others.push(Announcement::UserDisabled { user }),
        }
    }
    let moved = moved.into_iter().map(|(channel, rev)| Announcement::Moved {
        channel: channel.to_string(),
        rev: rev.0,
        after: None,
        only: vec![],
    });
    moved.chain(others).collect()
}

/// Of what came together about one channel only how far it is, with the ids of all that said so.
pub(crate) fn merged(read: Vec<(String, Announcement)>) -> Vec<(Vec<String>, Announcement)> {
    let mut moved: BTreeMap<String, (Vec<String>, u64)> = BTreeMap::new();
    let mut others = vec![];
    for (id, announcement) in read {
        match announcement {
            Announcement::Moved { channel, rev, after: None, only } if only.is_empty() => {
                let (ids, furthest) = moved.entry(channel).or_default();
                ids.push(id);
                *furthest = rev.max(*furthest);
            }
            other => others.push((vec![id], other)),
        }
    }
    let moved = moved
        .into_iter()
        .map(|(channel, (ids, rev))| (ids, Announcement::Moved { channel, rev, after: None, only: vec![] }));
    moved.chain(others).collect()
}

fn failed<E: std::error::Error>(error: E) -> StoreError {
    StoreError::Unavailable(DisplayErrorContext(error).to_string())
}

#[cfg(test)]
mod tests {
    use chinwag_chat::RoomId;

    use super::*;

    #[test]
    fn of_a_channel_only_how_far_it_is_is_announced() {
        let (one, other) = (RoomId::from_parts(1, 1), RoomId::from_parts(1, 2));
        let at = |room: RoomId, rev| Hint::Moved(room.into(), Head { rev: Rev(rev), ..Head::default() });
        let user: UserId = "ada".parse().unwrap();
        let hints = vec![at(one, 3), at(other, 1), at(one, 5), Hint::UserDisabled(user), at(one, 4)];
        let announced = serde_json::to_value(together(hints, 7)).unwrap();
        let expected = serde_json::json!([
            { "announce": "moved", "channel": format!("room:{one}"), "rev": 5 },
            { "announce": "moved", "channel": format!("room:{other}"), "rev": 1 },
            { "announce": "user_disabled", "user": "ada" },
        ]);
        assert_eq!(announced, expected);
    }

    #[test]
    fn what_came_together_about_a_channel_is_done_at_once_and_answers_for_all() {
        let moved = |channel: &str, rev, after: Option<&str>| Announcement::Moved {
            channel: channel.to_owned(),
            rev,
            after: after.map(str::to_owned),
            only: vec![],
        };
        let read = [
            moved("room:a", 5, None),
            moved("room:a", 3, None),
            moved("room:a", 5, Some("CONN#x")),
            moved("room:b", 1, None),
        ];
        let read = read.into_iter().enumerate().map(|(n, each)| (n.to_string(), each)).collect();
        let merged: Vec<(Vec<String>, String)> = merged(read)
            .into_iter()
            .map(|(ids, each)| (ids, serde_json::to_string(&each).unwrap()))
            .collect();
        let ids: Vec<&[String]> = merged.iter().map(|(ids, _)| ids.as_slice()).collect();
        assert_eq!(ids, [&["0".to_owned(), "1".to_owned()][..], &["3".to_owned()], &["2".to_owned()]]);
        assert!(merged[0].1.contains("\"rev\":5"));
    }
}
