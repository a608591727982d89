//! One connection of the load, whatever protocol it speaks.
//!
//! Made for ten thousand in one thread: an idle one costs a socket, a task and some hundred bytes, because all share
//! one read buffer.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Read};
use std::net::SocketAddr;

use anyhow::{Result, bail};
use socket2::SockRef;
use tokio::io::{AsyncWriteExt, Interest};
use tokio::net::TcpStream;

use super::crowd;
use super::dialect::{Dialect, Each, Heard, Identity, Speaker};
use crate::client::Closed;
use crate::client::frames::{Frame, Frames, put_pong};
use crate::client::handshake;

const READ_BUFFER_BYTES: usize = 256 * 1024;
/// An idle connection holds no larger buffer.
const KEPT_BUFFER_BYTES: usize = 4_096;

thread_local! {
    static READ_BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BUFFER_BYTES]);
}

/// An open connection.
pub(super) struct Wire {
    stream: TcpStream,
    frames: Frames,
    speaker: Box<dyn Speaker>,
    out: Vec<u8>,
}

impl Wire {
    /// Opens it and waits until all that was asked for has been granted. What else came goes to `each`.
    pub(super) async fn open(
        server: SocketAddr,
        dialect: Dialect,
        who: Identity<'_>,
        each: &mut Each<'_>,
    ) -> Result<Self> {
        let mut speaker = dialect.speaker(who)?;
        let source = crowd::source(who.number);
        let (stream, said) =
            handshake::open_as(server, &dialect.path(who), dialect.subprotocol(), source).await?;
        let mut out = Vec::new();
        speaker.greet(&mut out);
        let mut wire = Self { stream, frames: Frames::default(), speaker, out };
        // Where nothing has to be granted, whoever is connected is ready.
        let ready = Cell::new(!dialect.grants());
        let mut listen = |heard: Heard<'_>| match heard {
            Heard::Ready => {
                ready.set(true);
                Ok(())
            }
            other => each(other),
        };
        wire.understand(&said, &mut listen)?;
        wire.flush().await?;
        while !ready.get() {
            wire.hear(&mut listen).await?;
        }
        Ok(wire)
    }

    /// Waits for something to come, reads once, and hands over what it says. May be cancelled while it waits.
    pub(super) async fn hear(&mut self, each: &mut Each<'_>) -> Result<()> {
        self.flush().await?;
        self.stream.readable().await?;
        READ_BUFFER.with_borrow_mut(|buffer| match read_once(&self.stream, buffer)? {
            Some(0) => bail!("the server hung up"),
            Some(read) => self.understand(&buffer[..read], each),
            None => Ok(()),
        })?;
        // An answer is small: it goes out at once unless the socket is full.
        if !self.out.is_empty() {
            let written = self.stream.try_write(&self.out).unwrap_or(0);
            self.out.drain(..written);
        }
        Ok(())
    }

    /// Sends a message to a room.
    pub(super) async fn say(&mut self, room: &str, payload: &[u8]) -> Result<()> {
        self.speaker.say(room, payload, &mut self.out);
        self.flush().await
    }

    fn understand(&mut self, bytes: &[u8], each: &mut Each<'_>) -> Result<()> {
        let Self { frames, speaker, out, .. } = self;
        frames.read(bytes, |frame| match frame {
            Frame::Message(message) => speaker.hear(message, out, each),
            Frame::Ping(payload) => {
                put_pong(out, payload);
                Ok(())
            }
            Frame::Close { code, reason } => bail!(Closed { code, reason }),
        })
    }

    async fn flush(&mut self) -> Result<()> {
        // Whoever gives up waiting has lost nothing: what was written is gone from the buffer.
        while !self.out.is_empty() {
            let written = self.stream.write(&self.out).await?;
            self.out.drain(..written);
        }
        if self.out.capacity() > KEPT_BUFFER_BYTES {
            self.out = Vec::new();
        }
        Ok(())
    }
}

/// Reads what is there, if anything is. Where that leaves room in the buffer, nothing more is there, and to be told so
/// takes no second call.
fn read_once(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    let (socket, mut read) = (SockRef::from(stream), None);
    let result = stream.try_io(Interest::READABLE, || {
        let bytes = (&*socket).read(buffer)?;
        read = Some(bytes);
        if bytes > 0 && bytes < buffer.len() { Err(ErrorKind::WouldBlock.into()) } else { Ok(()) }
    });
    match result {
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        _ => Ok(read),
    }
}
