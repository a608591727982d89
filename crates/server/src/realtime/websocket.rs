//! The pump of a WebSocket: bytes in, bytes out, on the bare socket that the HTTP upgrade left.
//!
//! Nothing here waits for a client that does not read: writing goes on as the socket takes it, reading goes on
//! meanwhile, and a connection that takes nothing for the write timeout is closed as slow.
//!
//! Once the client is connected, its mailbox writes by itself what the hub puts in; the pump writes what it has put in
//! itself, and all that waits for a socket that was full.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use chinwag_protocol::DisconnectCode;
use chinwag_realtime::{Mailbox, Written};
use chinwag_websocket::{CloseCode, Decoder, Event, close, pong};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::alarm::Alarm;
use super::driver::Driver;
use super::socket::Socket;
use super::writer::Writer;
use crate::listen::SocketPermit;

/// How much is read at once. The buffer belongs to the thread, so an idle connection has none.
const READ_BYTES: usize = 64 * 1024;
/// How long to wait for the client's half of the closing handshake.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

thread_local! {
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into_boxed_slice());
}

/// How the pump behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PumpSettings {
    /// The largest message that a client may send.
    pub(crate) max_frame_bytes: usize,
    /// How long a client may take nothing.
    pub(crate) write_timeout: Duration,
}

/// Why the pump stops.
enum End {
    /// With a closing handshake.
    Close(CloseCode, &'static str),
    /// The socket is gone.
    Gone,
}

/// Runs a connection until it ends. `early` is what the client sent along with the handshake.
///
/// What comes back is the connection's task, and all that an idle one has beside its mailbox: it is made here rather
/// than in an `async fn`, which would keep room for what it was called with as well as for what it made of that.
pub(crate) fn run(
    socket: TcpStream,
    early: &[u8],
    driver: Driver,
    settings: PumpSettings,
    permit: Option<SocketPermit>,
) -> impl Future<Output = ()> + Send + 'static {
    let mut pump = Pump {
        socket: Arc::new(Socket(socket)),
        decoder: Decoder::new(settings.max_frame_bytes),
        writer: Writer::default(),
        mailbox: None,
        pong: None,
        driver,
        stalled_at: None,
        stall: Alarm::default(),
        write_timeout: settings.write_timeout,
        _permit: permit,
    };
    let ended_early = pump.take(&mut early.to_vec());
    async move {
        let end = match ended_early {
            Some(end) => end,
            None => pump.run().await,
        };
        let Pump { socket, mut writer, mailbox, driver, .. } = pump;
        if let Some(mailbox) = mailbox {
            writer.rest(mailbox.close());
        }
        // The hub need not wait for a closing handshake.
        drop(driver);
        if let End::Close(code, reason) = end {
            writer.raw(close(code, reason));
            // Closed, the mailbox has given its part in the socket back.
            if let Some(socket) = Arc::into_inner(socket) {
                // Boxed: those who stay for long need no room for it.
                let _ = Box::pin(timeout(CLOSE_TIMEOUT, part(socket, writer))).await;
            }
        }
    }
}

/// Whether the socket has something to be read.
struct Readable(bool);

struct Pump {
    socket: Arc<Socket>,
    decoder: Decoder,
    /// What is to be written while there is no mailbox that does it.
    writer: Writer,
    /// The client's mailbox, once it writes to the socket.
    mailbox: Option<Arc<Mailbox>>,
    /// The answer to the client's last ping. Boxed, because few clients ever ping.
    pong: Option<Box<Bytes>>,
    driver: Driver,
    /// Since when the socket has taken nothing although something waits.
    stalled_at: Option<Instant>,
    stall: Alarm,
    write_timeout: Duration,
    _permit: Option<SocketPermit>,
}

impl Pump {
    async fn run(&mut self) -> End {
        loop {
            self.driver.advance();
            let Ok(written) = self.write() else { return End::Gone };
            self.note(written);
            if let Some(code) = self.driver.closing() {
                if self.mailbox.is_none() {
                    self.writer.messages(self.driver.encoding(), self.driver.take());
                }
                return end(code);
            }
            if self.driver.may_go_on() {
                continue;
            }
            if !written.is_stuck {
                self.driver.catch_up();
            }
            match poll_fn(|context| self.poll_event(written.is_stuck, context)).await {
                Ok(Readable(false)) => {}
                Ok(Readable(true)) => {
                    if let Some(end) = self.read() {
                        return end;
                    }
                }
                Err(_) => return End::Gone,
            }
        }
    }

    /// Looks at all that may have happened, and takes in all that has: nothing can keep the rest waiting.
    fn poll_event(&mut self, is_stuck: bool, context: &mut Context<'_>) -> Poll<io::Result<Readable>> {
        let may_read = !self.driver.is_busy();
        let mut happened = self.driver.poll_event(context).is_ready();
        let mut is_readable = false;
        if may_read && let Poll::Ready(readable) = self.socket.0.poll_read_ready(context) {
            readable?;
            is_readable = true;
        }
        if is_stuck {
            happened |= self.socket.0.poll_write_ready(context).is_ready();
        }
        let gives_up_at = self.stalled_at.map(|since| since + self.write_timeout);
        if self.stall.poll(gives_up_at, context).is_ready() {
            self.driver.close(DisconnectCode::Slow);
            happened = true;
        }
        if happened || is_readable { Poll::Ready(Ok(Readable(is_readable))) } else { Poll::Pending }
    }

    /// Writes what waits until the socket takes no more or nothing is left.
    fn write(&mut self) -> io::Result<Written> {
        let mut written = Written { progress: false, is_stuck: false };
        if self.mailbox.is_none() {
            if self.writer.is_empty() {
                self.writer.messages(self.driver.encoding(), self.driver.take_early());
                self.pong.take().into_iter().for_each(|pong| self.writer.raw(*pong));
            }
            written.progress = self.writer.write(&self.socket)?;
            written.is_stuck = !self.writer.is_empty();
            if written.is_stuck {
                return Ok(written);
            }
            self.mailbox = self.driver.open_mailbox(|| self.socket.clone());
        }
        let Some(mailbox) = &self.mailbox else { return Ok(written) };
        loop {
            let more = mailbox.write()?;
            written = Written { progress: written.progress || more.progress, is_stuck: more.is_stuck };
            // Only into an empty mailbox, so that no more than one pong is ever in it.
            match self.pong.take_if(|_| !written.is_stuck) {
                Some(pong) => mailbox.control_frame(*pong),
                None => return Ok(written),
            }
        }
    }

    fn note(&mut self, written: Written) {
        if !written.is_stuck {
            self.stalled_at = None;
        } else if written.progress || self.stalled_at.is_none() {
            self.stalled_at = Some(Instant::now());
            self.driver.still_writing();
        }
    }

    /// Reads what the socket has.
    fn read(&mut self) -> Option<End> {
        let socket = self.socket.clone();
        SCRATCH.with_borrow_mut(|scratch| match socket.0.try_read(scratch) {
            Ok(0) => Some(End::Gone),
            Ok(read) => self.take(&mut scratch[..read]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(_) => Some(End::Gone),
        })
    }

    /// Takes bytes in.
    fn take(&mut self, bytes: &mut [u8]) -> Option<End> {
        let mut input = bytes;
        loop {
            match self.decoder.decode(&mut input) {
                Ok(None) => return None,
                Ok(Some(Event::Text(text))) => self.driver.receive(text.as_bytes()),
                Ok(Some(Event::Binary(data))) => self.driver.receive(&data),
                // Only the last one is answered, as RFC 6455 §5.5.3 allows: a client that pings and never reads must
                // not fill the memory.
                Ok(Some(Event::Ping(data))) => self.pong = Some(Box::new(pong(&data))),
                Ok(Some(Event::Pong(_))) => {}
                Ok(Some(Event::Close { code, .. })) => {
                    return Some(End::Close(code.unwrap_or(CloseCode::NORMAL), ""));
                }
                Err(error) => {
                    tracing::debug!(%error, "a client broke the WebSocket protocol");
                    return Some(End::Close(error.close_code(), "protocol error"));
                }
            }
        }
    }
}

fn end(code: DisconnectCode) -> End {
    match CloseCode::new(code.code()) {
        Some(close_code) => End::Close(close_code, code.reason()),
        None => End::Gone,
    }
}

/// Writes what is left and waits for the client to close too: closing first, with its bytes unread, would reset the
/// connection and could destroy the close frame on its way.
async fn part(socket: Socket, mut writer: Writer) -> io::Result<()> {
    while !writer.is_empty() {
        socket.0.writable().await?;
        writer.write(&socket)?;
    }
    let Socket(mut socket) = socket;
    socket.shutdown().await?;
    loop {
        socket.readable().await?;
        let read = SCRATCH.with_borrow_mut(|scratch| socket.try_read(scratch));
        match read {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
