//! The bare limit: what fan-out costs when nothing but the kernel's work is left.
//!
//! A single thread on epoll. Whoever connects to `/room/NAME` gets every line that is sent to that room, its own too, in
//! one frame each; who connects to `/publish/NAME` only sends. No protocol, no accounts, no history, no commit: no server
//! can beat it by much, and how close one comes says how much its own work costs.

mod peer;

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::SocketAddr;

use anyhow::{Context, Result};
use chinwag_websocket::{Decoder, Event, MessageKind};
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};

use peer::{Peer, Role, Upgraded};

/// How the limit writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// One write per message and member.
    Direct,
    /// One write per member for all messages that came in one turn of the loop.
    Coalesced,
}

/// The longest line that anybody may send.
const MAX_LINE_BYTES: usize = 1 << 20;
const LISTENER: Token = Token(usize::MAX);
const READ_BUFFER_BYTES: usize = 256 * 1024;
/// As many as there may be peers: a turn takes all that has come, so that what comes together goes out together.
const EVENTS: usize = 16_384;

/// A running limit program.
#[derive(Debug)]
pub struct Limit {
    mode: Mode,
    poll: Poll,
    listener: TcpListener,
    /// By token; none where the peer has gone.
    peers: Vec<Option<Peer>>,
    rooms: Vec<Room>,
    by_name: HashMap<String, usize>,
    /// Rooms in which something waits for the end of the turn.
    busy: Vec<usize>,
    buffer: Vec<u8>,
}

#[derive(Debug, Default)]
struct Room {
    /// Tokens of the members.
    members: Vec<usize>,
    /// What has come in this turn, in frames.
    waiting: Vec<u8>,
}

impl Limit {
    /// Listens on a free port of this machine.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn bind(mode: Mode) -> Result<Self> {
        let poll = Poll::new()?;
        let mut listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let buffer = vec![0; READ_BUFFER_BYTES];
        Ok(Self {
            mode,
            poll,
            listener,
            peers: Vec::new(),
            rooms: Vec::new(),
            by_name: HashMap::new(),
            busy: Vec::new(),
            buffer,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until the process is killed.
    ///
    /// # Errors
    /// The kernel refuses to wait or to accept.
    pub fn run(mut self) -> Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        loop {
            if let Err(error) = self.poll.poll(&mut events, None)
                && error.kind() != ErrorKind::Interrupted
            {
                return Err(error).context("cannot wait for events");
            }
            for event in &events {
                if event.token() == LISTENER {
                    self.accept()?;
                    continue;
                }
                let Token(index) = event.token();
                if event.is_writable() {
                    self.keep_if(index, Peer::flush);
                }
                if event.is_readable() {
                    self.read(index);
                }
            }
            for room in std::mem::take(&mut self.busy) {
                let frames = std::mem::take(&mut self.rooms[room].waiting);
                self.fan_out(room, &frames);
            }
        }
    }

    fn accept(&mut self) -> Result<()> {
        loop {
            let mut stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context("cannot accept"),
            };
            stream.set_nodelay(true)?;
            let token = Token(self.peers.len());
            self.poll.registry().register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
            self.peers.push(Some(Peer::new(stream)));
        }
    }

    /// Reads until the socket is empty, because epoll tells only once.
    fn read(&mut self, index: usize) {
        let mut buffer = std::mem::take(&mut self.buffer);
        while let Some(peer) = &mut self.peers[index] {
            match peer.read(&mut buffer) {
                Ok(0) => {
                    self.forget(index);
                    break;
                }
                Ok(read) => {
                    if self.received(index, &mut buffer[..read]).is_err() {
                        self.forget(index);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => {
                    self.forget(index);
                    break;
                }
            }
        }
        self.buffer = buffer;
    }

    fn received(&mut self, index: usize, mut bytes: &mut [u8]) -> Result<()> {
        let Some(peer) = &mut self.peers[index] else { return Ok(()) };
        let Role::In { room, decoder } = &mut peer.role else {
            if let Some(upgraded) = peer.upgrade(bytes)? {
                self.enter(index, &upgraded);
            }
            return Ok(());
        };
        let room = *room;
        let decoder = decoder.get_or_insert_with(|| Box::new(Decoder::new(MAX_LINE_BYTES)));
        let mut frames = Vec::new();
        while let Some(event) = decoder.decode(&mut bytes)? {
            if let Event::Text(line) = event {
                frames.push(chinwag_websocket::message(MessageKind::Text, line.as_bytes()));
            }
        }
        if self.mode == Mode::Direct {
            frames.iter().for_each(|frame| self.fan_out(room, frame));
        } else if !frames.is_empty() {
            let waiting = &mut self.rooms[room].waiting;
            if waiting.is_empty() {
                self.busy.push(room);
            }
            frames.iter().for_each(|frame| waiting.extend_from_slice(frame));
        }
        Ok(())
    }

    fn enter(&mut self, index: usize, upgraded: &Upgraded) {
        let next = self.rooms.len();
        let room = *self.by_name.entry(upgraded.room.clone()).or_insert(next);
        if room == next {
            self.rooms.push(Room::default());
        }
        if upgraded.follows {
            self.rooms[room].members.push(index);
        }
        if let Some(peer) = &mut self.peers[index] {
            peer.role = Role::In { room, decoder: None };
        }
    }

    fn fan_out(&mut self, room: usize, bytes: &[u8]) {
        let members = std::mem::take(&mut self.rooms[room].members);
        for member in &members {
            self.keep_if(*member, |peer| peer.write(bytes));
        }
        self.rooms[room].members = members;
    }

    fn keep_if(&mut self, index: usize, act: impl FnOnce(&mut Peer) -> std::io::Result<()>) {
        if let Some(peer) = &mut self.peers[index]
            && act(peer).is_err()
        {
            self.peers[index] = None;
        }
    }

    fn forget(&mut self, index: usize) {
        // Its token stays with its room: writing to nobody costs nothing.
        self.peers[index] = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Connection, Target};

    async fn two_members_get_all_lines(mode: Mode) {
        let limit = Limit::bind(mode).unwrap();
        let server = limit.address().unwrap();
        std::thread::spawn(|| limit.run());
        let open = |path| Connection::open(Target { server, path }, None);
        let mut members = [open("/room/a").await.unwrap(), open("/room/a").await.unwrap()];
        let mut publisher = open("/publish/a").await.unwrap();
        let lines: Vec<String> =
            (0..100).map(|number| format!("line {number} {}", ".".repeat(number * 10))).collect();
        for line in &lines {
            publisher.send_line(line.as_bytes()).await.unwrap();
        }
        for member in &mut members {
            let mut got = Vec::new();
            while got.len() < lines.len() {
                let mut keep = |line: &[u8]| {
                    got.push(String::from_utf8(line.to_vec())?);
                    Ok(())
                };
                member.read(&mut keep).await.unwrap();
            }
            assert_eq!(got, lines);
        }
        assert!(open("/elsewhere").await.is_err());
    }

    #[tokio::test]
    async fn a_member_hears_itself_and_no_other_room() {
        let limit = Limit::bind(Mode::Coalesced).unwrap();
        let server = limit.address().unwrap();
        std::thread::spawn(|| limit.run());
        let open = |path| Connection::open(Target { server, path }, None);
        let [mut ada, mut grace] = [open("/room/a").await.unwrap(), open("/room/b").await.unwrap()];
        grace.send_line(b"elsewhere").await.unwrap();
        ada.send_line(b"here").await.unwrap();
        for (member, expected) in [(&mut ada, b"here".to_vec()), (&mut grace, b"elsewhere".to_vec())] {
            let mut got = Vec::new();
            while got.is_empty() {
                let mut keep = |line: &[u8]| {
                    got.push(line.to_vec());
                    Ok(())
                };
                member.read(&mut keep).await.unwrap();
            }
            assert_eq!(got, [expected]);
        }
    }

    #[tokio::test]
    async fn a_direct_limit_delivers_everything_in_order() {
        two_members_get_all_lines(Mode::Direct).await;
    }

    #[tokio::test]
    async fn a_coalescing_limit_delivers_everything_in_order() {
        two_members_get_all_lines(Mode::Coalesced).await;
    }
}
