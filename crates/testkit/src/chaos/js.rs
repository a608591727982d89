//! Clients of the official JavaScript SDK, in a process of their own, whose lines go into the same history.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::change::Change;
use super::client::{Habit, Seen};
use super::message::text_of;
use super::shared::Shared;
use crate::client::token;
use crate::history::{Event, Position};

/// The process and who is in it. Ends when dropped, and by itself when this process does.
pub(super) struct JsClients {
    readers: Vec<Arc<Seen>>,
    process: Child,
    input: Arc<Mutex<Option<ChildStdin>>>,
    open: Arc<AtomicUsize>,
    listener: Option<JoinHandle<()>>,
}

/// What the process says.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Line {
    Connected { client: String, node: usize },
    Connecting { client: String, why: String },
    Received { client: String, room: String, offset: u64, data: Value },
    Told { client: String, room: String },
    Invoked { id: String, room: String },
    Acknowledged { id: String, room: String, rev: u64 },
    Refused { id: String, why: String },
    Unknown { id: String },
    Problem { what: String },
}

/// Whether the SDK and something to run it are there.
pub(super) fn are_possible() -> bool {
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    node.is_ok_and(|status| status.success()) && tests().join("node_modules/centrifuge").is_dir()
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests")
}

impl JsClients {
    /// Starts the process, for these users and their rooms.
    pub(super) fn start(
        shared: &Arc<Shared>,
        people: &[(usize, &Vec<usize>)],
        every: Duration,
    ) -> Result<Self> {
        let mut readers = Vec::with_capacity(people.len());
        let mut clients = Vec::with_capacity(people.len());
        for (user, rooms) in people {
            let name = format!("sdk-{user}");
            let ids: Vec<&str> = rooms.iter().map(|room| shared.room(*room)).collect();
            clients.push(json!({ "name": name, "user": user, "token": token::token(*user)?, "rooms": ids }));
            readers.push(Seen::new(name, *user, Habit::Regular, rooms));
        }
        let mut command = Command::new("node");
        command.arg("chaos/clients.mjs").current_dir(tests()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().context("cannot start node")?;
        let input = Arc::new(Mutex::new(process.stdin.take()));
        let output = process.stdout.take().context("a process without output")?;
        let nodes: Vec<String> = shared.nodes.iter().map(ToString::to_string).collect();
        let every_ms = u64::try_from(every.as_millis())?;
        tell(
            &input,
            &json!({ "clients": clients, "nodes": nodes, "epoch": shared.epoch, "seed": shared.seed, "every_ms": every_ms }),
        );
        let open = Arc::new(AtomicUsize::new(0));
        let listener = Listener {
            shared: shared.clone(),
            readers: readers.clone(),
            input: input.clone(),
            open: open.clone(),
            waiting: HashSet::new(),
        };
        let listener =
            std::thread::Builder::new().name("sdk".to_owned()).spawn(move || listener.listen(output))?;
        Ok(Self { readers, process, input, open, listener: Some(listener) })
    }

    pub(super) fn readers(&self) -> &[Arc<Seen>] {
        &self.readers
    }

    pub(super) fn stop_writing(&self) {
        tell(&self.input, &json!({ "stop": true }));
    }

    /// How many messages are not acknowledged.
    pub(super) fn open_messages(&self) -> usize {
        self.open.load(Ordering::Acquire)
    }
}

impl Drop for JsClients {
    fn drop(&mut self) {
        drop(self.input.lock().take());
        // Either fails only where the process has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

fn tell(input: &Mutex<Option<ChildStdin>>, what: &Value) {
    if let Some(input) = input.lock().as_mut() {
        // A process that has ended is noticed by its silence.
        let _ = writeln!(input, "{what}");
    }
}

struct Listener {
    shared: Arc<Shared>,
    readers: Vec<Arc<Seen>>,
    input: Arc<Mutex<Option<ChildStdin>>>,
    open: Arc<AtomicUsize>,
    waiting: HashSet<String>,
}

impl Listener {
    fn listen(mut self, output: ChildStdout) {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            match serde_json::from_str(&line) {
                Ok(line) => self.heard(line),
                Err(error) => self.shared.recorder.problem(format!("the SDK's clients say {line}: {error}")),
            }
        }
    }

    fn heard(&mut self, line: Line) {
        let recorder = &self.shared.recorder;
        match line {
            Line::Connected { client, node } => {
                recorder.note(format!("{client} is on node {}", node + 1));
                if let Some(seen) = self.seen(&client) {
                    seen.set_node(Some(node));
                }
            }
            Line::Connecting { client, why } => {
                recorder.note(format!("{client} leaves: {why}"));
                if let Some(seen) = self.seen(&client) {
                    seen.set_node(None);
                }
            }
            Line::Received { client, room, offset, data } => self.received(client, room, offset, &data),
            Line::Told { client, room } => {
                recorder.problem(format!("{client} cannot resume in {room}"));
                recorder.event(Event::Told { client, room });
            }
            Line::Invoked { id, room } => {
                recorder.event(Event::Invoked { id: id.clone(), room });
                tell(&self.input, &json!({ "go": id, "text": text_of(&id) }));
                self.waiting.insert(id);
                self.open.store(self.waiting.len(), Ordering::Release);
            }
            Line::Acknowledged { id, room, rev } => {
                match self.shared.rooms.iter().position(|known| known.id == room) {
                    Some(room) => self.shared.acknowledged(&id, room, rev),
                    None => recorder.problem(format!("{id} was acknowledged in {room}")),
                }
                self.is_answered(&id);
            }
            Line::Refused { id, why } => {
                recorder.problem(format!("refused: {id}: {why}"));
                recorder.event(Event::Refused { id: id.clone() });
                self.is_answered(&id);
            }
            Line::Unknown { id } => recorder.event(Event::Unknown { id }),
            Line::Problem { what } => recorder.problem(what),
        }
    }

    fn is_answered(&mut self, id: &str) {
        self.waiting.remove(id);
        self.open.store(self.waiting.len(), Ordering::Release);
    }

    fn received(&self, client: String, room: String, offset: u64, data: &Value) {
        let recorder = &self.shared.recorder;
        let change = match Change::read(&data.to_string().into()) {
            Ok(change) => change,
            Err(error) => {
                return recorder.problem(format!("{client} cannot read {offset} of {room}: {error}"));
            }
        };
        if let Some(fault) = change.fault(&room, offset) {
            recorder.problem(format!("{client}: {fault}"));
        }
        if let Some(seen) = self.seen(&client) {
            seen.reached(self.shared.rooms.iter().position(|known| known.id == room), offset);
        }
        let position = Position { epoch: self.shared.epoch.clone(), offset };
        let id = change.id(&room, offset);
        recorder.event(Event::Received { client, room, position, id });
    }

    fn seen(&self, client: &str) -> Option<&Arc<Seen>> {
        self.readers.iter().find(|seen| seen.name == client)
    }
}
