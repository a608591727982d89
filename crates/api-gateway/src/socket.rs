//! A WebSocket: frames in, frames out, and the time that it may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chinwag_websocket::{CloseCode, Decoder, Event, close, pong};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use crate::connection::Connection;
use crate::gateway::Gateway;
use crate::messages;
use crate::outbound::Next;
use crate::rates::Rate;

/// How much is read at once.
const READ_BYTES: usize = 4096;
/// How long to wait for the client's half of the closing handshake.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// How a connection ended, as `$disconnect` is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: u16,
    pub(crate) reason: String,
}

impl Ended {
    /// Without a closing handshake.
    pub(crate) fn gone() -> Self {
        Self { code: 1006, reason: "Connection closed abnormally".to_owned() }
    }
}

/// What the halves of a connection share.
struct Session<'a> {
    gateway: &'a Arc<Gateway>,
    connection: &'a Arc<Connection>,
    began: Instant,
    /// When something last came or went, in milliseconds since the beginning.
    active_ms: AtomicU64,
    ended: Mutex<Option<Ended>>,
}

/// Runs a connection to its end.
pub(crate) async fn run(upgraded: Upgraded, gateway: &Arc<Gateway>, connection: &Arc<Connection>) -> Ended {
    let (mut reader, mut writer) = tokio::io::split(TokioIo::new(upgraded));
    let session = Session {
        gateway,
        connection,
        began: Instant::now(),
        active_ms: AtomicU64::new(0),
        ended: Mutex::new(None),
    };
    // Cancel-safe: after either of them nothing more is read or written but the goodbye, and that only where the writing has
    // ended between frames.
    let is_orderly = tokio::select! {
        is_orderly = session.write(&mut writer) => is_orderly,
        () = session.read(&mut reader) => false,
        () = session.end_in_time() => false,
    };
    if is_orderly {
        // Closed with bytes unread, the socket would be reset, and the close frame could be lost on its way.
        let _ = timeout(CLOSE_TIMEOUT, part(&mut reader, &mut writer)).await;
    }
    session.ended.into_inner().unwrap_or_else(Ended::gone)
}

impl Session<'_> {
    /// Reads until the socket is gone.
    async fn read(&self, reader: &mut (impl AsyncRead + Unpin)) {
        let limits = &self.gateway.limits;
        let mut decoder = Decoder::new(limits.max_message_bytes).with_max_frame_bytes(limits.max_frame_bytes);
        let mut scratch = vec![0; READ_BYTES];
        let in_flight =
            Arc::new(Semaphore::new(limits.max_in_flight_per_connection.min(Semaphore::MAX_PERMITS)));
        let rate = Rate::new(limits.messages_per_connection_per_s, limits.messages_per_connection_per_s);
        while let Ok(read) = reader.read(&mut scratch).await {
            if read == 0 {
                break;
            }
            let mut input = scratch.get_mut(..read).unwrap_or_default();
            while !input.is_empty() {
                let text = match decoder.decode(&mut input) {
                    Ok(None) => break,
                    Ok(Some(Event::Text(text))) => text.into_owned(),
                    Ok(Some(Event::Ping(payload))) => {
                        self.connection.outbound.pong(pong(&payload));
                        if limits.pings_keep_alive {
                            self.note_activity();
                        }
                        continue;
                    }
                    Ok(Some(Event::Pong(_))) => continue,
                    Ok(Some(Event::Binary(_))) => {
                        self.end(CloseCode::UNSUPPORTED, "Binary is not supported");
                        continue;
                    }
                    Ok(Some(Event::Close { code, reason })) => {
                        self.closed_by_client(code, &reason);
                        continue;
                    }
                    Err(error) => {
                        self.end(error.close_code(), "Protocol error");
                        continue;
                    }
                };
                self.note_activity();
                // A client that sends faster than it is answered is read no further: its own socket fills up.
                let Ok(permit) = in_flight.clone().acquire_owned().await else { return };
                messages::receive(self.gateway, self.connection, text, &rate, permit).await;
            }
        }
    }

    /// Writes what waits. Whether it ended with a close frame.
    async fn write(&self, writer: &mut (impl AsyncWrite + Unpin)) -> bool {
        let write_timeout = self.gateway.limits.write_timeout;
        loop {
            match self.connection.outbound.next().await {
                Next::Write(frame) => {
                    let written = timeout(write_timeout, async {
                        writer.write_all(&frame).await?;
                        writer.flush().await
                    });
                    match written.await {
                        Ok(Ok(())) => self.note_activity(),
                        Ok(Err(_)) => return false,
                        Err(_) => {
                            self.note_end(CloseCode::INTERNAL.get(), "The client takes nothing");
                            return false;
                        }
                    }
                }
                Next::Close(code, reason) => {
                    self.note_end(code.get(), reason);
                    let frame = close(code, reason);
                    let goodbye = timeout(CLOSE_TIMEOUT, async {
                        writer.write_all(&frame).await?;
                        writer.flush().await
                    });
                    return matches!(goodbye.await, Ok(Ok(())));
                }
            }
        }
    }

    /// Ends the connection when it has been silent or alive for too long.
    async fn end_in_time(&self) {
        let limits = &self.gateway.limits;
        let too_old = (!limits.max_connection_age.is_zero()).then(|| self.began + limits.max_connection_age);
        loop {
            let active = self.began + Duration::from_millis(self.active_ms.load(Ordering::Relaxed));
            let idle = (!limits.idle_timeout.is_zero()).then(|| active + limits.idle_timeout);
            let Some(deadline) = idle.into_iter().chain(too_old).min() else { break };
            if deadline <= Instant::now() {
                self.note_end(CloseCode::GOING_AWAY.get(), "Going away");
                self.connection.outbound.close(CloseCode::GOING_AWAY, "Going away");
                break;
            }
            tokio::time::sleep_until(deadline).await;
        }
        // The writing ends with the close frame, or for want of time.
        std::future::pending::<()>().await;
    }

    /// The client has said goodbye: it is answered with the same code.
    fn closed_by_client(&self, code: Option<CloseCode>, reason: &str) {
        match code {
            Some(code) => self.note_end(code.get(), reason),
            None => self.note_end(1005, "Client-side close frame status not set"),
        }
        self.connection.outbound.abandon(code.unwrap_or(CloseCode::NORMAL), "");
    }

    /// The client did what is not allowed: what waits for it is not sent any more.
    fn end(&self, code: CloseCode, reason: &'static str) {
        self.note_end(code.get(), reason);
        self.connection.outbound.abandon(code, reason);
    }

    /// The first reason counts.
    fn note_end(&self, code: u16, reason: &str) {
        self.ended.lock().get_or_insert_with(|| Ended { code, reason: reason.to_owned() });
    }

    fn note_activity(&self) {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.active_ms.store(elapsed, Ordering::Relaxed);
    }
}

/// Waits until the client has closed its end.
async fn part(
    reader: &mut (impl AsyncRead + Unpin),
    writer: &mut (impl AsyncWrite + Unpin),
) -> std::io::Result<()> {
    writer.shutdown().await?;
    let mut rest = [0; 1024];
    while reader.read(&mut rest).await? > 0 {}
    Ok(())
}
