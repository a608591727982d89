//! What happened: the history that is judged, and the trace that tells how it came about.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::{self, Write as _};
use std::hash::{DefaultHasher, Hash, Hasher};

use chinwag_chat::Change;
use chinwag_testkit::history::Event;
use parking_lot::Mutex;
use serde::Deserialize;
use tokio::time::Instant;

/// Collects it.
pub(crate) struct Record {
    began: Instant,
    /// How many lines of the trace are kept for whoever reads about a failure.
    kept_lines: usize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    history: Vec<Event>,
    /// What was committed at each place, by its hash: everybody must be shown just that.
    contents: BTreeMap<(String, u64), u64>,
    /// The newest place in each channel that each client was shown.
    shown: BTreeMap<(String, String), u64>,
    complaints: Vec<String>,
    lines: VecDeque<String>,
    hash: u64,
    steps: u64,
    acknowledged: u64,
    received: u64,
}

/// Everything that was recorded.
pub(crate) struct Recorded {
    pub(crate) history: Vec<Event>,
    pub(crate) complaints: Vec<String>,
    pub(crate) lines: Vec<String>,
    pub(crate) trace_hash: u64,
    pub(crate) steps: u64,
    pub(crate) acknowledged: u64,
    pub(crate) received: u64,
}

impl Record {
    pub(crate) fn new(kept_lines: usize) -> Self {
        Self { began: Instant::now(), kept_lines, inner: Mutex::default() }
    }

    /// When the simulation began.
    pub(crate) fn began(&self) -> Instant {
        self.began
    }

    /// Writes a line of the trace.
    pub(crate) fn note(&self, what: fmt::Arguments<'_>) {
        let at = self.began.elapsed();
        let mut inner = self.inner.lock();
        let inner = &mut *inner;
        let mut line = if inner.lines.len() < self.kept_lines {
            String::new()
        } else {
            inner.lines.pop_front().unwrap_or_default()
        };
        line.clear();
        let _ = write!(line, "{:>3}.{:03} {what}", at.as_secs(), at.subsec_millis());
        let mut hasher = DefaultHasher::new();
        inner.hash.hash(&mut hasher);
        line.hash(&mut hasher);
        inner.hash = hasher.finish();
        inner.steps += 1;
        inner.lines.push_back(line);
    }

    /// Adds an event to the history.
    pub(crate) fn event(&self, event: Event) {
        match &event {
            Event::Invoked { id, room } => self.note(format_args!("send {id} to {}", short(room))),
            Event::Acknowledged { id, position } => {
                self.inner.lock().acknowledged += 1;
                self.note(format_args!("acknowledged {id} at {}", position.offset));
            }
            Event::Refused { id } => self.note(format_args!("refused {id}")),
            Event::Unknown { id } => self.note(format_args!("no answer for {id}")),
            Event::Received { client, room, position, id } => {
                let mut inner = self.inner.lock();
                inner.received += 1;
                inner.shown.insert((client.clone(), room.clone()), position.offset);
                drop(inner);
                self.note(format_args!("{client} shown {} of {}: {id}", position.offset, short(room)));
            }
            Event::Told { client, room } => {
                self.note(format_args!("{client} told to load {} anew", short(room)));
            }
            Event::MaySee { client, room, after } => {
                self.note(format_args!("{client} may see {} after {after}", short(room)));
            }
            Event::MayNotSee { client, room, after } => {
                self.note(format_args!("{client} may not see {} after {after}", short(room)));
            }
            Event::Healed => self.note(format_args!("healed")),
        }
        self.inner.lock().history.push(event);
    }

    /// The store has committed a change.
    pub(crate) fn committed(&self, change: &Change) {
        let (channel, rev) = (change.channel().to_string(), change.rev().0);
        self.note(format_args!("committed {rev} of {}", short(&channel)));
        let data = serde_json::to_vec(change).unwrap_or_default();
        self.inner.lock().contents.insert((channel, rev), content_hash(&data));
    }

    /// A client was shown these bytes at that place.
    pub(crate) fn content(&self, channel: &str, offset: u64, data: &[u8]) {
        let committed = self.inner.lock().contents.get(&(channel.to_owned(), offset)).copied();
        if committed != Some(content_hash(data)) {
            self.complain(format!("what was shown at {offset} in {channel} is not what was committed there"));
        }
    }

    /// The newest place in a channel that a client was shown.
    pub(crate) fn shown(&self, client: &str, channel: &str) -> Option<u64> {
        self.inner.lock().shown.get(&(client.to_owned(), channel.to_owned())).copied()
    }

    /// Something went wrong that no history shows.
    pub(crate) fn complain(&self, what: String) {
        self.note(format_args!("! {what}"));
        self.inner.lock().complaints.push(what);
    }

    pub(crate) fn finish(&self) -> Recorded {
        let inner = std::mem::take(&mut *self.inner.lock());
        Recorded {
            history: inner.history,
            complaints: inner.complaints,
            lines: inner.lines.into(),
            trace_hash: inner.hash,
            steps: inner.steps,
            acknowledged: inner.acknowledged,
            received: inner.received,
        }
    }
}

/// The hash by which contents are compared.
fn content_hash(data: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    hasher.finish()
}

/// A channel's name without what all of them share.
fn short(channel: &str) -> &str {
    match channel.strip_prefix("room:") {
        Some(id) => id.get(id.len().saturating_sub(4)..).unwrap_or(id),
        None => channel,
    }
}

#[derive(Deserialize)]
struct Shown<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow, default)]
    message: Option<ShownMessage<'a>>,
}

#[derive(Deserialize)]
struct ShownMessage<'a> {
    text: &'a str,
}

/// What a change is called in the history: a message by the first word of its text, whoever sent it under whatever
/// `client_id`; anything else by its place.
pub(crate) fn change_id(channel: &str, offset: u64, data: &[u8]) -> String {
    match serde_json::from_slice::<Shown<'_>>(data) {
        Ok(Shown { message: Some(message), .. }) => {
            message.text.split(' ').next().unwrap_or_default().to_owned()
        }
        Ok(Shown { kind, .. }) => format!("{kind} {offset} in {channel}"),
        Err(_) => format!("nonsense {offset} in {channel}"),
    }
}
