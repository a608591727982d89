//! The pump of the HTTP fallbacks: one response that never ends, with [`emulation`](super::emulation) as the way up.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use chinwag_protocol::{DisconnectCode, Framing, Push, Reply, encode_reply};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::{Instant, sleep_until, timeout};

use super::Realtime;
use super::driver::Driver;

/// How many pieces of the response wait for the HTTP layer; more stays where it is coalesced.
const WAITING_PIECES: usize = 2;
/// How long a client may take to read why it is sent away.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Starts a connection with its first frame of commands; returns the response's body.
pub(super) fn start(node: &Arc<Realtime>, driver: Driver, framing: Framing, first_frame: Bytes) -> Body {
    let (pieces, mut response) = mpsc::channel(WAITING_PIECES);
    let commands = node.emulated.open(driver.session());
    let write_timeout = node.settings.write_timeout;
    let pump =
        Pump { node: node.clone(), driver, framing, pieces, waiting: None, stalled_at: None, write_timeout };
    node.tasks.spawn(pump.run(first_frame, commands));
    Body::from_stream(futures_util::stream::poll_fn(move |context| {
        response.poll_recv(context).map(|piece| piece.map(Ok::<Bytes, Infallible>))
    }))
}

struct Pump {
    node: Arc<Realtime>,
    driver: Driver,
    framing: Framing,
    pieces: mpsc::Sender<Bytes>,
    /// What the HTTP layer has no room for yet.
    waiting: Option<Bytes>,
    /// Since when it has had none.
    stalled_at: Option<Instant>,
    write_timeout: Duration,
}

impl Pump {
    /// Nothing here waits for a client that does not read: others may be waiting for what its driver has begun.
    async fn run(mut self, first_frame: Bytes, mut commands: mpsc::Receiver<Bytes>) {
        let preamble = Bytes::from_static(self.framing.preamble());
        self.waiting = (!preamble.is_empty()).then_some(preamble);
        self.driver.receive(&first_frame);
        loop {
            self.driver.advance();
            self.hand_on();
            if let Some(code) = self.driver.closing() {
                let _ = timeout(CLOSE_TIMEOUT, self.end(code)).await;
                return;
            }
            if self.driver.may_go_on() {
                continue;
            }
            if self.waiting.is_none() {
                self.driver.catch_up();
            }
            // Each arm is cancel-safe; the channels and the driver's events say so themselves.
            tokio::select! {
                Some(frame) = commands.recv(), if !self.driver.is_busy() => self.driver.receive(&frame),
                () = self.driver.event() => {}
                permit = self.pieces.reserve(), if self.waiting.is_some() => {
                    let Ok(permit) = permit else { return };
                    if let Some(piece) = self.waiting.take() {
                        permit.send(piece);
                    }
                    self.stalled_at = None;
                    self.driver.still_writing();
                }
                () = stall(self.stalled_at, self.write_timeout) => self.driver.close(DisconnectCode::Slow),
                () = self.pieces.closed() => return,
            }
        }
    }

    /// Hands on what is ready, as far as there is room. What is ready meanwhile stays where it is coalesced.
    fn hand_on(&mut self) {
        while let Some(piece) = self.waiting.take().or_else(|| self.next_piece()) {
            if let Err(TrySendError::Full(piece)) = self.pieces.try_send(piece) {
                self.waiting = Some(piece);
                self.stalled_at.get_or_insert_with(Instant::now);
                return;
            }
        }
    }

    fn next_piece(&mut self) -> Option<Bytes> {
        let messages: Vec<Bytes> = self.driver.take().into();
        (!messages.is_empty()).then(|| self.framing.frame(self.driver.encoding(), &messages))
    }

    /// The transport has no close frame: a push says why it ends.
    async fn end(&mut self, code: DisconnectCode) {
        let last = encode_reply(self.driver.encoding(), &Reply::push(Push::disconnect(code)));
        let last = self.framing.frame(self.driver.encoding(), &[last]);
        let pieces = [self.waiting.take(), self.next_piece(), Some(last)];
        // What it has begun is not waited for any more, here or by others.
        self.driver.abandon();
        for piece in pieces.into_iter().flatten() {
            if self.pieces.send(piece).await.is_err() {
                return;
            }
        }
    }
}

/// Until nobody has taken anything for too long.
async fn stall(since: Option<Instant>, timeout: Duration) {
    match since {
        Some(since) => sleep_until(since + timeout).await,
        None => std::future::pending().await,
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.node.emulated.close(self.driver.session());
    }
}
