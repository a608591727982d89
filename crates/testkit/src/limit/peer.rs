//! One socket of the limit program.

use std::io::{self, ErrorKind, Read, Write};

use anyhow::{Context, Result, bail};
use chinwag_websocket::{Decoder, accept_key};
use mio::net::TcpStream;

/// What a peer is here for.
#[derive(Debug)]
pub(super) enum Role {
    /// It has not said.
    Unknown,
    /// Belongs to a room. Who never sends needs no decoder.
    In { room: usize, decoder: Option<Box<Decoder>> },
}

/// What a peer asked for when it came.
#[derive(Debug)]
pub(super) struct Upgraded {
    pub(super) room: String,
    /// Whether it gets what is sent to the room.
    pub(super) follows: bool,
}

/// One socket, and what the kernel had no room for.
#[derive(Debug)]
pub(super) struct Peer {
    stream: TcpStream,
    pub(super) role: Role,
    waiting: Vec<u8>,
    request: Vec<u8>,
}

impl Peer {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, role: Role::Unknown, waiting: Vec::new(), request: Vec::new() }
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }

    /// Takes more of the upgrade request; once it is complete, answers it and tells what it asks for.
    pub(super) fn upgrade(&mut self, bytes: &[u8]) -> Result<Option<Upgraded>> {
        self.request.extend_from_slice(bytes);
        if !self.request.ends_with(b"\r\n\r\n") {
            return Ok(None);
        }
        let request = String::from_utf8(std::mem::take(&mut self.request))?;
        let mut lines = request.lines();
        let path = lines.next().and_then(|line| line.split(' ').nth(1)).context("no path")?;
        let upgraded = match (path.strip_prefix("/room/"), path.strip_prefix("/publish/")) {
            (Some(room), _) => Upgraded { room: room.to_owned(), follows: true },
            (_, Some(room)) => Upgraded { room: room.to_owned(), follows: false },
            _ => bail!("no such path"),
        };
        let key = lines
            .filter_map(|line| line.split_once(": "))
            .find_map(|(name, value)| name.eq_ignore_ascii_case("sec-websocket-key").then_some(value))
            .context("no Sec-WebSocket-Key")?;
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: {}\r\n\r\n",
            accept_key(key)
        );
        self.write(answer.as_bytes())?;
        // The request's buffer has done its work.
        self.request = Vec::new();
        Ok(Some(upgraded))
    }

    /// Writes now what the kernel has room for, the rest when it has room again.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if self.waiting.is_empty() {
            bytes = &bytes[written(&mut self.stream, bytes)?..];
        }
        self.waiting.extend_from_slice(bytes);
        Ok(())
    }

    /// Writes what has been waiting.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let written = written(&mut self.stream, &self.waiting)?;
        self.waiting.drain(..written);
        Ok(())
    }
}

fn written(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let mut written = 0;
    while written < bytes.len() {
        match stream.write(&bytes[written..]) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => written += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}
